// Asking what became of a request: long polls, by key, by order (PROTOCOL.md 1.5).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError, pace } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

test('wait=N: answered as soon as it has ended, or when the time is over', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const call = gw.send(kiosk, {});
  const request = await kiosk.take();
  const began = Date.now();
  const short = await gw.get(`/requests/${request.request_id}?wait=1`);
  assert.deepEqual([short.status, short.json.state], [200, 'dispatched']);
  assert.ok(Date.now() - began >= 950);
  const polls = [gw.get(`/requests/${request.request_id}?wait=60`), gw.get(`/requests/${request.request_id}?wait=60`)];
  const now = await gw.get(`/requests/${request.request_id}?wait=0`);
  assert.equal(now.json.state, 'dispatched');
  kiosk.answer(request, { n: 1 });
  await call;
  for (const poll of await Promise.all(polls)) assert.deepEqual([poll.status, poll.json.state, poll.json.response.n], [200, 'answered', 1]);
  pace('polls end with the request', Date.now() - began, 10000);
  assert.equal((await gw.get(`/requests/${request.request_id}?wait=60`)).json.state, 'answered', 'at once');

  const timed = gw.send(kiosk, {}, { timeout: 1 });
  const late = await kiosk.take();
  assert.equal((await gw.get(`/requests/${late.request_id}?wait=60`)).json.state, 'timed_out');
  assertError(await timed, 504, 'timeout');
  for (const wrong of ['61', '-1', 'x', '1.5', '']) assertError(await gw.get(`/requests/${late.request_id}?wait=${wrong}`), 400, 'invalid_argument');
  await gw.stop();
});

test('by key: the owner finds its request, nobody else does', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  const other = await gw.kiosk(sayYes);
  const make = async (owner) => (await gw.api('POST', '/api/keys', { name: owner, owner, scopes: ['send'] })).json.key;
  const [shop, rival] = [await make('shop'), await make('rival')];
  const sent = await gw.send(kiosk, { sum: 1 }, { key: shop, headers: { 'Idempotency-Key': 'order 1/2' } });
  const ask = (kioskId, name, key) => gw.get(`/requests?kiosk_id=${kioskId}&idempotency_key=${encodeURIComponent(name)}`, { key });
  const found = await ask(kiosk.id, 'order 1/2', shop);
  assert.deepEqual([found.status, found.json.request_id, found.json.state], [200, sent.headers['x-request-id'], 'answered']);
  assert.deepEqual(found.json.response, sent.json);
  assert.equal((await ask(kiosk.id, '"order 1/2"', shop)).status, 200);
  for (const [id, name, key] of [[kiosk.id, 'order 1/2', rival], [kiosk.id, 'order 1/3', shop], [other.id, 'order 1/2', shop]])
    assertError(await ask(id, name, key), 404, 'request_not_found');
  assertError(await gw.get(`/requests?kiosk_id=${kiosk.id}`, { key: shop, garbage: true }), 400, 'invalid_argument');
  assertError(await gw.get(`/requests?kiosk_id=${kiosk.id}&idempotency_key=`, { key: shop, garbage: true }), 400, 'invalid_argument');
  await gw.stop();
});

test('an order: all its requests, the oldest first', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  const order = 'A/42 №1';
  for (const op of ['payment', 'fiscal', 'kds']) assert.equal((await gw.send(kiosk, { order_id: order }, { op })).status, 200);
  await gw.send(kiosk, { order_id: 'B' });
  const path = `/api/orders/${encodeURIComponent(order)}`;
  const all = await gw.api('GET', path);
  assert.deepEqual(all.json.requests.map((one) => [one.operation_type, one.order_id]), [['payment', order], ['fiscal', order], ['kds', order]]);
  const first = await gw.api('GET', `${path}?limit=2`);
  const rest = await gw.api('GET', `${path}?limit=2&cursor=${first.json.next}`);
  assert.deepEqual([first.json.requests.length, rest.json.requests.map((one) => one.operation_type)], [2, ['kds']]);
  assert.deepEqual((await gw.api('GET', '/api/orders/nobody')).json.requests, []);
  await gw.stop();
});
