// Kiosks come, go, and are switched off while they work: PROTOCOL.md 2.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, assertError, pace, secret, until } from './harness.mjs';
import { Kiosk, sayYes } from './kiosk.mjs';
import { RawKiosk, closeFrame } from './raw.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

async function refusal(of, gateway = gw) {
  const kiosk = new Kiosk(gateway, of.id, of.token);
  const how = await kiosk.settled;
  kiosk.drop();
  return how === 'open' ? 101 : { status: how.refused, headers: how.headers, text: how.body, json: JSON.parse(how.body) };
}
const changed = async (method, path, body) => {
  const answer = await gw.api(method, path, body);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
// One request running, one waiting behind it.
async function busyKiosk() {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const running = gw.send(kiosk, { n: 1 }, { timeout: 20 });
  const request = await kiosk.take();
  const waiting = gw.send(kiosk, { n: 2 }, { timeout: 20 });
  await until('one waits', async () => (await gw.kioskInfo(kiosk.id)).waiting === 1);
  return { kiosk, running, request, waiting };
}

test('disable: waiting ones are refused, running ones end, then 1008', async () => {
  const { kiosk, running, request, waiting } = await busyKiosk();
  assert.equal((await changed('PATCH', `/api/kiosks/${kiosk.id}`, { enabled: false })).enabled, false);
  assertError(await waiting, 403, 'kiosk_disabled', { kiosk_id: kiosk.id, request_id: true });
  assertError(await gw.send(kiosk), 403, 'kiosk_disabled');
  kiosk.answer(request, { done: true });
  assert.equal((await running).json.done, true);
  assert.deepEqual(await kiosk.closedWithin(), { code: 1008, reason: 'kiosk disabled' });
  assertError(await refusal(kiosk), 403, 'kiosk_disabled');
  await changed('PATCH', `/api/kiosks/${kiosk.id}`, { enabled: true });
  await gw.kiosk(sayYes, { of: kiosk });
  assert.equal((await gw.send(kiosk)).status, 200);
});

test('disable, with a running one that never ends: closed at its deadline', async () => {
  const kiosk = await gw.kiosk(undefined);
  const running = gw.send(kiosk, {}, { timeout: 1 });
  await kiosk.take();
  await changed('PATCH', `/api/kiosks/${kiosk.id}`, { enabled: false });
  assertError(await running, 504, 'timeout');
  assert.equal((await kiosk.closedWithin()).code, 1008);
});

test('enabled again before its link was closed: it goes on', async () => {
  const { kiosk, running, request, waiting } = await busyKiosk();
  await changed('PATCH', `/api/kiosks/${kiosk.id}`, { enabled: false });
  await waiting;
  await changed('PATCH', `/api/kiosks/${kiosk.id}`, { enabled: true });
  const next = gw.send(kiosk, { n: 3 });
  kiosk.answer(request);
  assert.equal((await running).status, 200);
  const message = await kiosk.take();
  assert.equal(message.body.n, 3);
  kiosk.answer(message);
  assert.equal((await next).status, 200);
});

test('remove: as disable, and its name is free', async () => {
  const { kiosk, running, request, waiting } = await busyKiosk();
  const removed = await changed('DELETE', `/api/kiosks/${kiosk.id}`);
  assert.deepEqual(removed, { kiosk_id: kiosk.id, removed: true });
  assertError(await waiting, 404, 'kiosk_not_found', { kiosk_id: kiosk.id, request_id: true });
  assertError(await gw.send(kiosk), 404, 'kiosk_not_found');
  kiosk.answer(request, { done: true });
  assert.equal((await running).json.done, true);
  assert.deepEqual(await kiosk.closedWithin(), { code: 1008, reason: 'kiosk removed' });
  assertError(await refusal(kiosk), 401, 'unauthorized');
  assertError(await gw.api('GET', `/api/kiosks/${kiosk.id}`), 404, 'kiosk_not_found');
  assertError(await gw.api('DELETE', `/api/kiosks/${kiosk.id}`), 404, 'kiosk_not_found');
  assert.equal((await gw.request(request.request_id)).state, 'answered', 'its history stays');
});

test('a new token: the old link ends when it is idle, the new one is let in at once', async () => {
  const { kiosk, running, request, waiting } = await busyKiosk();
  const { token } = await changed('POST', `/api/kiosks/${kiosk.id}/token`);
  assertError(await waiting, 503, 'kiosk_offline', { kiosk_id: kiosk.id });
  assertError(await refusal(kiosk), 401, 'unauthorized');
  const renewed = await gw.kiosk(sayYes, { of: { id: kiosk.id, token: secret(token) } });
  await kiosk.closedWithin();
  renewed.answer(request, { over: 'the new one' });
  assert.equal((await running).json.over, 'the new one');
  assert.equal((await gw.send(kiosk)).status, 200);

  const idle = await gw.kiosk(sayYes);
  await changed('POST', `/api/kiosks/${idle.id}/token`, {});
  assert.deepEqual(await idle.closedWithin(), { code: 1008, reason: 'token superseded' });
});

test('force: at once', async () => {
  for (const how of [['PATCH', '', { enabled: false, force: true }], ['DELETE', '?force=true', undefined], ['POST', '/token', { force: true }]]) {
    const { kiosk, running, request, waiting } = await busyKiosk();
    await changed(how[0], `/api/kiosks/${kiosk.id}${how[1]}`, how[2]);
    assert.equal((await kiosk.closedWithin()).code, 1008);
    assert.ok([403, 404, 503].includes((await waiting).status));
    assert.equal((await gw.request(request.request_id)).state, 'dispatched', 'nobody knows yet');
    running.catch(() => {});
  }
});

test('a second connection while the first one lives: 409, and the first goes on', async () => {
  const kiosk = await gw.kiosk(sayYes);
  const began = Date.now();
  const refused = await refusal(kiosk);
  assertError(refused, 409, 'already_connected', { kiosk_id: kiosk.id });
  pace('it answered the probe', Date.now() - began, 1000);
  assert.equal((await gw.send(kiosk)).status, 200);
  await gw.waitLog('kiosk_refused', (line) => line.kiosk_id === kiosk.id);
});

test('a half-open first connection is replaced after 3 s', async () => {
  const of = await gw.addKiosk();
  const mute = await RawKiosk.connect(gw, of.token);
  const began = Date.now();
  const second = await gw.kiosk(sayYes, { of });
  const took = Date.now() - began;
  assert.ok(took > 2500, `${took} ms`);
  pace('the replacement', took, 5000);
  assert.deepEqual(await mute.closeFrame(), { code: 1000, reason: 'replaced by new connection' });
  pace('TCP ends without an echo', await mute.end(), 2900);
  assert.equal((await gw.send(second)).status, 200);
  assert.equal((await gw.kioskInfo(of.id)).online, true, 'the old one\'s end does not erase the new one');

  // The old one ends while the new one is held: it goes in at once. One that leaves while held is forgotten.
  const other = await gw.addKiosk();
  const first = await RawKiosk.connect(gw, other.token);
  const gone = await RawKiosk.open(gw);
  gone.write(`GET /ws?token=${other.token} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
  assert.equal((await first.frame()).opcode, 9, 'the probe');
  gone.reset();
  first.write(closeFrame(1000));
  await first.end();
  const third = await gw.kiosk(sayYes, { of: other });
  assert.equal((await gw.send(third)).status, 200);
});

test('ALLOW_DUPLICATE_CONNECTIONS: the newest always wins', async () => {
  const open = await Gateway.start({ env: { ALLOW_DUPLICATE_CONNECTIONS: 'true' } });
  const first = await open.kiosk(undefined);
  const running = open.send(first, {});
  const request = await first.take();
  const second = await open.kiosk(undefined, { of: first });
  assert.deepEqual(await first.closedWithin(), { code: 1000, reason: 'replaced by new connection' });
  second.answer(request, { ok: 1 });
  assert.equal((await running).json.ok, 1);
  const many = await Promise.all(Array.from({ length: 10 }, () => open.kiosk(sayYes, { of: first })));
  await until('the last one is online', async () => (await open.send(first)).status === 200);
  await until('all but one are closed', () => [second, ...many].filter((kiosk) => kiosk.ws.readyState === 1).length === 1);
  await open.stop();
});

test('the admin API shows and changes kiosks', async () => {
  const made = await gw.api('POST', '/api/kiosks', { id: 'shop:1', name: 'Театр «Ж» 😀', max_in_flight: 7 });
  assert.equal(made.status, 201);
  assert.deepEqual(Object.keys(made.json).sort(), ['expires_at', 'kiosk_id', 'name', 'token']);
  secret(made.json.token);
  assert.match(made.json.expires_at, RFC3339);
  assertError(await gw.api('POST', '/api/kiosks', { id: 'shop:1' }), 409, 'already_exists');
  const shown = (await gw.api('GET', '/api/kiosks/shop%3A1')).json;
  assert.deepEqual([shown.id, shown.name, shown.enabled, shown.online, shown.max_in_flight, shown.in_flight, shown.waiting], ['shop:1', 'Театр «Ж» 😀', true, false, 7, 0, 0]);
  assert.match(shown.created_at, RFC3339);
  assert.equal(shown.token_expires_at, made.json.expires_at);
  assert.equal(shown.token_issued_at, new Date(JSON.parse(Buffer.from(made.json.token.split('.')[1], 'base64url')).iat * 1000).toISOString());
  const kiosk = await gw.kiosk(sayYes, { of: { id: 'shop:1', token: made.json.token } });
  const online = (await gw.api('GET', '/api/kiosks/shop:1')).json;
  assert.deepEqual([online.online, online.address], [true, '127.0.0.1']);
  assert.match(online.connected_at, RFC3339);
  await kiosk.close();
  await until('the end is in its history', async () => (await gw.kioskInfo('shop:1')).connections.some((one) => !one.up));
  const { connections } = await gw.kioskInfo('shop:1');
  assert.deepEqual(connections.map((one) => one.up), [false, true], 'newest first');
  const renamed = await changed('PATCH', '/api/kiosks/shop:1', { name: 'x', max_in_flight: null });
  assert.deepEqual([renamed.name, renamed.max_in_flight], ['x', null]);
  const { kiosks, total } = (await gw.api('GET', '/api/kiosks')).json;
  assert.equal(total, kiosks.length);
  assert.deepEqual(kiosks.map((one) => one.id), kiosks.map((one) => one.id).sort());
  assertError(await gw.api('GET', '/api/kiosks?limit=1001'), 400, 'invalid_argument');
  const page = (await gw.api('GET', '/api/kiosks?limit=2')).json;
  assert.deepEqual([page.kiosks.length, page.next, page.total], [2, page.kiosks[1].id, total]);
  assert.equal((await gw.api('GET', `/api/kiosks?limit=1&cursor=${encodeURIComponent(page.next)}`)).json.kiosks[0].id, kiosks[2].id);
  assert.ok(!JSON.stringify(kiosks).includes('eyJ'), 'no token is ever shown again');
});

test('import', async () => {
  const load = (text) => gw.api('POST', '/api/kiosks', undefined, { body: text, headers: { 'content-type': 'application/x-ndjson' } });
  const own = (await gw.api('POST', '/api/kiosks', { id: 'imp_0' })).json.token;
  secret(own);
  const answer = await load('{"id":"imp_0"}\n{"id":"imp_1","name":"one"}\r\n\n{"id":"imp_2","max_in_flight":1}');
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([answer.json.added, answer.json.existing, answer.json.kiosks.map((one) => one.kiosk_id)], [2, 1, ['imp_1', 'imp_2']]);
  answer.json.kiosks.forEach((one) => secret(one.token));
  const bad = assertError(await load('{"id":"imp_3"}\n{"id":"imp 4"}\n{"id":"imp_5"}'), 400, 'invalid_argument');
  assert.match(bad.json.message, /\b2\b/);
  assert.ok([400].includes((await load('{"id":"imp_3"}\n{"id":')).status));
  assert.equal((await gw.api('GET', '/api/kiosks/imp_3')).status, 404, 'nothing of it was written');
  const many = await load(Array.from({ length: 10000 }, (_, n) => `{"id":"mass_${n}","token":"${'t'.repeat(180)}.${n}.x"}`).join('\n'));
  assert.ok([200, 400].includes(many.status), many.text.slice(0, 200));
  const kiosk = await gw.kiosk(sayYes, { of: { id: 'imp_1', token: answer.json.kiosks[0].token } });
  assert.equal((await gw.send(kiosk)).status, 200);
});

test('what the admin API refuses', async () => {
  for (const body of [{}, { id: '' }, { id: 'a b' }, { id: 'x'.repeat(65) }, { id: 5 }, { id: 'ok', name: 'n'.repeat(129) }, { id: 'ok', name: 'a\nb' }, { id: 'ok', name: '\u009b' }, { id: 'ok', name: 7 }, { id: 'ok', max_in_flight: 0 },
    { id: 'ok', max_in_flight: 'x' }, { id: 'ok', token: 'nonsense' }, { id: 'ok', unknown: 1 }])
    assert.equal((await gw.api('POST', '/api/kiosks', body)).status, 400, JSON.stringify(body));
  for (const body of ['{', '[]', '"x"', '{"id":"ok","id":"ok2"}', '\ufeff\ufeff{"id":"ok"}', ''])
    assert.equal((await gw.api('POST', '/api/kiosks', undefined, { body, headers: { 'content-type': 'application/json' } })).status, 400, body);
  assert.equal((await gw.api('GET', '/api/kiosks/ok')).status, 404);
  assert.equal((await gw.api('POST', '/api/kiosks', { id: 'ok', name: '😀'.repeat(128) })).status, 201, '128 characters, not bytes');
  assertError(await gw.api('PATCH', '/api/kiosks/nobody', { name: 'x' }), 404, 'kiosk_not_found');
  assertError(await gw.api('POST', '/api/kiosks/nobody/token'), 404, 'kiosk_not_found');
  assertError(await gw.api('PATCH', '/api/kiosks/ok', { enabled: 'yes' }), 400, 'invalid_argument');
  assertError(await gw.api('GET', '/api/nonsense'), 404, 'not_found');
  assertError(await gw.api('PUT', '/api/kiosks', {}), 405, 'method_not_allowed');
});
