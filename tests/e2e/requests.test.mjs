// Looking back: GET /api/requests, /api/history, /api/stats, ping and kick, and the command line over them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, UUIDV7, assertError, binary, newSecret, run, secret, startProcess, cleanEnv, tempDir, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw, kiosk, other, mute, ids;
before(async () => {
  gw = await Gateway.start();
  kiosk = await gw.kiosk(sayYes, { id: 'till' });
  other = await gw.kiosk((m) => ({ request_id: m.request_id, status: 'error', error: 'timeout' }), { id: 'other' });
  mute = await gw.kiosk(() => {}, { id: 'mute' });
  const offline = await gw.addKiosk({ id: 'offline' });
  ids = { known: [] };
  for (let n = 0; n < 5; ++n) ids.known.push((await gw.send(kiosk, { n }, { headers: { 'Header-Order-Id': String(n % 2) } })).json.request_id);
  ids.unknown = (await gw.send(other, {}, { op: 'refund' })).json.request_id;
  ids.offline = (await gw.send(offline)).json.request_id;
  ids.timedOut = (await gw.send(mute, {}, { timeout: 1 })).json.request_id;
});
after(() => gw.stop());

const list = async (query = '') => {
  const answer = await gw.api('GET', `/api/requests${query}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const idsOf = (page) => page.requests.map(({ request_id }) => request_id);

test('the newest first, as GET /requests/{id} says them', async () => {
  const all = [ids.timedOut, ids.unknown, ...[...ids.known].reverse()];
  const page = await list();
  assert.deepEqual(idsOf(page), all);
  assert.equal(page.next, null);
  for (const one of page.requests) {
    const { response, response_text, callback, ...rest } = await gw.request(one.request_id);
    assert.deepEqual(one, { ...rest, owner: null });
  }
});

test('filters', async () => {
  assert.deepEqual(idsOf(await list('?kiosk_id=other')), [ids.unknown]);
  assert.deepEqual(idsOf(await list('?kiosk_id=nobody')), []);
  assert.deepEqual(idsOf(await list('?operation_type=refund')), [ids.unknown]);
  assert.deepEqual(idsOf(await list('?order_id=1')), [ids.known[3], ids.known[1]]);
  assert.deepEqual(idsOf(await list('?state=timed_out')), [ids.timedOut]);
  assert.deepEqual(idsOf(await list('?outcome=unknown')), [ids.timedOut, ids.unknown]);
  assert.deepEqual(idsOf(await list('?result=unknown')), [ids.unknown]);
  assert.deepEqual(idsOf(await list('?result=success&order_id=1')), [ids.known[3], ids.known[1]]);
  assert.deepEqual(idsOf(await list('?result=declined')), []);
  assert.deepEqual(idsOf(await list('?state=answered&outcome=known&kiosk_id=till&order_id=0&operation_type=payment')), [ids.known[4], ids.known[2], ids.known[0]]);
});

test('pages, backwards and forwards, each request once', async () => {
  const everything = idsOf(await list());
  let seen = [], cursor = '';
  for (let pages = 0; pages < 10; ++pages) {
    const page = await list(`?limit=3${cursor}`);
    seen.push(...idsOf(page));
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  assert.deepEqual(seen, everything);
  seen = [];
  cursor = '0';
  for (let pages = 0; pages < 10; ++pages) {
    const page = await list(`?limit=3&order=oldest&cursor=${cursor}`);
    if (page.requests.length === 0) break;
    seen.push(...idsOf(page));
    cursor = page.next;
  }
  assert.deepEqual(seen, [...everything].reverse());
  assert.deepEqual(idsOf(await list(`?order=oldest&cursor=${cursor}`)), [], 'nothing new');
  const fresh = (await gw.send(kiosk)).json.request_id;
  assert.deepEqual(idsOf(await list(`?order=oldest&cursor=${cursor}`)), [fresh]);
});

test('what a query does not know is refused, not ignored', async () => {
  for (const path of ['/api/requests?since=1', '/api/requests?before=1', '/api/history?after=1', '/api/audit?limit=1&limit=2', '/api/alerts?x', '/api/kiosks?page=2', '/api/stats?limit=1', '/api/requests?limit=%zz'])
    assertError(await gw.api('GET', path), 400, 'invalid_parameter');
  assertError(await gw.api('DELETE', '/api/kiosks/till?force=1'), 400, 'invalid_argument');
});

test('from and to, in every list that has times', async () => {
  const all = idsOf(await list());
  const long = '2020-01-01T00:00:00Z', never = '2099-01-01T00:00:00.5Z';
  assert.deepEqual(idsOf(await list(`?from=${long}&to=${never}`)), all);
  for (const span of [`from=${never}`, `to=${long}`]) {
    assert.deepEqual(idsOf(await list(`?${span}`)), []);
    for (const [path, rows] of [['history', 'connections'], ['audit', 'entries'], ['alerts', 'alerts']])
      assert.deepEqual((await gw.api('GET', `/api/${path}?${span}`)).json[rows], []);
  }
  assert.notDeepEqual((await gw.api('GET', `/api/history?from=${long}`)).json.connections, []);
});

test('by the beginning of an id: in either order, in pages, of either case; nothing else is read for it', async () => {
  const [first, second] = ids.known;
  for (const length of [36, 35, 30, 24, 20, 19]) {
    const found = idsOf(await list(`?request_id=${first.slice(0, length)}`));
    assert.ok(found.includes(first) && found.every((id) => id.startsWith(first.slice(0, length))), `${length}: ${found}`);
  }
  assert.deepEqual(idsOf(await list(`?request_id=${first}`)), [first]);
  assert.deepEqual(idsOf(await list(`?request_id=${first.toUpperCase()}&order=oldest`)), [first]);
  assert.deepEqual(idsOf(await list(`?request_id=${second}&kiosk_id=other`)), []);
  const minute = first.slice(0, 8), all = idsOf(await list()).filter((id) => id.startsWith(minute)), seen = [];
  for (let cursor = ''; seen.length < 20;) {
    const page = await list(`?request_id=${minute}&limit=2${cursor}`);
    seen.push(...idsOf(page));
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  assert.deepEqual(seen, all);
  for (const wrong of [first.slice(0, 7), `${first}0`, first.replaceAll('-', ''), 'not-a-request', '%2000000000', ''])
    assertError(await gw.api('GET', `/api/requests?request_id=${wrong}`), 400, 'invalid_argument');
});

test('by the owner of the key, and by the error that refused them', async () => {
  const shop = (await gw.api('POST', '/api/keys', { name: 'shop', owner: 'shop', scopes: ['send'] })).json;
  const key = secret(shop.key);
  const slow = await gw.kiosk(undefined, { id: 'slow', max_in_flight: 1 });
  const held = gw.send(slow, { n: 1 }, { key });
  const message = await slow.take();
  const refused = await gw.send(slow, { n: 2 }, { key, timeout: 1 });
  assertError(refused, 429, 'kiosk_busy');
  slow.answer(message);
  const own = [refused.json.request_id, (await held).headers['x-request-id']];
  assert.deepEqual(idsOf(await list('?owner=shop')), own);
  assert.deepEqual(idsOf(await list('?owner=nobody')), []);
  assert.deepEqual(idsOf(await list('?error=kiosk_busy')), [own[0]]);
  assert.deepEqual(idsOf(await list('?error=caller_gone')), []);
  assertError(await gw.api('GET', '/api/requests?error=bad_luck'), 400, 'invalid_argument');
});

test('404 is said of what surely never was, 410 of what nobody knows', async () => {
  assertError(await gw.get('/requests/01890000-0000-7000-8000-000000000000'), 410, 'request_expired');
  assertError(await gw.get('/requests/ffffffff-ffff-7000-8000-000000000000'), 410, 'request_expired');
  const near = ids.known[0].slice(0, -4) + (ids.known[0].endsWith('0000') ? '0001' : '0000');
  assertError(await gw.get(`/requests/${near}`), 404, 'request_not_found');
});

test('what a query may not say', async () => {
  for (const query of ['limit=0', 'limit=1001', 'limit=-1', 'limit=x', 'limit=', 'cursor=x', 'cursor=-1', 'order=oldest&cursor=99999999999999999999', 'order=up', 'from=x', 'to=2026-11-22', 'state=gone', 'outcome=open', 'result=maybe', 'state='])
    assertError(await gw.api('GET', `/api/requests?${query}`), 400, 'invalid_argument');
  assertError(await gw.api('POST', '/api/requests', {}), 405, 'method_not_allowed');
  assertError(await gw.api('GET', '/api/requestsx'), 404, 'not_found');
});

test('JOURNAL=off lists what memory holds', async () => {
  const off = await Gateway.start({ env: { JOURNAL: 'off' } });
  const one = await off.kiosk(sayYes);
  const sent = [];
  for (let n = 0; n < 3; ++n) sent.unshift((await off.send(one)).json.request_id);
  const page = await off.api('GET', '/api/requests?limit=2');
  assert.deepEqual(idsOf(page.json), sent.slice(0, 2));
  assert.deepEqual(idsOf((await off.api('GET', `/api/requests?cursor=${page.json.next}`)).json), sent.slice(2));
  await off.stop();
});

test('connection history', async () => {
  const one = await gw.kiosk(sayYes, { id: 'comes_and_goes' });
  await one.close();
  await gw.waitLog('kiosk_disconnected', ({ kiosk_id }) => kiosk_id === one.id);
  const page = await until('it is written', async () => {
    const { json } = await gw.api('GET', '/api/history?kiosk_id=comes_and_goes');
    return json.connections.length === 2 && json;
  });
  assert.deepEqual(page.connections.map(({ up }) => up), [false, true]);
  for (const line of page.connections) {
    assert.deepEqual(Object.keys(line), ['kiosk_id', 'at', 'up', 'address', 'reason']);
    assert.match(line.at, RFC3339);
    assert.match(line.address, /^127\.0\.0\.1/);
  }
  const first = (await gw.api('GET', '/api/history?limit=1')).json;
  assert.equal(first.connections.length, 1);
  const second = (await gw.api('GET', `/api/history?limit=1&cursor=${first.next}`)).json;
  assert.notDeepEqual(second.connections, first.connections);
});

test('stats add up', async () => {
  const own = await Gateway.start();
  const one = await own.kiosk(sayYes);
  await own.addKiosk();
  for (let n = 0; n < 7; ++n) await own.send(one);
  await own.send('nobody');
  const stats = (await own.api('GET', '/api/stats')).json;
  assert.deepEqual(stats.kiosks, { online: 1, total: 2 });
  assert.equal(stats.requests.answered, 7);
  assert.equal(stats.requests.in_flight, 0);
  assert.equal(stats.requests.refused + (stats.errors.kiosk_not_found ?? 0) > 0, true, JSON.stringify(stats));
  assert.equal(stats.errors.kiosk_not_found, 1);
  assert.ok(stats.latency_ms.p50 > 0 && stats.latency_ms.p50 <= stats.latency_ms.p95 && stats.latency_ms.p95 <= stats.latency_ms.p99, JSON.stringify(stats.latency_ms));
  assert.ok(stats.uptime_seconds >= 0);
  await own.stop();
});

test('ping: a sign of life, or that there is none', async () => {
  const pong = await gw.api('POST', '/api/kiosks/till/ping');
  assert.equal(pong.status, 200, pong.text);
  assert.deepEqual(Object.keys(pong.json), ['kiosk_id', 'round_trip_ms']);
  assert.ok(pong.json.round_trip_ms > 0 && pong.json.round_trip_ms < 5000);
  assertError(await gw.api('POST', '/api/kiosks/offline/ping'), 503, 'kiosk_offline', { kiosk_id: 'offline' });
  assertError(await gw.api('POST', '/api/kiosks/nobody/ping'), 404, 'kiosk_not_found');
  const dead = await gw.kiosk(sayYes, { id: 'dead' });
  dead.ws._receiver.removeAllListeners('ping');  // ws answers pings by itself; this one no more
  assertError(await gw.api('POST', '/api/kiosks/dead/ping'), 503, 'kiosk_offline', { kiosk_id: 'dead' });
  const leaving = await gw.kiosk(sayYes, { id: 'leaving' });
  leaving.ws._receiver.removeAllListeners('ping');
  leaving.ws._receiver.once('ping', () => leaving.drop());
  assertError(await gw.api('POST', '/api/kiosks/leaving/ping'), 503, 'kiosk_offline', { kiosk_id: 'leaving' });
});

test('kick: the connection ends, what runs does not', async () => {
  const record = await gw.addKiosk({ id: 'kicked' });
  const one = await gw.kiosk(() => {}, { of: record });
  const sent = gw.send(one);
  const message = await one.take();
  const answer = await gw.api('POST', '/api/kiosks/kicked/kick');
  assert.deepEqual(answer.json, { kiosk_id: 'kicked', kicked: true });
  assert.deepEqual(await one.closedWithin(), { code: 1012, reason: 'kicked' });
  const again = await gw.kiosk(() => {}, { of: record });
  again.answer(message);
  assert.equal((await sent).json.status, 'success');
  await again.close();
  await gw.waitLog('kiosk_disconnected', ({ kiosk_id, reason }) => kiosk_id === 'kicked' && reason !== 'kicked');
  assertError(await gw.api('POST', '/api/kiosks/kicked/kick'), 503, 'kiosk_offline');
  assertError(await gw.api('POST', '/api/kiosks/nobody/kick'), 404, 'kiosk_not_found');
});

test('the command line: requests list, show, follow; kiosk ping, kick, set', async () => {
  const env = { GATEWAY_URL: gw.url, GATEWAY_KEY: gw.adminKey };
  const cwd = tempDir();
  const cli = (...args) => run(binary, args, { env, cwd });
  const table = await cli('requests', 'list', '--outcome', 'unknown');
  assert.equal(table.code, 0, table.stderr);
  assert.ok(table.stdout.includes(ids.unknown) && table.stdout.includes(ids.timedOut) && !table.stdout.includes(ids.known[0]), table.stdout);
  const json = await cli('requests', 'list', '--kiosk', 'till', '--limit', '2', '--json');
  assert.deepEqual(json.stdout.trim().split('\n').map((line) => JSON.parse(line).kiosk_id), ['till', 'till']);
  const shown = await cli('requests', 'show', ids.known[0], '--json');
  assert.deepEqual(JSON.parse(shown.stdout), await gw.request(ids.known[0]));
  const text = await cli('requests', 'show', ids.known[0]);
  assert.match(text.stdout, /TXN1/);
  const missing = await cli('requests', 'show', '01890000-0000-7000-8000-000000000000');
  assert.equal(missing.code, 1);

  const follow = startProcess(binary, ['requests', 'follow', '--json'], { env: cleanEnv(env), cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  follow.stdout.setEncoding('utf8').on('data', (part) => { seen += part; });
  const sent = [];
  await until('a new one is shown', async () => {
    sent.push((await gw.send(kiosk)).json.request_id);
    return sent.some((id) => seen.includes(id));
  });
  const last = (await gw.send(kiosk)).json.request_id;
  await until('the last is shown', () => seen.includes(last));
  const followed = seen.trim().split('\n').map((line) => JSON.parse(line).request_id);
  assert.equal(new Set(followed).size, followed.length, 'none twice');
  for (const id of followed) assert.match(id, UUIDV7);
  follow.kill('SIGINT');
  await within(follow.exited, 'follow ends');

  const ping = await cli('kiosk', 'ping', 'till');
  assert.equal(ping.code, 0, ping.stderr);
  assert.match(ping.stdout, /ms/);
  assert.equal((await cli('kiosk', 'ping', 'offline')).code, 1);
  assert.equal((await cli('kiosk', 'set', 'till', '--max-in-flight', '7')).code, 0);
  assert.equal((await gw.kioskInfo('till')).max_in_flight, 7);
  const closed = kiosk.closedWithin();
  assert.equal((await cli('kiosk', 'kick', 'till')).code, 0);
  assert.equal((await closed).code, 1012);
});
