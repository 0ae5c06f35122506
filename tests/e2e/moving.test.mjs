// Moving in and out: the older service's kiosks from its Redis, and a gateway's state between the embedded store and
// Redis, both ways. Tokens and keys go on working.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, assertError, binary, newSecret, run, secret, tempDir } from './harness.mjs';
import { now, sign } from './jwt.mjs';
import { EventStream } from './browser.mjs';
import { sayYes } from './kiosk.mjs';
import { RedisServer, freePort } from './redis.mjs';

let redis;
const jwt = newSecret();
before(async () => { redis = await RedisServer.start(); });
after(() => redis.end());

const start = (options = {}) => Gateway.start({ ...options, env: { JWT_SECRET: jwt, UNIQUE_ORDERS: 'payment', ...options.env } });
const cli = (gw, ...args) => run(binary, args, { cwd: gw.dir, env: { DATA_DIR: gw.dataDir, GATEWAY_URL: gw.url, GATEWAY_KEY: gw.adminKey } });
async function report(gw, ...args) {
  const { code, stdout, stderr } = await cli(gw, ...args, '--json');
  assert.ok(stdout, stderr);
  return { code, stderr, ...JSON.parse(stdout) };
}
const token = (id, { exp = now() + 86400, iat = now() - 60, key = jwt } = {}) => secret(sign({ kiosk_id: id, iat, exp }, key));
async function older(id, { info = {}, jwt: text = token(id), listed = true } = {}) {
  const fields = { id, name: `Kiosk ${id}`, enabled: 'true', created_at: '2024-03-01T12:34:56.789012', ...info };
  await redis.command('HSET', `kiosk:${id}:info`, ...Object.entries(fields).flat());
  if (text) await redis.command('SET', `kiosk:${id}:token`, text);
  if (listed) await redis.command('SADD', 'all_kiosks', id);
  return { id, token: text };
}

test('the older service\'s kiosks keep their tokens, names, dates and switches; what is broken stops nothing', async () => {
  const gw = await start({ env: { METRICS_PER_KIOSK: 'true' } });
  const iat = Date.parse('2024-03-02T10:11:12Z') / 1000;
  const one = await older('old:1', { info: { name: 'Лавка "1"' }, jwt: token('old:1', { iat }) });
  await older('old:2', { jwt: secret(sign({ kiosk_id: 'old:2', exp: now() + 86400 }, jwt)), info: { enabled: 'false', created_at: '2023-12-31T23:59:59' } });
  await older('gone_token', { jwt: token('gone_token', { exp: now() - 10 }) });
  const broken = {
    no_info: [() => redis.command('SADD', 'all_kiosks', 'no_info'), /no kiosk:no_info:info/],
    enabled: [() => older('enabled', { info: { enabled: 'maybe' } }), /neither true nor false/],
    date: [() => older('date', { info: { created_at: 'yesterday' } }), /not a time/],
    'bad id': [() => older('bad id'), /1 to 64 characters/],
    unlisted: [() => older('unlisted', { listed: false }), /SADD all_kiosks unlisted/],
    stranger: [() => older('stranger', { jwt: token('stranger', { key: newSecret() }) }), /JWT_SECRET/],
    swapped: [() => older('swapped', { jwt: one.token }), /another kiosk/],
    tokenless: [() => older('tokenless', { jwt: '' }), /no token/],
    other_id: [() => older('other_id', { info: { id: 'x' } }), /says that it is 'x'/],
    bell: [() => older('bell', { info: { name: 'a\u0007b' } }), /'name' must be/],
    string: [async () => { await redis.command('SET', 'kiosk:string:info', 'x'); await redis.command('SADD', 'all_kiosks', 'string'); }, /not a hash/],
  };
  for (const [make] of Object.values(broken)) await make();
  await redis.command('SET', 'kgw:meta_of_another', 'x');

  const dry = await report(gw, 'import', redis.url, '--dry-run');
  assert.deepEqual([dry.code, dry.dry_run, dry.added, dry.existing, dry.refused], [1, true, 3, 0, 11], dry.stderr);
  assert.equal((await gw.api('GET', '/api/kiosks')).json.total, 0, 'a dry run changes nothing');

  const watching = await EventStream.open(gw, { key: gw.adminKey });
  const done = await report(gw, 'import', redis.url);
  assert.deepEqual([done.code, done.added, done.refused], [1, 3, 11]);
  assert.match(done.stderr, /11 of 14/);
  for (const [id, [, why]] of Object.entries(broken)) {
    const lines = done.lines.filter((line) => line.id === id);
    assert.equal(lines.length, 1, id);
    assert.equal(lines[0].result, 'refused', id);
    assert.match(lines[0].note, why, id);
  }
  assert.match(done.lines.find((line) => line.id === 'gone_token').note, /expired/);
  const kept = await gw.kioskInfo('old:1');
  assert.deepEqual([kept.name, kept.enabled, kept.created_at, kept.token_issued_at, kept.max_in_flight],
    ['Лавка "1"', true, '2024-03-01T12:34:56.789Z', '2024-03-02T10:11:12.000Z', 1]);
  const metrics = (await gw.get('/metrics')).text;
  assert.match(metrics, /\{[^}]*kiosk_id="old:1"[^}]*\}/, 'an imported kiosk has its series at once');
  await watching.wait('kiosks', (data) => data.rows.some((row) => row.id === 'old:1'));
  await watching.close();
  const off = await gw.kioskInfo('old:2');
  assert.deepEqual([off.enabled, off.created_at, off.token_issued_at], [false, '2023-12-31T23:59:59.000Z', null], 'its token has no iat');
  await gw.kiosk(sayYes, { of: one });
  assert.equal((await gw.send(one.id)).status, 200);

  const again = await report(gw, 'import', redis.url);
  assert.deepEqual([again.added, again.existing, again.refused], [0, 3, 11], 'idempotent');
  const people = await cli(gw, 'import', redis.url);
  assert.match(people.stdout, /stranger +refused/);
  assert.match(people.stdout, /0 added, 3 already there .*11 refused\. Nothing was changed\./);
  assert.ok(!people.stdout.includes(one.token));

  await redis.command('SET', 'kiosk:old:1:token', token('old:1', { exp: now() + 5000 }));
  const changed = await report(gw, 'import', redis.url);
  assert.match(changed.lines.find((line) => line.id === 'old:1').note, /different token, which was kept/);
  const audit = (await gw.api('GET', '/api/audit?target=old:2')).json.entries;
  assert.deepEqual(audit.map(({ action, detail }) => [action, detail]), [['kiosk_added', 'imported']]);
  await gw.stop();
});

test('what can\'t be read is said with what to do', async () => {
  const gw = await start();
  const empty = await cli(gw, 'import', `${redis.url}/7`);
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /no kiosks of the older service/);
  const nobody = await cli(gw, 'import', `redis://user:${newSecret()}@127.0.0.1:${await freePort()}`);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /can't be read/);
  assert.match((await cli(gw, 'import', 'redis://')).stderr, /must look like/);
  assert.match((await cli(gw, 'import', path.join(gw.dir, 'nothing'))).stderr, /can't be read/);
  await gw.stop();
});

// Everything that a caller can ask for, as this gateway says it.
async function seen(gw, ids) {
  // Without what a gateway knows of its own days only.
  const kiosks = (await gw.api('GET', '/api/kiosks')).json.kiosks.map(({ online, connected_at, address, agent_version, rtt_ms, last_error, ...rest }) => rest);
  const keys = (await gw.api('GET', '/api/keys')).json.keys;
  const requests = await Promise.all(ids.map(async (id) => (await gw.api('GET', `/requests/${id}`)).text));
  const list = (await gw.api('GET', '/api/requests?limit=1000')).json.requests;
  return { kiosks, keys, requests, list };
}

async function moves(from, to) {
  const gw = await start(from);
  const pos = await gw.addKiosk({ name: 'Till "é"', max_in_flight: 3 });
  const off = await gw.addKiosk();
  await gw.api('PATCH', `/api/kiosks/${off.id}`, { enabled: false });
  const key = async (name, scopes) => {
    const made = (await gw.api('POST', '/api/keys', { name, scopes, kiosks: ['k_*'], rate_per_second: 100 })).json;
    secret(made.key);
    return made;
  };
  const till = await key('till', ['send']);
  const ended = await key('ended', ['read']);
  await gw.api('DELETE', `/api/keys/${ended.id}`);
  const answers = { order_1: (m) => `{"request_id":"${m.request_id}","sum":1000.10,"z":"\\u00e9 é"}`, order_2: (m) => `{"request_id":"${m.request_id}", NaN}`, order_3: () => undefined };
  let kiosk = await gw.kiosk((m) => answers[m.body.order_id](m), { of: pos });
  const send = (order, timeout) => gw.send(pos, { order_id: order }, { key: till.key, timeout });
  const first = await send('order_1');
  assert.equal(first.status, 200);
  const ids = [first.headers['x-request-id'], (await send('order_2')).headers['x-request-id'], (await send('order_3', 1)).headers['x-request-id']];
  const unique = { headers: { 'Idempotency-Key': 'a', 'Header-Order-Id': 'unique' }, key: till.key };
  const paid = await gw.send(pos, { order_id: 'order_1' }, unique);
  await kiosk.close();
  ids.push((await send('order_1')).headers['x-request-id']);
  assert.equal((await gw.api('POST', `/api/requests/${ids[1]}/resolve`, { result: 'done', note: 'по выписке' })).status, 200);
  const wanted = await seen(gw, ids.slice(0, 3));
  assert.deepEqual(wanted.requests.map((text) => JSON.parse(text)).map(({ result, resolved }) => [result, resolved?.result]), [['unclassified', undefined], ['unknown', 'done'], [null, undefined]]);

  const file = path.join(gw.dir, 'state.jsonl');
  const out = await report(gw, 'export', file);
  assert.deepEqual([out.code, out.kiosks, out.keys, out.open], [0, 2, 2, 0], out.stderr);
  assert.ok(out.requests >= 3);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  for (const text of [pos.token, till.key]) assert.ok(!fs.readFileSync(file, 'utf8').includes(text), 'no token, no key');
  await gw.stop();

  const next = await start(to);
  const dry = await report(next, 'import', file, '--dry-run');
  assert.deepEqual([dry.code, dry.added, dry.refused], [0, 4 + out.requests, 0]);
  const done = await report(next, 'import', file);
  assert.deepEqual([done.code, done.added, done.existing, done.refused], [0, 4 + out.requests, 0, 0], JSON.stringify(done));
  const after = await seen(next, ids.slice(0, 3));
  assert.deepEqual(after, wanted);
  const again = await report(next, 'import', file);
  assert.deepEqual([again.added, again.existing], [0, 4 + out.requests]);
  assert.deepEqual(await seen(next, ids.slice(0, 3)), wanted, 'a second time changes nothing');

  const replay = await next.send(pos, { order_id: 'order_1' }, unique);
  assert.deepEqual([replay.status, replay.text, replay.headers['idempotency-replayed']], [200, paid.text, 'true'], 'its key came along');
  kiosk = await next.kiosk(sayYes, { of: pos });
  const twice = assertError(await next.send(pos, {}, { ...unique, headers: { 'Header-Order-Id': 'unique' } }), 409, 'order_open', { request_id: true });
  assert.equal(twice.json.request_id, paid.headers['x-request-id'], 'and its order');
  assert.equal((await next.send(pos, {}, { key: till.key })).status, 200);
  assertError(await next.send(pos, {}, { key: ended.key }), 401, 'unauthorized');
  // The answer to a request of the other gateway, late.
  kiosk.send(`{"request_id":"${ids[2]}","status":"success"}`);
  await next.waitLog('late_answer', (line) => line.request_id === ids[2]);
  await next.stop();
  // What was imported is there after a start as well.
  const third = await start({ ...to, dir: next.dir });
  assert.deepEqual((await seen(third, ids.slice(0, 2))).requests, wanted.requests.slice(0, 2));
  assert.equal((await third.api('GET', `/requests/${ids[2]}`)).json.late, true);
  await third.stop();
}

test('from the embedded store to Redis', () => moves({}, { env: { REDIS_URL: `${redis.url}/3` } }));
test('from Redis to the embedded store', () => moves({ env: { REDIS_URL: `${redis.url}/4` } }, {}));

test('requests that still run are left out, and the export says so', async () => {
  const gw = await start();
  const kiosk = await gw.kiosk(() => undefined);
  const running = gw.send(kiosk, {}, { timeout: 30 });
  const { request_id: id } = await kiosk.messages.wait(() => true, 'the request is out');
  const out = await report(gw, 'export', path.join(tempDir(), 'x'));
  assert.deepEqual([out.code, out.open, out.requests], [1, 1, 0]);
  assert.match(out.stderr, /still running and is not included\. Stop the traffic/);
  kiosk.send(`{"request_id":"${id}"}`);
  assert.equal((await running).status, 200);
  await gw.stop();
});

test('only for admins of all kiosks; a file of something else', async () => {
  const gw = await start();
  const made = (await gw.api('POST', '/api/keys', { name: 'shop', scopes: ['admin'], kiosks: ['shop_*'] })).json;
  const reader = (await gw.api('POST', '/api/keys', { name: 'reader', scopes: ['read'] })).json;
  for (const { key } of [made, reader]) {
    assertError(await gw.get('/api/export', { key }), 403, 'forbidden');
    assertError(await gw.call('POST', '/api/import', { key, body: '{}', headers: { 'content-type': 'application/x-ndjson' } }), 403, 'forbidden');
  }
  assertError(await gw.get('/api/export?cursor=x', { key: gw.adminKey }), 400, 'invalid_argument');
  assertError(await gw.api('POST', '/api/import', {}), 415, 'unsupported_media_type');
  const lines = ['{"kind":"kiosk","id":"a","token_digest":"x"}', '{"kind":"kiosk","id":"b","nmae":1}', 'nonsense', '{"kind":"request","id":"1"}', '{"kind":"key","id":"k_AAAAAAAAAAA","name":"admin"}', '{"kind":"till"}'];
  const answer = await gw.call('POST', '/api/import', { key: gw.adminKey, body: lines.join('\n\n'), headers: { 'content-type': 'application/x-ndjson' }, garbage: true });
  assert.deepEqual([answer.json.added, answer.json.refused], [0, 6], answer.text);
  assert.deepEqual(answer.json.lines.map(({ line }) => line), [1, 3, 5, 7, 9, 11]);
  await gw.stop();
});

test('a line that is refused says which kiosk it is about, and why', async () => {
  const gw = await start();
  const file = path.join(gw.dir, 'bad.jsonl');
  const good = { kind: 'kiosk', id: 'shop_1', name: 'A', token: token('shop_1') };
  const lines = [{ ...good, id: 'shop_2', name: 'a\u0007' }, { ...good, id: 'shop 3' }, { kind: 'key', id: 'k_1', name: 'admin' }, { ...good, id: 7 }, { ...good, kind: 'till', id: 'shop_4' }];
  fs.writeFileSync(file, [...lines.map((line) => JSON.stringify(line)), '{"kind":"kiosk","id":"shop_5",'].join('\n'));
  const done = await report(gw, 'import', file);
  assert.deepEqual([done.code, done.refused], [1, 6], done.stderr);
  assert.deepEqual(done.lines.map(({ kind, id }) => [kind, id]), [['kiosk', 'shop_2'], ['kiosk', 'shop 3'], ['key', 'k_1'], [null, null], ['kiosk', 'shop_4'], [null, null]]);
  for (const { note } of done.lines) assert.match(note, /\S{3}/);
  const people = (await cli(gw, 'import', file)).stdout;
  for (const one of [/shop_2 +refused +.*'name'/, /shop 3 +refused +.*'id'/, /line 4 +refused/, /line 6 +refused/]) assert.match(people, one);
  await gw.stop();
});
