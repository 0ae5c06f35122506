// Kiosk tokens under attack: RFC 8725, section by section, from outside. PROTOCOL.md 2.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { Gateway, assertError, newSecret, secret } from './harness.mjs';
import { b64, hmac, now, sign } from './jwt.mjs';
import { Kiosk, sayYes } from './kiosk.mjs';

const KEY = newSecret();
const OLD_KEY = newSecret();
let gw;
before(async () => { gw = await Gateway.start({ env: { JWT_SECRET: KEY, JWT_SECRET_PREVIOUS: `${newSecret()},${OLD_KEY}` } }); });
after(() => gw.stop());

// Each knock from another address, so that the rate limit of bad tokens stays out of it.
let address = 1;
async function knock(token, options = {}) {
  address += 1;
  const kiosk = new Kiosk(gw, 'x', token, undefined, { localAddress: `127.0.${address >> 8}.${1 + (address & 127)}`, ...options });
  const how = await kiosk.settled;
  kiosk.drop();
  return how === 'open' ? 101 : how.refused;
}
// A kiosk whose current token is this one.
async function withToken(id, token) {
  const answer = await gw.api('POST', '/api/kiosks', { id, token: secret(token) });
  assert.equal(answer.status, 201, answer.text);
}

test('our own token: three parts, HS256, the claims that PROTOCOL.md names', async () => {
  const { id, token } = await gw.addKiosk();
  const [header, claims, signature] = token.split('.').map((part) => Buffer.from(part, 'base64url'));
  assert.equal(JSON.parse(header).alg, 'HS256');
  const said = JSON.parse(claims);
  assert.equal(said.kiosk_id, id);
  assert.ok(Math.abs(said.iat - now()) < 10 && said.exp - said.iat === 365 * 86400 && said.jti);
  assert.ok(signature.equals(hmac(256, KEY, token.split('.').slice(0, 2).join('.'))));
  assert.equal(await knock(token), 101);
  assert.equal(await knock(token, { query: true }), 101, 'in the URL');
});

test('tokens of the older service are taken as they are', async () => {
  const token = sign({ kiosk_id: 'older', iat: now() - 1000, exp: now() + 86400 }, KEY);
  await withToken('older', token);
  assert.equal(await knock(token), 101);
  const previous = sign({ kiosk_id: 'rotated', iat: now(), exp: now() + 86400 }, OLD_KEY);
  await withToken('rotated', previous);
  assert.equal(await knock(previous), 101, 'JWT_SECRET_PREVIOUS verifies');
});

test('what RFC 8725 warns of', async () => {
  const { id, token } = await gw.addKiosk();
  const claims = { kiosk_id: id, iat: now(), exp: now() + 86400, jti: 'x' };
  const [head, body, mac] = token.split('.');
  const key = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
  const rs = `${b64({ alg: 'RS256', typ: 'JWT' })}.${b64(claims)}`;
  const attacks = {
    'alg none': `${b64({ alg: 'none', typ: 'JWT' })}.${b64(claims)}.`, 'alg None': `${b64({ alg: 'None' })}.${b64(claims)}.`, 'alg nOnE, old signature': `${b64({ alg: 'nOnE' })}.${body}.${mac}`,
    'no signature': `${head}.${body}.`, 'two parts': `${head}.${body}`, 'four parts': `${token}.x`, 'five parts (JWE)': `${token}.x.y`,
    RS256: `${rs}.${crypto.sign('sha256', Buffer.from(rs), key.privateKey).toString('base64url')}`, 'a public key as HMAC key': sign(claims, pem), 'alg RS256 with our HMAC': sign(claims, KEY, { header: { alg: 'RS256' } }),
    HS384: sign(claims, KEY, { header: { alg: 'HS384' }, bits: 384 }), HS512: sign(claims, KEY, { header: { alg: 'HS512' }, bits: 512 }), 'no alg': sign(claims, KEY, { header: { typ: 'JWT' } }), 'alg hs256': sign(claims, KEY, { header: { alg: 'hs256' } }),
    'alg twice': sign(claims, KEY, { header: '{"alg":"none","alg":"HS256"}' }), 'alg is a list': sign(claims, KEY, { header: { alg: ['HS256'] } }),
    'empty secret': sign(claims, ''), 'wrong secret': sign(claims, 'secret'), 'secret as base64': sign(claims, Buffer.from(KEY, 'base64')), 'our own secret, but not the current token': sign(claims, KEY),
    'kid as a path': sign(claims, 'x', { header: { alg: 'HS256', kid: '../../dev/null' } }), 'jwk in the header': sign(claims, 'x', { header: { alg: 'HS256', jwk: { kty: 'oct', k: b64('x') } } }),
    'jku in the header': sign(claims, 'x', { header: { alg: 'HS256', jku: 'http://127.0.0.1/keys' } }), 'empty MAC of zeroes': `${head}.${body}.${Buffer.alloc(32).toString('base64url')}`, 'a shorter MAC': `${head}.${body}.${mac.slice(0, 20)}`,
    'a longer MAC': `${token}AA`, 'padding': `${token}=`, 'white space': `${head}. ${body}.${mac}`, 'a stray bit in the MAC': `${head}.${body}.${mac.slice(0, -1)}${String.fromCharCode(mac.charCodeAt(mac.length - 1) + 1)}`,
    'plain base64 alphabet': `${head}.${body}.${mac.slice(0, -2)}+/`, 'other claims, old MAC': `${head}.${b64({ ...claims, kiosk_id: 'older' })}.${mac}`, 'other header, old MAC': `${b64({ alg: 'HS256' })}.${body}.${mac}`,
    empty: '', dots: '..', 'one dot': '.', 'not a token': 'x'.repeat(5000), '1 MB of dots': '.'.repeat(7000), 'admin key as a token': gw.adminKey, 'a body of nothing': `${head}..${mac}`,
  };
  for (const [name, attack] of Object.entries(attacks)) {
    assert.equal(await knock(attack), 401, name);
    assert.equal(await knock(encodeURIComponent(attack), { query: true }), 401, `${name}, in the URL`);
  }
  assert.equal(await knock(token), 101, 'the true one goes on');
});

test('tokens signed with the true key and registered, but not acceptable', async () => {
  const bad = {
    expired: { iat: now() - 100, exp: now() - 1 }, 'exp is text': { iat: now(), exp: '9999999999' }, 'no exp': { iat: now() }, 'exp null': { exp: null, iat: now() }, 'exp negative': { iat: now(), exp: -1 },
    'not yet': { iat: now(), exp: now() + 1000, nbf: now() + 500 },
  };
  let n = 0;
  for (const [name, times] of Object.entries(bad)) {
    const token = sign({ kiosk_id: `bad_${n}`, ...times }, KEY);
    const added = await gw.api('POST', '/api/kiosks', { id: `bad_${n++}`, token }, { garbage: true });
    assert.ok([201, 400].includes(added.status), added.text);
    assert.equal(await knock(token), 401, name);
  }
  for (const [name, options, claims] of [['crit', { header: { alg: 'HS256', crit: ['exp'] } }], ['another typ', { header: { alg: 'HS256', typ: 'at+jwt' } }],
    ['claims are a list', {}, '[1]'], ['kiosk_id twice', {}, `{"kiosk_id":"crit_x","kiosk_id":"other","exp":${now() + 99}}`], ['exp twice', {}, `{"kiosk_id":"crit_y","exp":1,"exp":${now() + 99}}`], ['kiosk_id is a number', {}, `{"kiosk_id":5,"exp":${now() + 99}}`], ['claims are no JSON', {}, '{"kiosk_id":"z"']]) {
    const id = `odd_${n++}`;
    const token = sign(claims ?? { kiosk_id: id, iat: now(), exp: now() + 1000 }, KEY, options);
    await gw.api('POST', '/api/kiosks', { id, token });
    assert.equal(await knock(token), 401, name);
  }
  // A token registered for one kiosk that names another.
  const other = sign({ kiosk_id: 'somebody_else', iat: now(), exp: now() + 1000 }, KEY);
  const added = await gw.api('POST', '/api/kiosks', { id: 'thief', token: other });
  assert.ok([201, 400].includes(added.status), added.text);
  assert.equal(await knock(other), 401);
});

test('superseded, removed, disabled: 401, 401, 403', async () => {
  const { id, token } = await gw.addKiosk();
  const renewed = (await gw.api('POST', `/api/kiosks/${id}/token`)).json;
  assert.deepEqual(Object.keys(renewed).sort(), ['expires_at', 'kiosk_id', 'name', 'token']);
  assert.equal(await knock(token), 401, 'superseded');
  assert.equal(await knock(secret(renewed.token)), 101);
  await gw.api('PATCH', `/api/kiosks/${id}`, { enabled: false });
  assert.equal(await knock(renewed.token), 403);
  await gw.api('DELETE', `/api/kiosks/${id}`);
  assert.equal(await knock(renewed.token), 401);
  await gw.addKiosk({ id });
  assert.equal(await knock(renewed.token), 401, 'one of the same name is another kiosk');
});

test('two tokens at once, or in the wrong place', async () => {
  const { token } = await gw.addKiosk();
  const other = await gw.addKiosk();
  for (const headers of [{ cookie: `token=${token}` }, { 'x-token': token }, { authorization: `Basic ${token}` }, { authorization: token }, { 'sec-websocket-protocol': token }])
    assert.equal((await gw.get('/ws', { localAddress: `127.0.9.${++address & 127}`, headers: { ...headers, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } })).status, 401);
  const both = await gw.call('GET', `/ws?token=${token}&token=${other.token}`, { localAddress: '127.0.9.200', headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } }).catch(() => null);
  assert.ok(both === null || [101, 400, 401].includes(both.status), 'one of them or none; never a crash');
  assertError(await gw.get(`/ws?token=${token}`), 426, 'upgrade_required');
});

test('bad tokens are limited per address, and never lock a valid one out', async () => {
  const { id, token } = await gw.addKiosk();
  const from = { localAddress: '127.0.77.77' };
  let limited = 0;
  for (let n = 0; n < 500 && limited < 3; ++n) limited += (await knock(`${token}x`, from)) === 429 ? 1 : 0;
  assert.equal(limited, 3, '429 in the end');
  const kiosk = await gw.kiosk(sayYes, { of: { id, token }, ...from });
  assert.equal((await gw.send(id)).status, 200);
  kiosk.drop();
  assert.equal(await knock(`${token}x`, { localAddress: '127.0.77.78' }), 401, 'another address has its own count');
});

const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
// The handshake's answer, each from another address as above.
function handshake(target, authorization) {
  address += 1;
  return gw.call('GET', target, { agent: false, localAddress: `127.0.${address >> 8}.${1 + (address & 127)}`, headers: { ...upgrade, authorization } });
}

test('a token made by a clock that is ahead is valid at every door', async () => {
  const token = sign({ kiosk_id: 'ahead', iat: now() + 86400, exp: now() + 2 * 86400 }, KEY);
  assert.equal((await gw.api('POST', '/api/kiosks', { id: 'ahead', token })).status, 201);
  assert.equal(await knock(token), 101);
  const later = sign({ kiosk_id: 'later', iat: now(), nbf: now() + 500, exp: now() + 1000 }, KEY);
  const refused = await gw.api('POST', '/api/kiosks', { id: 'later', token: later }, { garbage: true });
  assertError(refused, 400, 'invalid_argument');
  assert.match(refused.json.message, /not valid yet/, 'what the door refuses is not taken here either');
});

test('a token by another algorithm: the reason names JWT_ALGORITHM', async () => {
  const token = sign({ kiosk_id: 'strong', iat: now(), exp: now() + 1000 }, KEY, { header: { alg: 'HS512', typ: 'JWT' } });
  const answer = await handshake('/ws', `Bearer ${token}`);
  assertError(answer, 401, 'unauthorized');
  assert.match(answer.json.message, /HS512.*JWT_ALGORITHM/);
  assert.match((await gw.waitLog('kiosk_refused', (line) => /JWT_ALGORITHM/.test(line.reason))).reason, /HS256/);
  const added = await gw.api('POST', '/api/kiosks', { id: 'strong', token }, { garbage: true });
  assertError(added, 400, 'invalid_argument');
  assert.match(added.json.message, /JWT_ALGORITHM/);
});

test('a foreign Authorization does not hide a valid ?token=', async () => {
  const { id, token } = await gw.addKiosk();
  const foreign = ['Bearer eyJhbGciOiJSUzI1NiJ9.e30.abc', 'Bearer x', 'Basic dXNlcjpwYXNz', `Bearer ${sign({ kiosk_id: id, iat: now(), exp: now() + 99 }, newSecret())}`];
  for (const authorization of foreign) {
    const target = `/ws?token=${encodeURIComponent(token)}`;
    assert.equal((await handshake(target, authorization)).status, 101, authorization);
    assert.equal((await handshake('/ws', authorization)).status, 401, authorization);
    assert.equal((await handshake('/ws?token=x', authorization)).status, 401, authorization);
  }
  assert.equal((await handshake('/ws?token=x', `Bearer ${token}`)).status, 101, 'nor a foreign one in the address the header\'s');
});
