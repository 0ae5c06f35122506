// A key that is limited to some kiosks learns nothing of others (PROTOCOL.md 5): every operation of the contract is walked
// with one, before and after a foreign kiosk was busy; nothing that it is told may differ, and of the foreign kiosk nothing
// may be told that would not be told of one that never was.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Browser, EventStream } from './browser.mjs';
import { operations } from './contract.mjs';
import { Gateway, assertError, secret, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw, limited, mine, number = 0;
before(async () => {
  gw = await Gateway.start();
  limited = secret((await gw.api('POST', '/api/keys', { name: 'some', scopes: ['admin'], kiosks: ['mine_*'] })).json.key);
  mine = await gw.kiosk(sayYes, { id: 'mine_1' });
});
after(() => gw.stop());

const NEVER = '0190a0b0-c0d0-7000-8000-000000000000';
// What a kiosk's own clock moves, whoever is busy; and the feed's own numbers.
const VOLATILE = /"(uptime_seconds|time|rtt_ms|round_trip_ms)":[^,}]*/g;
const BODIES = { addKiosk: { id: 'theirs_9' }, changeKiosk: { name: 'x' }, renewKioskToken: {}, sendTestRequest: { operation: 'print', body: {} } };

// Where an operation's path leads: to a kiosk, a request and a key of others', and to ones that never were.
const targets = (template, of) => template.replace('{kiosk_id}', of.kiosk).replace('{request_id}', of.request).replace('{key_id}', of.key).replace('{asset}', 'x.js');

async function ask(operation, target, key = limited) {
  const write = operation.method !== 'get';
  const headers = write ? { 'content-type': operation.id === 'importState' ? 'application/x-ndjson' : 'application/json' } : {};
  const answer = await gw.call(operation.method.toUpperCase(), target, { key, headers, body: write && operation.method !== 'delete' ? JSON.stringify(BODIES[operation.id] ?? {}) : undefined });
  return `${answer.status} ${answer.text.replace(VOLATILE, '"$1":0')}`;
}

const OPEN = ['getHealth'];  // counts all kiosks, and PROTOCOL.md 1.5 gives it to everybody
const NOT_ASKED = ['followEvents', 'connectKiosk', 'logIn', 'logOut', 'makeDashboardLink', 'sendRequest', 'importState'];

async function walk(key) {
  const seen = {};
  for (const operation of operations.values()) {
    if (operation.method !== 'get' || OPEN.includes(operation.id) || NOT_ASKED.includes(operation.id)) continue;
    const target = targets(operation.template, { kiosk: 'mine_1', request: NEVER, key: 'k_AAAAAAAAAAA' });
    for (const query of operation.parameters.some(({ name }) => name === 'limit') ? ['', '?limit=1', '?limit=2'] : [''])
      seen[target + query] = await ask(operation, target + query, key);
  }
  return seen;
}

// A foreign kiosk that comes, works, fails, goes, is renamed; and what operators do meanwhile.
async function beBusy() {
  const id = `theirs_${++number}`;
  const kiosk = await gw.kiosk(sayYes, { id, name: 'theirs' });
  const { json: paid } = await gw.send(kiosk, { order_id: 'theirs-order' }, { key: gw.adminKey });
  kiosk.handler = undefined;
  assertError(await gw.send(kiosk, {}, { key: gw.adminKey, timeout: 1 }), 504, 'timeout');
  kiosk.send('no json');
  await gw.waitLog('unmatched_answer', (line) => line.kiosk_id === id);
  assertError(await gw.send('theirs_none', {}, { key: gw.adminKey }), 404, 'kiosk_not_found');
  await gw.api('PATCH', `/api/kiosks/${id}`, { name: 'theirs too' });
  const key = (await gw.api('POST', '/api/keys', { name: `theirs${number}`, scopes: ['read'] })).json;
  secret(key.key);
  await kiosk.close();
  await until('its connection\'s end is in the history', async () => (await gw.kioskInfo(id)).connections[0]?.up === false);
  return { kiosk: id, request: paid.request_id, key: key.id };
}

test('whatever it asks, before and after others were busy it hears the same', async () => {
  for (let n = 0; n < 3; ++n) assert.equal((await gw.send(mine, { n }, { key: limited })).status, 200);
  await beBusy();
  const whole = await walk(gw.adminKey);
  const calm = await walk(limited);
  await beBusy();
  assert.deepEqual(await walk(limited), calm);
  assert.notDeepEqual(await walk(gw.adminKey), whole, 'there was something to be seen');
  for (const [target, text] of Object.entries(calm)) assert.doesNotMatch(text, /theirs/, target);
  for (const target of ['/api/stats', '/api/kiosks', '/api/requests', '/api/history', '/api/alerts']) assert.match(calm[target], /^200 /, target);
  assert.match(calm['/api/stats'], /"kiosks":\{"online":1,"total":1\},"requests":\{"in_flight":0,"waiting":0,"ended":null/);
  for (const target of ['/metrics', '/api/series', '/api/settings', '/api/audit', '/api/keys', '/api/export']) assert.match(calm[target], /^403 /, target);
});

test('what is another\'s is what never was, in every operation and every filter', async () => {
  const theirs = await beBusy();
  // Of the same moment: what is from before the journal is another matter.
  const never = { kiosk: `absent_${number}`, request: theirs.request.slice(0, -6) + (theirs.request.endsWith('000000') ? '000001' : '000000'), key: 'k_AAAAAAAAAAA' };
  const before = (await gw.api('GET', `/api/kiosks/${theirs.kiosk}`)).json;
  const forget = (text, of) => text.replaceAll(of.kiosk, 'KIOSK').replaceAll(of.request, 'REQUEST').replaceAll(of.key, 'KEY');
  let compared = 0;
  for (const operation of operations.values()) {
    if (NOT_ASKED.includes(operation.id)) continue;
    const paths = /\{\w+\}/.test(operation.template) && !operation.template.includes('{asset}') ? [''] : [];
    const filters = { kiosk_id: 'kiosk', request_id: 'request', target: 'kiosk' };
    for (const { name, in: where } of operation.parameters) if (where === 'query' && filters[name]) paths.push(`?${name}=${filters[name]}`);
    for (const path of paths) {
      const [one, other] = await Promise.all([theirs, never].map(async (of) => forget(await ask(operation, targets(operation.template, of) + path.replace(/=(.*)/, (_, what) => `=${of[what]}`)), of)));
      assert.equal(one, other, `${operation.id} ${path}`);
      ++compared;
    }
  }
  assert.ok(compared >= 12, `${compared} compared`);
  for (const of of [theirs, never]) assertError(await gw.send(of.kiosk, {}, { key: limited }), 404, 'kiosk_not_found');
  const { json: after } = await gw.api('GET', `/api/kiosks/${theirs.kiosk}`);
  assert.deepEqual(after, before, 'and nothing was done to it');
});

test('its event stream tells nothing of others: no row, no count, no event', async () => {
  const stream = await EventStream.open(gw, { key: limited });
  await stream.settled();
  assert.deepEqual([stream.events.entries[0].data.health.active_kiosks, stream.events.entries[0].data.health.total_kiosks], [1, 1]);
  await stream.wait('stats');
  const from = stream.events.entries.length;
  await beBusy();
  await gw.api('PATCH', '/api/kiosks/mine_1', { name: `named ${number}` });
  await stream.wait('kiosks', (data) => data.rows.some(({ name }) => name === `named ${number}`), from);
  const told = stream.events.entries.slice(from);
  const plain = (data) => JSON.stringify(data).replace(VOLATILE, '"$1":0');
  assert.doesNotMatch(plain(told), /theirs/);
  assert.deepEqual(told.filter(({ event }) => !['kiosks', 'stats', 'health'].includes(event)), []);
  assert.equal(new Set(told.filter(({ event }) => event === 'stats').map(({ data }) => plain(data))).size, 1, 'the same figures all the time');
  for (const { data } of told.filter(({ event }) => event === 'health')) assert.deepEqual([data.active_kiosks, data.total_kiosks], [1, 1]);
  // Its own kiosk's going is told, and counted.
  const second = await gw.kiosk(sayYes, { id: 'mine_2' });
  await stream.wait('stats', (data) => data.kiosks.online === 2 && data.kiosks.total === 2);
  await stream.wait('health', (data) => data.active_kiosks === 2);
  await second.close();
  await stream.wait('stats', (data) => data.kiosks.online === 1 && data.kiosks.total === 2);
  await stream.close();
});

test('pages are whole, and their cursors count nothing', async () => {
  for (let n = 0; n < 3; ++n) await beBusy();
  const ids = [];
  for (let query = '?limit=2'; query;) {
    const { requests, next } = (await gw.get(`/api/requests${query}`, { key: limited })).json;
    assert.ok(next === null || requests.length === 2, 'no short page before the last');
    ids.push(...requests.map(({ request_id }) => request_id));
    query = next && `?limit=2&cursor=${next}`;
  }
  assert.deepEqual(ids, (await gw.get('/api/requests?kiosk_id=mine_1', { key: limited })).json.requests.map(({ request_id }) => request_id));
  const all = [];
  for (let query = '?limit=1'; query;) {
    const { connections, next } = (await gw.get(`/api/history${query}`, { key: limited })).json;
    all.push(...connections);
    if (next !== null) assert.ok(BigInt(next) > 1000000n, `sealed: ${next}`);
    query = next && `?limit=1&cursor=${next}`;
  }
  assert.ok(all.length >= 3 && all.every(({ kiosk_id }) => kiosk_id.startsWith('mine_')), JSON.stringify(all));
});

test('a key that logs in and listens as often as it can ends nobody\'s session, and leaves streams for others', async () => {
  const admin = await Browser.logIn(gw, { key: gw.adminKey });
  for (let n = 0; n < 1100; n += 50)
    await Promise.all(Array.from({ length: 50 }, () => gw.call('POST', '/dashboard/login', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key: limited }) })));
  assert.equal((await admin.get('/dashboard/session')).status, 200, 'the administrator is still logged in');

  const open = () => new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: gw.port, path: '/api/events', headers: { authorization: `Bearer ${limited}` }, agent: false });
    request.on('response', (response) => { response.on('error', () => {}); resolve({ request, status: response.statusCode }); }).on('error', reject).end();
  });
  const streams = [];
  try {
    do streams.push(await open()); while (streams.at(-1).status === 200);
    assert.equal(streams.at(-1).status, 503);
    assert.ok(streams.length > 20 && streams.length <= 51, `${streams.length - 1} streams of 100`);
    const whole = await EventStream.open(gw, { key: gw.adminKey });
    await whole.settled();
    await whole.close();
  } finally {
    for (const { request } of streams) request.on('error', () => {}).destroy();
  }
});

test('a login counts as a call of its key', async () => {
  const { key } = (await gw.api('POST', '/api/keys', { name: 'slow', scopes: ['read'], rate_per_second: 2 })).json;
  secret(key);
  const answers = await Promise.all(Array.from({ length: 12 }, () => gw.call('POST', '/dashboard/login', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ key }) })));
  assert.ok(answers.filter(({ status }) => status === 429).length >= 6, answers.map(({ status }) => status).join());
});
