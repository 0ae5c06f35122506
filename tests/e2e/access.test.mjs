// Who may do what: PROTOCOL.md 5. Who needs no key, keys, and what a foreign web page can not do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, assertError, newSecret } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, sendText } from './raw.mjs';

let gw, kiosk, address = 1;
before(async () => {
  gw = await Gateway.start();
  kiosk = await gw.kiosk(sayYes);
});
after(() => gw.stop());

// Each from another address: the limit of bad keys has its own test.
const elsewhere = () => ({ localAddress: `127.0.5.${++address % 250 + 1}` });
const LOCAL = () => `localhost:${gw.port}`;
const FOREIGN = [
  { host: 'evil.example' }, { host: '192.0.2.1' }, { host: 'localhost.evil.example' }, { host: '127.0.0.1.evil.example' }, { host: '127.0.0.2' }, { host: '0.0.0.0' }, { host: 'localhos' }, { host: '[::2]' }, { host: '127.1' },
  { 'x-forwarded-for': '10.0.0.1' }, { 'x-forwarded-for': '127.0.0.1' }, { 'X-Real-IP': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }, { via: '1.1 proxy' }, { 'x-forwarded-for': '' },
  { 'x-forwarded-proto': 'https' }, { 'X-Forwarded-Port': '443' }, { 'x-forwarded-server': 'a' }, { 'X-FORWARDED-SSL': 'on' },
  { origin: 'http://evil.example' }, { origin: 'null' }, { origin: 'https://localhost.evil.example' }, { origin: 'file://' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'x' },
];

test('without a key: only true calls of this machine', async () => {
  for (const headers of FOREIGN) {
    const shown = JSON.stringify(headers);
    for (const [method, target, body] of [['POST', '/send', '{}'], ['GET', '/requests/01890000-0000-7000-8000-000000000000'], ['GET', '/api/kiosks'], ['GET', '/metrics']]) {
      const all = { host: LOCAL(), 'Header-Kiosk-Id': kiosk.id, 'Header-Operation-Type': 'payment', ...headers };
      const answer = await gw.call(method, target, { headers: all, body, ...elsewhere() });
      assert.equal(answer.status, 401, `${method} ${target} ${shown}: ${answer.text.slice(0, 100)}`);
      if (target === '/send') {
        assertError(answer, 401, 'unauthorized');
        const withKey = await gw.call(method, target, { headers: all, body, key: gw.adminKey });
        assert.equal(withKey.status, 200, `with a key: ${shown}: ${withKey.text}`);
      }
    }
    assert.equal((await gw.get('/health', { headers })).status, 200, `/health is open: ${shown}`);
  }
  assert.equal(kiosk.messages.entries.length, FOREIGN.length, 'only those with a key came through');
  for (const headers of [{ host: 'localhost' }, { host: 'LOCALHOST:1' }, { host: '127.0.0.1' }, { host: '[::1]:80' }, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, { origin: `http://${LOCAL()}`, host: LOCAL() }])
    assert.equal((await gw.send(kiosk, {}, { headers })).status, 200, JSON.stringify(headers));
});

test('HTTP/1.0 is no local caller', async () => {
  const before = kiosk.messages.entries.length;
  for (const [version, status] of [['1.0', 401], ['1.1', 200]]) {
    const raw = await RawConnection.open(gw);
    raw.write(sendText(kiosk.id, '{}', { version }));
    assert.equal((await raw.response()).status, status, version);
    raw.destroy();
  }
  assert.equal(kiosk.messages.entries.length, before + 1);
});

test('without a setting nobody sends without a key, and the start says how to make one', async () => {
  for (const env of [{ ALLOW_UNAUTHENTICATED_SEND: '' }, { ALLOW_UNAUTHENTICATED_SEND: 'false' }, { ALLOW_UNAUTHENTICATED_SEND: 'loopback', TRUST_PROXY: 'true' }]) {
    const closed = await Gateway.start({ env });
    const one = await closed.kiosk(sayYes);
    assertError(await closed.send(one), 401, 'unauthorized');
    for (const target of ['/api/kiosks', '/metrics', '/requests/01890000-0000-7000-8000-000000000000']) assertError(await closed.get(target), 401, 'unauthorized');
    assert.equal((await closed.send(one, {}, { key: closed.adminKey })).status, 200);
    await closed.stop();
    if (env.TRUST_PROXY) continue;
    const line = await closed.waitLog('no_key_may_send');
    assert.match(line.what_to_do, /kiosk-gateway key add/);
    const key = async (scopes) => (await again.api('POST', '/api/keys', { name: scopes.join('_'), scopes })).json;
    let again = await Gateway.start({ dir: closed.dir, env });
    await again.waitLog('no_key_may_send');
    const { key: made } = await key(['read']);
    const { key: sends } = await key(['send']);
    assert.equal((await again.send(one, {}, { key: made })).status, 403);
    await again.stop();
    again = await Gateway.start({ dir: closed.dir, env });
    assertError(await again.send(one.id, {}, { key: sends }), 503, 'kiosk_offline');
    assert.deepEqual(again.logged('no_key_may_send'), [], 'there is a key now');
    await again.stop();
  }
  const open = await Gateway.start({ env: { ALLOW_UNAUTHENTICATED_SEND: 'true' } });
  await open.stop();
  assert.deepEqual(open.logged('no_key_may_send'), [], 'none is needed');
});

test('where everyone may send, another\'s Authorization counts as none; a kgw_ key must be right', async () => {
  const open = await Gateway.start({ env: { ALLOW_UNAUTHENTICATED_SEND: 'true' } });
  const one = await open.kiosk(sayYes);
  const foreign = ['Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc', 'Basic dXNlcjpwYXNz', 'bearer token', 'Bearer', 'Token x', 'kgw_x'];
  for (const authorization of foreign) {
    const answer = await open.send(one, {}, { headers: { authorization } });
    assert.equal(answer.status, 200, authorization);
    assert.equal((await open.get(`/requests/${answer.json.request_id}`, { headers: { authorization } })).status, 200);
    assertError(await open.get('/api/kiosks', { headers: { authorization }, ...elsewhere() }), 401, 'unauthorized');
  }
  for (let n = 0; n < 100; ++n) assert.equal((await open.send(one, {}, { headers: { authorization: `Bearer old-${n}` } })).status, 200, 'no guess, so no limit');
  assertError(await open.send(one, {}, { key: `kgw_${'A'.repeat(43)}`, ...elsewhere() }), 401, 'unauthorized');
  assertError(await open.send(one, {}, { headers: { authorization: `BEARER kgw_` }, ...elsewhere() }), 401, 'unauthorized');
  await open.stop();
});

test('the loopback rule over IPv6, and dual-stack', async () => {
  const six = await Gateway.start({ env: { HOST: '::' } });
  const one = await six.kiosk(sayYes);
  for (const host of ['::1', '127.0.0.1', '127.3.2.1']) {
    const raw = await RawConnection.open(six, { host });
    raw.write(sendText(one.id, '{}', { host: 'Host: [::1]:8000' }));
    assert.equal((await raw.response()).status, 200, host);
    raw.destroy();
  }
  await six.stop();
});

test('never admin, not even from here; and no form of a foreign page', async () => {
  const writes = [['POST', '/api/kiosks', '{"id":"evil"}'], ['PATCH', `/api/kiosks/${kiosk.id}`, '{"enabled":false}'], ['DELETE', `/api/kiosks/${kiosk.id}`], ['POST', `/api/kiosks/${kiosk.id}/token`, '{}']];
  for (const [method, target, body] of writes) {
    for (const headers of [{}, { 'content-type': 'application/json' }, { 'content-type': 'application/x-www-form-urlencoded' }, { 'content-type': 'text/plain', origin: 'http://evil.example' }, { authorization: 'Basic YWRtaW46YWRtaW4=' },
      { authorization: 'Bearer' }, { authorization: `bearer ${gw.adminKey}x` }, { 'x-api-key': gw.adminKey }, { cookie: `key=${gw.adminKey}` }])
      assertError(await gw.call(method, target, { headers, body, ...elsewhere() }), 401, 'unauthorized');
  }
  assertError(await gw.call('POST', `/api/kiosks?key=${gw.adminKey}`, { headers: { 'content-type': 'application/json' }, body: '{"id":"evil"}', ...elsewhere() }), 401, 'unauthorized');
  for (const method of ['GET', 'POST', 'PUT'])
    assertError(await gw.call(method, '/api/no/such/path', { headers: { host: 'evil.example' }, ...elsewhere() }), 401, 'unauthorized');
  assert.equal((await gw.kioskInfo('evil')).error, 'kiosk_not_found');
  assert.equal((await gw.send(kiosk)).status, 200);
});

test('what a form can say reaches no kiosk, also from a browser that tells no Origin', async () => {
  const before = kiosk.messages.entries.length;
  const forms = [['application/x-www-form-urlencoded', 'order_id=1&sum=1000'], ['text/plain', '{"sum":1000,"x":"=1"}'], ['multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="sum"\r\n\r\n1000\r\n--b--\r\n']];
  for (const [type, body] of forms) {
    const fields = { 'Header-Kiosk-Id': kiosk.id, 'Header-Operation-Type': 'payment', 'content-type': type };
    assertError(await gw.call('POST', '/send', { headers: fields, body }), 415, 'unsupported_media_type');
    // A form can't set headers of its own either.
    assert.ok([400, 415].includes((await gw.call('POST', '/send', { headers: { 'content-type': type }, body })).status));
    for (const origin of ['http://evil.example', 'null'])
      assertError(await gw.call('POST', '/send', { headers: { ...fields, origin }, body, ...elsewhere() }), 401, 'unauthorized');
  }
  assert.equal(kiosk.messages.entries.length, before);
});

test('a wrong key is refused even where none is needed', async () => {
  for (const key of ['wrong', `${gw.adminKey}x`, gw.adminKey.slice(0, -1), gw.adminKey.toLowerCase(), `kgw_${'A'.repeat(43)}`, 'x'.repeat(5000)]) {
    assertError(await gw.send(kiosk, {}, { key, ...elsewhere() }), 401, 'unauthorized');
    assertError(await gw.get('/api/kiosks', { key, ...elsewhere() }), 401, 'unauthorized');
  }
  for (const scheme of ['bearer', 'BEARER']) assert.equal((await gw.get('/api/kiosks', { headers: { authorization: `${scheme} ${gw.adminKey}` } })).status, 200);
  const raw = await RawConnection.open(gw, elsewhere());
  raw.write(`GET /api/kiosks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${gw.adminKey}\r\nAuthorization: Bearer x\r\n\r\n`);
  assert.ok([400, 401].includes((await raw.response()).status), 'two keys');
  raw.destroy();
});

test('bad keys are limited per address, and never lock a valid one out', async () => {
  const from = { localAddress: '127.0.66.66' };
  let limited;
  for (let n = 0; n < 500 && !limited; ++n) {
    const answer = await gw.send(kiosk, {}, { key: `bad${n}`, ...from });
    if (answer.status === 429) limited = answer;
    else assertError(answer, 401, 'unauthorized');
  }
  assertError(limited, 429, 'rate_limited');
  assert.equal((await gw.send(kiosk, {}, { key: gw.adminKey, ...from })).status, 200);
  assert.equal((await gw.get('/api/kiosks', { key: gw.adminKey, ...from })).status, 200);
  assert.equal((await gw.send(kiosk, {}, from)).status, 200, 'nor one that needs none');
  // X-Real-IP is not believed: neither to get away with it, nor to blame another.
  assertError(await gw.send(kiosk, {}, { key: 'bad', headers: { 'x-real-ip': '10.9.9.9' }, ...from }), 429, 'rate_limited');
});

test('guesses at different doors count together', async () => {
  const token = newSecret();
  const own = await Gateway.start({ env: { METRICS_TOKEN: token } });
  const from = { localAddress: '127.0.66.67' };
  const doors = ['/api/kiosks', '/metrics', '/api/keys', '/requests/01890000-0000-7000-8000-000000000000', '/api/nothing'];
  let guesses = 0;
  for (let limited = false; !limited && guesses < 500; ++guesses)
    limited = (await own.get(doors[guesses % doors.length], { key: `guess${guesses}`, ...from })).status === 429;
  for (const door of doors) assertError(await own.get(door, { key: 'guess', ...from }), 429, 'rate_limited');
  assert.ok(guesses < 100, `${guesses} guesses from one address`);
  assert.equal((await own.get('/metrics', { key: token, ...from })).status, 200, 'the true token goes on');
  assert.equal((await own.get('/api/keys', { key: own.adminKey, ...from })).status, 200);
  await own.stop();
});

test('TRUST_PROXY counts by X-Real-IP', async () => {
  const proxied = await Gateway.start({ env: { TRUST_PROXY: 'true' } });
  const one = await proxied.kiosk(sayYes);
  const bad = (ip) => proxied.send(one, {}, { key: 'bad', headers: { 'x-real-ip': ip } });
  let status = 0;
  for (let n = 0; n < 500 && status !== 429; ++n) status = (await bad('10.1.1.1')).status;
  assert.equal(status, 429);
  assertError(await bad('10.1.1.2'), 401, 'unauthorized');
  await proxied.stop();
});

test('ALLOW_UNAUTHENTICATED_SEND=true opens /send and GET /requests/{id} alone; ADMIN_API_KEY is the key', async () => {
  const key = newSecret();
  const open = await Gateway.start({ env: { ALLOW_UNAUTHENTICATED_SEND: 'true', ADMIN_API_KEY: key } });
  const one = await open.kiosk(sayYes);
  for (const headers of FOREIGN) {
    const answer = await open.send(one, {}, { headers });
    assert.equal(answer.status, 200, JSON.stringify(headers));
    assert.equal((await open.get(`/requests/${answer.json.request_id}`, { headers })).status, 200);
  }
  assertError(await open.get('/api/kiosks', { headers: { host: 'evil.example' }, ...elsewhere() }), 401, 'unauthorized');
  assertError(await open.call('POST', '/api/kiosks', { body: '{"id":"x"}', headers: { 'content-type': 'application/json' }, ...elsewhere() }), 401, 'unauthorized');
  assert.ok(!fs.existsSync(path.join(open.dataDir, 'admin.key')));
  await open.stop();
});

test('the admin key\'s file', () => {
  const file = path.join(gw.dataDir, 'admin.key');
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.match(fs.readFileSync(file, 'utf8'), /^kgw_[A-Za-z0-9_-]{43}\n$/);
  for (const name of fs.readdirSync(gw.dataDir)) assert.equal(fs.statSync(path.join(gw.dataDir, name)).mode & 0o007, 0, `${name} is nobody else's`);
});
