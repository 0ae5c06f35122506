// API keys (PROTOCOL.md 5): scopes, owners, kiosk patterns, rotation, revocation, rates. What works without any
// key is in access.test.mjs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, assertError, binary, run, secret, tempDir, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw, kiosk, number = 0;
before(async () => {
  gw = await Gateway.start();
  kiosk = await gw.kiosk(sayYes, { id: 'shop1_till' });
});
after(() => gw.stop());

const elsewhere = () => ({ localAddress: `127.0.6.${++number % 250 + 1}` });

async function newKey(scopes, more = {}, on = gw) {
  const answer = await on.api('POST', '/api/keys', { name: `key${++number}`, scopes, ...more });
  assert.equal(answer.status, 201, answer.text);
  secret(answer.json.key);
  return answer.json;
}

// A kiosk that holds its answers until told; `answer()` lets the oldest go.
async function holding(id) {
  const held = [];
  const one = await gw.kiosk((message, self) => void held.push(() => self.answer(message, { status: 'success' })), { id });
  one.release = async () => { (await until('a request is held', () => held.shift()))(); };
  one.has = () => until('a request is held', () => held.length > 0);
  return one;
}

test('a key is shown once, and kept as a digest only', async () => {
  const made = await newKey(['send', 'read'], { name: 'web-shop', owner: 'shop', kiosks: ['shop1_*'], rate_per_second: 50, expires_in_seconds: 3600 });
  assert.match(made.key, /^kgw_[A-Za-z0-9_-]{43}$/);
  assert.match(made.id, /^k_[A-Za-z0-9_-]{11}$/);
  const { key, ...shown } = made;
  assert.match(shown.created_at, RFC3339);
  const expires = Date.parse(shown.expires_at) - Date.parse(shown.created_at);
  assert.equal(expires, 3600_000);
  assert.deepEqual({ ...shown, id: 0, created_at: 0, expires_at: 0 }, {
    id: 0, name: 'web-shop', owner: 'shop', scopes: ['send', 'read'], kiosks: ['shop1_*'], rate_per_second: 50,
    created_at: 0, expires_at: 0, revoked_at: null, state: 'expiring',
  });
  assert.deepEqual((await gw.api('GET', `/api/keys/${made.id}`)).json, shown);
  const list = await gw.api('GET', '/api/keys');
  assert.deepEqual(list.json.keys.find(({ id }) => id === made.id), shown);
  assert.ok(!list.text.includes(key.slice(4)));
  assert.equal(list.headers['cache-control'], 'no-store');
  for (const name of fs.readdirSync(gw.dataDir))
    assert.ok(!fs.readFileSync(path.join(gw.dataDir, name)).includes(key), `the key stands in ${name}`);
  assert.equal((await gw.send(kiosk, {}, { key })).status, 200);
});

test('what a form may not say', async () => {
  const good = { name: 'fine', scopes: ['send'] };
  const bad = [
    {}, { ...good, name: undefined }, { ...good, name: '' }, { ...good, name: 'a b' }, { ...good, name: 'x'.repeat(65) }, { ...good, name: 7 }, { ...good, name: null }, { ...good, name: 'admin' },
    { ...good, owner: 'admin' }, { ...good, owner: 'ü' }, { ...good, scopes: undefined }, { ...good, scopes: [] }, { ...good, scopes: 'send' }, { ...good, scopes: ['root'] }, { ...good, scopes: [null] },
    { ...good, kiosks: 'all' }, { ...good, kiosks: ['a b'] }, { ...good, kiosks: [''] }, { ...good, kiosks: [1] }, { ...good, kiosks: Array(1000).fill('a*') },
    { ...good, rate_per_second: 0 }, { ...good, rate_per_second: -1 }, { ...good, rate_per_second: 1.5 }, { ...good, rate_per_second: 1e12 }, { ...good, rate_per_second: '9' },
    { ...good, expires_in_seconds: 0 }, { ...good, expires_in_seconds: 1e12 }, { ...good, key: 'kgw_mine' }, { ...good, id: 'k_mine' }, { ...good, scope: 'admin' },
  ];
  for (const form of bad) {
    const answer = await gw.api('POST', '/api/keys', form);
    assertError(answer, 400, 'invalid_argument');
  }
  for (const body of ['', 'x', '[]', '"x"', '{"name":"a","name":"b","scopes":["send"]}', '{"name":"a","scopes":["send"]} ,'])
    assertError(await gw.call('POST', '/api/keys', { key: gw.adminKey, headers: { 'content-type': 'application/json' }, body }), 400, 'invalid_json');
  assert.equal((await gw.api('GET', '/api/keys')).json.keys.filter(({ name }) => name === 'fine').length, 0);
  await newKey(['read'], { name: 'taken' });
  assertError(await gw.api('POST', '/api/keys', { name: 'taken', scopes: ['read'] }), 409, 'already_exists');
  assertError(await gw.api('GET', '/api/keys/k_nobody'), 404, 'not_found');
  assertError(await gw.api('DELETE', '/api/keys/k_nobody'), 404, 'not_found');
  assertError(await gw.api('POST', '/api/keys/k_nobody/rotate', {}), 404, 'not_found');
  for (const [method, target] of [['PUT', '/api/keys'], ['DELETE', '/api/keys'], ['POST', '/api/keys/k_nobody'], ['GET', '/api/keys/k_nobody/rotate']])
    assertError(await gw.api(method, target), 405, 'method_not_allowed');
});

test('each scope opens its own doors and no other', async () => {
  const keys = { send: await newKey(['send']), read: await newKey(['read']), admin: await newKey(['admin']) };
  const sent = (await gw.send(kiosk, {}, { key: keys.send.key })).json.request_id;
  const other = await gw.addKiosk();
  const calls = [  // method, target, body, and who may
    ['POST', '/send', '{}', 'send admin'],
    ['GET', `/requests/${sent}`, undefined, 'send read admin'],
    ['GET', '/api/kiosks', undefined, 'read admin'],
    ['GET', `/api/kiosks/${kiosk.id}`, undefined, 'read admin'],
    ['POST', `/api/kiosks/${kiosk.id}/ping`, undefined, 'read admin'],
    ['GET', '/api/requests', undefined, 'read admin'],
    ['GET', '/api/history', undefined, 'read admin'],
    ['GET', '/api/audit', undefined, 'read admin'],
    ['GET', '/api/stats', undefined, 'read admin'],
    ['GET', '/metrics', undefined, 'read admin'],
    ['POST', '/api/kiosks', '{"id":"by_scope"}', 'admin'],
    ['PATCH', `/api/kiosks/${other.id}`, '{"name":"x"}', 'admin'],
    ['POST', `/api/kiosks/${other.id}/token`, '{}', 'admin'],
    ['POST', `/api/kiosks/${other.id}/kick`, undefined, 'admin'],
    ['DELETE', `/api/kiosks/${other.id}`, undefined, 'admin'],
    ['GET', '/api/keys', undefined, 'admin'],
    ['GET', `/api/keys/${keys.send.id}`, undefined, 'admin'],
    ['POST', '/api/keys', '{"name":"by_scope","scopes":["send"]}', 'admin'],
    ['POST', `/api/keys/${keys.read.id}/rotate`, '{}', 'admin'],
    ['DELETE', '/api/keys/k_nobody', undefined, 'admin'],
  ];
  for (const [method, target, body, may] of calls) {
    for (const [scope, { key }] of Object.entries(keys)) {
      const headers = { 'content-type': 'application/json', 'Header-Kiosk-Id': kiosk.id, 'Header-Operation-Type': 'payment' };
      const answer = await gw.call(method, target, { headers, body, key });
      if (answer.json?.token) secret(answer.json.token);
      if (answer.json?.key) secret(answer.json.key);
      const shown = `${scope}: ${method} ${target}: ${answer.status} ${answer.text.slice(0, 200)}`;
      if (may.split(' ').includes(scope)) assert.ok(![401, 403].includes(answer.status), shown);
      else {
        assertError(answer, 403, 'forbidden');
        assert.match(answer.json.message, new RegExp(`scope ${may.split(' ')[0]}`), shown);
      }
    }
  }
});

test('a key for some kiosks sees no others', async () => {
  const mine = { read: await newKey(['read'], { kiosks: ['shop1_*', 'exact'] }), send: await newKey(['send'], { kiosks: ['shop1_*'] }), admin: await newKey(['admin'], { kiosks: ['shop1_*', 'shop?'.replace('?', '9')] }) };
  const theirs = await gw.kiosk(sayYes, { id: 'shop2_till' });
  const payment = (await gw.send(theirs, {}, { key: gw.adminKey })).json.request_id;
  const own = (await gw.send(kiosk, {}, { key: mine.send.key })).json.request_id;
  const before = theirs.messages.entries.length;

  assert.equal((await gw.send(kiosk, {}, { key: mine.send.key })).status, 200);
  for (const id of ['shop2_till', 'shop1', 'Shop1_till', 'xshop1_till', 'no_such_kiosk'])
    assertError(await gw.send(id, {}, { key: mine.send.key }), 404, 'kiosk_not_found');
  assert.equal(theirs.messages.entries.length, before, 'nothing reached it');
  // What is there and what is not look the same.
  const [there, nowhere] = [await gw.send('shop2_till', {}, { key: mine.send.key }), await gw.send('shop2_till0', {}, { key: mine.send.key })];
  assert.equal(there.text.replaceAll('shop2_till', ''), nowhere.text.replaceAll('shop2_till0', ''));

  const as = (key, method, target, body) => gw.api(method, target, body, { key });
  assert.deepEqual((await as(mine.read.key, 'GET', '/api/kiosks')).json.kiosks.map(({ id }) => id), ['shop1_till']);
  assert.equal((await as(mine.read.key, 'GET', '/api/kiosks')).json.total, 1);
  assertError(await as(mine.read.key, 'GET', '/api/kiosks/shop2_till'), 404, 'kiosk_not_found');
  assertError(await as(mine.read.key, 'POST', '/api/kiosks/shop2_till/ping'), 404, 'kiosk_not_found');
  assertError(await as(mine.read.key, 'GET', `/requests/${payment}`), 404, 'request_not_found');
  assert.equal((await as(mine.read.key, 'GET', `/requests/${own}`)).status, 200);
  const listed = (await as(mine.read.key, 'GET', '/api/requests')).json.requests;
  assert.ok(listed.length > 0 && listed.every(({ kiosk_id }) => kiosk_id === 'shop1_till'));
  assert.deepEqual((await as(mine.read.key, 'GET', '/api/requests?kiosk_id=shop2_till')).json.requests, []);
  const history = (await as(mine.read.key, 'GET', '/api/history')).json.connections;
  assert.ok(history.length > 0 && history.every(({ kiosk_id }) => kiosk_id === 'shop1_till'));
  for (const [method, action, body] of [['PATCH', '', { enabled: false }], ['POST', '/token', {}], ['POST', '/kick'], ['DELETE', '']])
    assertError(await as(mine.admin.key, method, `/api/kiosks/shop2_till${action}`, body), 404, 'kiosk_not_found');
  assertError(await as(mine.admin.key, 'POST', '/api/kiosks', { id: 'shop2_new' }), 403, 'forbidden');
  const added = await as(mine.admin.key, 'POST', '/api/kiosks', { id: 'shop1_new' });
  assert.equal(added.status, 201, added.text);
  secret(added.json.token);
  const lines = await gw.call('POST', '/api/kiosks', { key: mine.admin.key, headers: { 'content-type': 'application/x-ndjson' }, body: '{"id":"shop1_a"}\n{"id":"shop2_a"}\n' });
  assertError(lines, 403, 'forbidden');
  assertError(await gw.api('GET', '/api/kiosks/shop1_a'), 404, 'kiosk_not_found');
  // Else it could make itself a larger key, or read of the others in the trail.
  for (const [method, target, body] of [['GET', '/api/keys'], ['POST', '/api/keys', { name: 'wider', scopes: ['send'] }], ['POST', `/api/keys/${mine.admin.id}/rotate`, {}], ['DELETE', `/api/keys/${mine.read.id}`], ['GET', '/api/audit']])
    assertError(await as(mine.admin.key, method, target, body), 403, 'forbidden');
});

test('a send key reads what its owner sent, also after a rotation, and nothing else', async () => {
  const a = await newKey(['send'], { owner: 'shop-a' }), b = await newKey(['send'], { owner: 'shop-b' }), all = await newKey(['read']);
  const id = (await gw.send(kiosk, {}, { key: a.key })).json.request_id;
  const look = (key) => gw.get(`/requests/${id}`, { key });
  assert.equal((await look(a.key)).status, 200);
  assert.equal((await look(all.key)).status, 200);
  assertError(await look(b.key), 404, 'request_not_found');
  const never = id.slice(0, -2) + (id.endsWith('00') ? '01' : '00');  // of the same moment, so that neither is expired
  const nobody = await gw.get(`/requests/${never}`, { key: b.key });
  assert.equal((await look(b.key)).text.replaceAll(id, ''), nobody.text.replaceAll(never, ''), 'as if it were not there');
  const next = await gw.api('POST', `/api/keys/${a.id}/rotate`, { overlap_seconds: 0 });
  secret(next.json.key);
  assert.equal((await look(next.json.key)).status, 200);
  assertError(await gw.get(`/requests/${id}`, { key: a.key, ...elsewhere() }), 401, 'unauthorized');
  assert.equal((await gw.api('GET', `/api/requests?limit=1000`)).json.requests.find(({ request_id }) => request_id === id).owner, 'shop-a');
});

test('rotated while a request runs: both count, the old one until its end', async () => {
  const slow = await holding('rotating');
  const old = await newKey(['send']);
  const first = gw.send(slow, {}, { key: old.key });
  await slow.has();
  const rotated = await gw.api('POST', `/api/keys/${old.id}/rotate`);
  assert.equal(rotated.status, 201, rotated.text);
  const fresh = rotated.json;
  secret(fresh.key);
  assert.notEqual(fresh.key, old.key);
  assert.equal(fresh.replaces, old.id);
  assert.equal(fresh.owner, old.owner);
  assert.deepEqual(fresh.scopes, ['send']);
  await slow.release();
  assert.equal((await first).status, 200);
  for (const key of [old.key, fresh.key]) {
    const sent = gw.send(slow, {}, { key });
    await slow.release();
    assert.equal((await sent).status, 200);
  }
  const before = (await gw.api('GET', `/api/keys/${old.id}`)).json;
  assert.equal(before.state, 'expiring');
  assert.ok(Math.abs(Date.parse(before.expires_at) - Date.now() - 24 * 3600_000) < 60_000, before.expires_at);
  // A second rotation of the same key ends it sooner, never later.
  const again = await gw.api('POST', `/api/keys/${old.id}/rotate`, { overlap_seconds: 3600 * 24 * 30 });
  secret(again.json.key);
  assert.equal((await gw.api('GET', `/api/keys/${old.id}`)).json.expires_at, before.expires_at);
  const last = gw.send(slow, {}, { key: old.key });
  await slow.has();
  secret((await gw.api('POST', `/api/keys/${old.id}/rotate`, { overlap_seconds: 0 })).json.key);
  assert.equal((await gw.api('GET', `/api/keys/${old.id}`)).json.state, 'expired');
  await slow.release();
  assert.equal((await last).status, 200, 'what was let in ends as it should');
  assertError(await gw.send(slow, {}, { key: old.key, ...elsewhere() }), 401, 'unauthorized');
  assertError(await gw.api('POST', `/api/keys/${old.id}/rotate`), 409, 'already_exists');
});

test('revoked while a request runs: the money is told, the next call is not let in', async () => {
  const slow = await holding('revoking');
  const key = await newKey(['send', 'read']);
  const sent = gw.send(slow, {}, { key: key.key });
  await slow.has();
  const revoked = await gw.api('DELETE', `/api/keys/${key.id}`);
  assert.equal(revoked.status, 200, revoked.text);
  assert.equal(revoked.json.state, 'revoked');
  assert.match(revoked.json.revoked_at, RFC3339);
  await slow.release();
  assert.equal((await sent).json.status, 'success');
  for (const target of ['/api/kiosks', `/requests/${(await sent).json.request_id}`, '/metrics'])
    assertError(await gw.get(target, { key: key.key, ...elsewhere() }), 401, 'unauthorized');
  assertError(await gw.send(slow, {}, { key: key.key, ...elsewhere() }), 401, 'unauthorized');
  const again = await gw.api('DELETE', `/api/keys/${key.id}`);
  assert.equal(again.json.revoked_at, revoked.json.revoked_at, 'safe to repeat');
  assertError(await gw.api('POST', `/api/keys/${key.id}/rotate`), 409, 'already_exists');
});

test('a key\'s own rate', async () => {
  const slow = await newKey(['read'], { rate_per_second: 5 }), free = await newKey(['read']);
  const answers = await Promise.all(Array.from({ length: 40 }, () => gw.get('/api/stats', { key: slow.key })));
  const limited = answers.filter(({ status }) => status === 429);
  assert.ok(limited.length >= 20 && limited.length <= 35, `${limited.length} of 40`);
  assertError(limited[0], 429, 'rate_limited');
  assert.match(limited[0].json.message, /5 calls per second/);
  assert.equal((await gw.get('/api/stats', { key: free.key })).status, 200, 'others are not touched');
  await until('its next second comes', async () => (await gw.get('/api/stats', { key: slow.key })).status === 200);
});

test('an expired key', async () => {
  const key = await newKey(['read'], { expires_in_seconds: 1 });
  assert.equal((await gw.get('/api/stats', { key: key.key })).status, 200);
  await until('it expires', async () => (await gw.get('/api/stats', { key: key.key, ...elsewhere() })).status === 401);
  assert.equal((await gw.api('GET', `/api/keys/${key.id}`)).json.state, 'expired');
});

test('who needs no key is a setting, which no key changes; keys survive SIGKILL', async () => {
  const own = await Gateway.start();
  const one = await own.kiosk(sayYes);
  const reader = await newKey(['read'], {}, own);
  const sender = await newKey(['send'], { kiosks: [one.id] }, own);
  const gone = await newKey(['send'], {}, own);
  await own.api('DELETE', `/api/keys/${gone.id}`);
  assert.equal((await own.send(one)).status, 200);
  assert.equal((await own.get('/api/kiosks')).status, 200);
  assert.equal((await own.send(one, {}, { key: sender.key })).status, 200);
  await own.api('DELETE', `/api/keys/${sender.id}`);
  const kept = (await own.api('GET', '/api/keys')).json;
  await own.stop('SIGKILL');

  const again = await Gateway.start({ dir: own.dir, env: { ALLOW_UNAUTHENTICATED_SEND: 'false' } });
  assert.deepEqual((await again.api('GET', '/api/keys')).json, kept);
  assertError(await again.send(one.id), 401, 'unauthorized');
  for (const target of ['/api/kiosks', '/requests/01890000-0000-7000-8000-000000000000', '/metrics']) assertError(await again.get(target), 401, 'unauthorized');
  assert.equal((await again.get('/api/kiosks', { key: reader.key })).status, 200);
  for (const { key } of [sender, gone]) assertError(await again.get('/api/kiosks', { key, ...elsewhere() }), 401, 'unauthorized');
  await again.stop();
});

test('METRICS_TOKEN opens /metrics alone', async () => {
  const token = secret('metrics-token-0123456789');
  const own = await Gateway.start({ env: { METRICS_TOKEN: token } });
  assert.equal((await own.get('/metrics', { key: token, headers: { host: 'gw.example' } })).status, 200);
  for (const target of ['/api/kiosks', '/api/stats', '/api/keys']) assertError(await own.get(target, { key: token, ...elsewhere() }), 401, 'unauthorized');
  assertError(await own.get('/metrics', { headers: { host: 'gw.example' } }), 401, 'unauthorized');
  await own.stop();
});

test('the command line: key add, list, rotate, revoke', async () => {
  const env = { GATEWAY_URL: gw.url, GATEWAY_KEY: gw.adminKey };
  const cli = (...args) => run(binary, args, { env, cwd: tempDir() });
  const added = await cli('key', 'add', 'front', '--scope', 'send', '--scope', 'read', '--kiosk', 'shop1_*', '--json');
  assert.equal(added.code, 0, added.stderr);
  const key = JSON.parse(added.stdout);
  secret(key.key);
  assert.deepEqual([key.name, key.scopes, key.kiosks], ['front', ['send', 'read'], ['shop1_*']]);
  assert.equal((await gw.send(kiosk, {}, { key: key.key })).status, 200);
  const table = await cli('key', 'list');
  assert.match(table.stdout, /front/);
  assert.ok(!table.stdout.includes(key.key));
  const rotated = await cli('key', 'rotate', key.id, '--json');
  assert.equal(rotated.code, 0, rotated.stderr);
  secret(JSON.parse(rotated.stdout).key);
  const revoked = await cli('key', 'revoke', key.id);
  assert.equal(revoked.code, 0, revoked.stderr);
  assertError(await gw.get('/api/stats', { key: key.key, ...elsewhere() }), 401, 'unauthorized');
  const twice = await cli('key', 'revoke', 'k_nobody');
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /There is no active key with the name or id k_nobody/);
});
