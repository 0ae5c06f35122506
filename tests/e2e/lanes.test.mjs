// A kiosk's waiting line: PROTOCOL.md 1.2, "Lanes".
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, assertError, pace, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, sendText } from './raw.mjs';

let gw;
before(async () => { gw = await Gateway.start({ env: { KIOSK_MAX_IN_FLIGHT: '3' } }); });
after(() => gw.stop());

const line = (kiosk, in_flight, waiting) => until(`${in_flight} out, ${waiting} waiting`, async () => {
  const info = await gw.kioskInfo(kiosk.id);
  return info.in_flight === in_flight && info.waiting === waiting;
});

test('one by one, in order', async () => {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const calls = [];
  for (let n = 0; n < 6; ++n) {
    calls.push(gw.send(kiosk, { n }));
    await line(kiosk, 1, n);
  }
  for (let n = 0; n < 6; ++n) {
    const request = await kiosk.take();
    assert.equal(request.body.n, n);
    await kiosk.settle();
    assert.equal(kiosk.messages.entries.length, n + 1, 'never two at once');
    kiosk.answer(request, { n });
    assert.equal((await calls[n]).json.n, n);
  }
});

test('KIOSK_MAX_IN_FLIGHT, and a change of max_in_flight while they wait', async () => {
  const kiosk = await gw.kiosk(undefined);
  const calls = Array.from({ length: 10 }, (_, n) => gw.send(kiosk, { n }));
  await line(kiosk, 3, 7);
  assert.equal((await gw.kioskInfo(kiosk.id)).max_in_flight, null);
  assert.equal((await gw.api('PATCH', `/api/kiosks/${kiosk.id}`, { max_in_flight: 5 })).json.max_in_flight, 5);
  await line(kiosk, 5, 5);
  assert.equal((await gw.api('PATCH', `/api/kiosks/${kiosk.id}`, { max_in_flight: 1 })).status, 200);
  for (let n = 0; n < 10; ++n) kiosk.answer(await kiosk.take());
  for (const call of calls) assert.equal((await call).status, 200);
  for (const bad of [0, -1, 1001, 1.5, '1', 1e99])
    assertError(await gw.api('PATCH', `/api/kiosks/${kiosk.id}`, { max_in_flight: bad }), 400, 'invalid_argument');
});

test('OPERATION_MAX_IN_FLIGHT: a receipt does not wait behind a card', async () => {
  const own = await Gateway.start({ env: { OPERATION_MAX_IN_FLIGHT: 'payment=1,fiscal=1' } });
  try {
    const kiosk = await own.kiosk(undefined);
    const send = (operation, n) => own.send(kiosk, { n }, { headers: { 'Header-Operation-Type': operation } });
    const one = send('payment', 1);
    const card = await kiosk.take();
    const two = send('payment', 2);
    await until('the second payment waits', async () => (await own.kioskInfo(kiosk.id)).waiting === 1);
    const receipt = send('fiscal', 3);
    const printing = await kiosk.take();
    assert.equal(printing.body.n, 3, 'it went past the payment that waits');
    const slip = send('print', 4);
    kiosk.answer(await kiosk.take(), { n: 4 });
    assert.equal((await slip).json.n, 4, 'what has no limit of its own waits for neither');
    kiosk.answer(printing, { n: 3 });
    assert.equal((await receipt).json.n, 3);
    await kiosk.settle();
    assert.equal((await own.kioskInfo(kiosk.id)).in_flight, 1, 'one card at a time');
    kiosk.answer(card, { n: 1 });
    assert.equal((await one).json.n, 1);
    const next = await kiosk.take();
    assert.equal(next.body.n, 2);
    kiosk.answer(next, { n: 2 });
    assert.equal((await two).json.n, 2);
  } finally {
    await own.stop();
  }
});

test('who reaches the deadline while waiting is surely never sent', async () => {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const first = gw.send(kiosk, { n: 1 }, { timeout: 30 });
  const request = await kiosk.take();
  const began = Date.now();
  const busy = assertError(await gw.send(kiosk, { n: 2 }, { timeout: 1 }), 429, 'kiosk_busy', { kiosk_id: kiosk.id, request_id: true });
  const took = Date.now() - began;
  assert.ok(took >= 990, `${took} ms`);
  pace('its deadline', took, 2500);
  kiosk.answer(request);
  assert.equal((await first).status, 200);
  const third = gw.send(kiosk, { n: 3 });
  assert.equal((await kiosk.take()).body.n, 3);
  kiosk.answer(kiosk.messages.entries[1]);
  await third;
  const seen = await gw.request(busy.json.request_id);
  assert.deepEqual([seen.state, seen.outcome, seen.dispatched_at], ['rejected', 'not_executed', null]);
  // An answer to what was never sent changes nothing.
  kiosk.answer({ request_id: busy.json.request_id });
  await kiosk.settle();
  assert.equal((await gw.request(busy.json.request_id)).state, 'rejected');
});

test('a full line', async () => {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const calls = Array.from({ length: 1001 }, (_, n) => gw.send(kiosk, { n }));
  await line(kiosk, 1, 1000);
  assertError(await gw.send(kiosk, {}), 429, 'kiosk_busy', { kiosk_id: kiosk.id });
  const other = await gw.kiosk(sayYes);
  assert.equal((await gw.send(other)).status, 200, 'the others go on');
  for (let n = 0; n < 1001; ++n) kiosk.answer(await kiosk.take(), { n });
  const answers = await Promise.all(calls);
  assert.ok(answers.every((answer) => answer.status === 200));
  assert.equal(new Set(kiosk.messages.entries.map((message) => message.body.n)).size, 1001);
});

test('a caller that goes away while waiting is never sent', async () => {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const first = gw.send(kiosk, { n: 1 });
  const request = await kiosk.take();
  const gone = await RawConnection.open(gw);
  gone.write(sendText(kiosk.id, '{"n":2}'));
  await line(kiosk, 1, 1);
  const third = gw.send(kiosk, { n: 3 });
  await line(kiosk, 1, 2);
  gone.destroy();
  await line(kiosk, 1, 1);
  const ended = await gw.waitLog('request_finished', (entry) => entry.kiosk_id === kiosk.id && entry.result === 'caller_gone');
  assert.equal((await gw.request(ended.request_id)).state, 'rejected');
  kiosk.answer(request);
  const next = await kiosk.take();
  assert.equal(next.body.n, 3);
  kiosk.answer(next);
  assert.deepEqual([(await first).status, (await third).status], [200, 200]);
});

test('a timed-out request keeps its place until its answer, or its connection\'s end', async () => {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  assertError(await gw.send(kiosk, { n: 1 }, { timeout: 1 }), 504, 'timeout');
  assertError(await gw.send(kiosk, { n: 2 }, { timeout: 1 }), 429, 'kiosk_busy');
  const third = gw.send(kiosk, { n: 3 });
  await line(kiosk, 1, 1);
  kiosk.answer(await kiosk.take(), { late: true });
  const request = await kiosk.take();
  assert.equal(request.body.n, 3);
  kiosk.answer(request);
  assert.equal((await third).status, 200);

  assertError(await gw.send(kiosk, { n: 4 }, { timeout: 1 }), 504, 'timeout');
  await kiosk.close();
  const again = await gw.kiosk(sayYes, { of: kiosk });
  assert.equal((await gw.send(again, { n: 5 })).status, 200);
});

test('those that wait are refused at once when the connection ends', async () => {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const running = gw.send(kiosk, { n: 1 }, { timeout: 2 });
  await kiosk.take();
  const waiting = gw.send(kiosk, { n: 2 }, { timeout: 60 });
  await line(kiosk, 1, 1);
  kiosk.drop();
  assertError(await waiting, 503, 'kiosk_offline', { kiosk_id: kiosk.id, request_id: true });
  assertError(await running, 504, 'timeout');
});
