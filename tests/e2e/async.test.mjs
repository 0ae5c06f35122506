// Requests that nobody waits for, and those that are cancelled: PROTOCOL.md 1.4, 1.5.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, assertError, until } from './harness.mjs';
import { RawConnection } from './raw.mjs';

let gw;
before(async () => { gw = await Gateway.start({ env: { OPERATION_MAX_IN_FLIGHT: 'payment=1' } }); });
after(() => gw.stop());

const prefer = (what, more = {}) => ({ headers: { Prefer: what, ...more } });
const status = async (id, wait = 20) => (await gw.api('GET', `/requests/${id}?wait=${wait}`)).json;

test('202 at once, and the end by its Location', async () => {
  const kiosk = await gw.kiosk(undefined);
  const asked = await gw.send(kiosk, { order_id: 7 }, prefer('respond-async'));
  assert.equal(asked.status, 202, asked.text);
  assert.equal(asked.headers.location, `/requests/${asked.json.request_id}`);
  assert.equal(asked.headers['preference-applied'], 'respond-async');
  assert.equal(asked.headers['x-request-id'], asked.json.request_id);
  const same = (await gw.api('GET', asked.headers.location)).json;
  assert.deepEqual({ ...asked.json, state: 'dispatched', dispatched_at: same.dispatched_at }, same, 'as GET has it');
  kiosk.answer(await kiosk.take(), { status: 'success' });
  const end = await status(asked.json.request_id);
  assert.deepEqual([end.state, end.outcome, end.response.status], ['answered', 'known', 'success']);
});

test('wait=N: the answer if it comes in time, else 202', async () => {
  const kiosk = await gw.kiosk(undefined);
  const soon = gw.send(kiosk, { n: 1 }, prefer('respond-async, wait=30'));
  kiosk.answer(await kiosk.take(), { n: 1 });
  const answered = await soon;
  assert.deepEqual([answered.status, answered.json.n, answered.headers['x-answer-from']], [200, 1, 'kiosk']);
  const late = await gw.send(kiosk, { n: 2 }, prefer('wait=1, respond-async'));
  assert.deepEqual([late.status, late.json.state], [202, 'dispatched']);
  kiosk.answer(await kiosk.take());
});

test('who only waits, or asks for nonsense, is answered as ever', async () => {
  const kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, n: 1 }));
  for (const what of ['wait=1', 'respond-async;;=,wait=x', 'return=minimal', '"respond-async"'])
    assert.deepEqual([(await gw.send(kiosk, {}, prefer(what))).status, what], [200, what]);
  assertError(await gw.send({ id: 'nobody' }, {}, prefer('respond-async')), 404, 'kiosk_not_found');
});

test('a request that was not sent yet survives its caller', async () => {
  const kiosk = await gw.kiosk(undefined);
  const first = gw.send(kiosk, { n: 1 });
  const running = await kiosk.take();
  const raw = await RawConnection.open(gw);
  raw.write(`POST /send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gw.adminKey}\r\nHeader-Kiosk-Id: ${kiosk.id}\r\nHeader-Operation-Type: payment\r\n`
    + 'Prefer: respond-async, wait=40\r\nContent-Length: 7\r\n\r\n{"n":2}');
  await until('it waits', async () => (await gw.kioskInfo(kiosk.id)).waiting === 1);
  raw.destroy();
  const plain = gw.send(kiosk, { n: 3 }).catch(() => {});
  await until('another one waits too', async () => (await gw.kioskInfo(kiosk.id)).waiting === 2);
  kiosk.answer(running);
  await first;
  const second = await kiosk.take();
  assert.equal(second.body.n, 2);
  kiosk.answer(second);
  kiosk.answer(await kiosk.take());
  await plain;
});

test('with a key: who comes later hears of the first one', async () => {
  const kiosk = await gw.kiosk(undefined);
  const key = { 'Idempotency-Key': 'one' };
  const first = await gw.send(kiosk, {}, prefer('respond-async', key));
  const again = await gw.send(kiosk, {}, prefer('respond-async', key));
  assert.deepEqual([again.status, again.json.request_id, again.headers['idempotency-replayed']], [202, first.json.request_id, 'true']);
  const waits = gw.send(kiosk, {}, { headers: key });
  kiosk.answer(await kiosk.take(), { n: 9 });
  assert.equal((await waits).json.n, 9);
  const replayed = await gw.send(kiosk, {}, prefer('respond-async', key));
  assert.deepEqual([replayed.status, replayed.json.n], [200, 9], 'its end is known: that is told');
});

test('an answer that its caller is to ask for is unclaimed until he does', async () => {
  let own = await Gateway.start();
  const kiosk = await own.kiosk((message) => ({ request_id: message.request_id, status: 'success' }));
  const shop = (await own.api('POST', '/api/keys', { name: 'shop', owner: 'shop', scopes: ['send'] })).json.key;
  const listed = async () => (await own.api('GET', '/api/requests?unclaimed=true')).json.requests.map((one) => one.request_id);
  const ids = [];
  for (let n = 0; n < 2; n += 1) ids.push((await own.send(kiosk, {}, { key: shop, ...prefer('respond-async') })).json.request_id);
  await until('both are listed', async () => (await listed()).length === 2);
  assert.ok(own.logged('answer_unclaimed').every((line) => line.level === 'info'), 'nobody is alarmed');
  assert.equal((await own.get(`/requests/${ids[0]}`, { key: shop })).json.claimed, true);
  await until('he has asked for one', async () => (await listed()).join() === ids[1]);
  await own.stop();
  own = await Gateway.start({ dir: own.dir });
  assert.deepEqual(await listed(), [ids[1]]);
  const feed = (await own.get('/requests?final=true&cursor=0', { key: shop })).json;
  await own.get(`/requests?final=true&cursor=${feed.next}`, { key: shop });
  await until('the feed has told of the other', async () => (await listed()).length === 0);
  await own.stop();
});

test('cancel: what waits is never sent', async () => {
  const kiosk = await gw.kiosk(undefined);
  const cancel = (id, key = gw.adminKey) => gw.call('POST', `/requests/${id}/cancel`, { key });
  const first = gw.send(kiosk, { n: 1 });
  const running = await kiosk.take();
  const waits = gw.send(kiosk, { n: 2 }, { headers: { 'Idempotency-Key': 'c' } });
  const { request_id: id } = await until('it waits, and that is durable', async () =>
    (await gw.api('GET', `/api/requests?kiosk_id=${kiosk.id}&state=accepted`)).json.requests[0]);

  const owner = (await gw.api('POST', '/api/keys', { name: 'other', scopes: ['send'] })).json.key;
  assertError(await cancel(id, owner), 404, 'request_not_found');
  const done = await cancel(id);
  assert.equal(done.status, 200, done.text);
  assert.deepEqual([done.json.state, done.json.outcome, done.json.dispatched_at], ['cancelled', 'not_executed', null]);
  const told = assertError(await waits, 503, 'caller_gone', { kiosk_id: kiosk.id, request_id: true });
  assert.match(told.json.message, /cancelled/);
  assert.equal((await cancel(id)).status, 200, 'once more: it is cancelled');

  assertError(await cancel(running.request_id), 501, 'not_supported', { kiosk_id: kiosk.id, request_id: true });
  kiosk.answer(running);
  assert.equal((await first).status, 200);
  assertError(await cancel(running.request_id), 409, 'already_final', { kiosk_id: kiosk.id, request_id: true });
  assertError(await cancel('01890000-0000-7000-8000-000000000000'), 410, 'request_expired');
  assertError(await cancel('x'), 400, 'invalid_argument');

  const again = gw.send(kiosk, { n: 2 }, { headers: { 'Idempotency-Key': 'c' } });
  const free = await kiosk.take();
  assert.deepEqual([free.body.n, kiosk.messages.entries.length], [2, 2], 'its key is free again, and it itself never came');
  kiosk.answer(free);
  assert.equal((await again).status, 200);
});
