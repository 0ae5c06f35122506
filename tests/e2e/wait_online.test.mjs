// Header-Wait-Online: what may wait for a kiosk that is offline. PROTOCOL.md 1.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, assertError, until } from './harness.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const waits = (seconds, more = {}) => ({ op: 'print', headers: { 'Header-Wait-Online': String(seconds), ...more } });
const line = (id, waiting) => until(`${waiting} wait`, async () => (await gw.kioskInfo(id)).waiting === waiting);

test('it is sent when the kiosk appears, in order', async () => {
  const of = await gw.addKiosk();
  const first = gw.send(of, { n: 1 }, waits(200));
  await line(of.id, 1);
  const second = gw.send(of, { n: 2 }, waits(200));
  await line(of.id, 2);
  assertError(await gw.send(of, {}, { op: 'print' }), 503, 'kiosk_offline', { kiosk_id: of.id });
  const kiosk = await gw.kiosk(undefined, { of });
  for (const n of [1, 2]) {
    const request = await kiosk.take();
    assert.equal(request.body.n, n);
    assert.equal(request.headers['header-wait-online'], '200', 'forwarded like any Header-');
    kiosk.answer(request, { n });
  }
  assert.deepEqual([(await first).json.n, (await second).json.n], [1, 2]);
});

test('nobody came', async () => {
  const { id } = await gw.addKiosk();
  assertError(await gw.send({ id }, {}, waits(1)), 503, 'kiosk_offline', { kiosk_id: id, request_id: true });
});

test('a long wait needs respond-async; then it can be looked up and cancelled', async () => {
  const { id } = await gw.addKiosk();
  assert.match(assertError(await gw.send({ id }, {}, waits(301)), 400, 'invalid_header').json.message, /respond-async/);
  const asked = await gw.send({ id }, {}, waits(3600, { Prefer: 'respond-async' }));
  assert.deepEqual([asked.status, asked.json.state], [202, 'accepted']);
  const cancelled = await gw.api('POST', `/requests/${asked.json.request_id}/cancel`);
  assert.deepEqual([cancelled.status, cancelled.json.state], [200, 'cancelled']);
  assert.equal((await gw.kioskInfo(id)).waiting, 0);
});

test('a payment never waits, and the bounds are told', async () => {
  const { id } = await gw.addKiosk();
  for (const [seconds, op, said] of [[1, 'payment', /OFFLINE_WAIT_OPERATIONS: kds, print/], [3601, 'print', /0 to 3600/], ['x', 'print', /0 to 3600/]])
    assert.match(assertError(await gw.send({ id }, {}, { ...waits(seconds), op }), 400, 'invalid_header').json.message, said);
});
