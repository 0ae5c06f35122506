// Kiosks that speak v2: PROTOCOL.md 4, 4.1.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, UUIDV7, assertError, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { KioskV2, Outbox, PROTOCOL } from './kiosk_v2.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const offline = (id) => until(`${id} is gone`, async () => !(await gw.kioskInfo(id)).online);
const asked = (id) => gw.api('GET', `/requests/${id}`).then((answer) => answer.json);

test('hello, a request with its head, accepted, a result, stored', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk());
  assert.equal(kiosk.ws.protocol, PROTOCOL);
  const hello = await kiosk.hello();
  assert.equal(kiosk.all.entries[0].type, 'hello', 'the first message');
  assert.equal(hello.ping_interval_ms, 20000);
  assert.ok(hello.node && hello.version, hello.raw);

  const call = gw.send(kiosk, '{"sum": 10.50,  "x":"\\u0041"}', { headers: { 'Idempotency-Key': 'one' }, timeout: 30 });
  const request = await kiosk.take();
  assert.match(request.request_id, UUIDV7);
  assert.equal(request.attempt, 1);
  assert.ok(request.deadline_ms > 0 && request.deadline_ms <= 30000, request.raw);
  assert.match(request.dedupe_id, /^[0-9a-f]{64}$/);
  assert.equal(request.headers['header-kiosk-id'], kiosk.id);
  assert.ok(request.raw.endsWith('"body":{"sum": 10.50,  "x":"\\u0041"}}'), request.raw);
  kiosk.send(`{"type":"result","request_id":"${request.request_id}","how":"answer","response":{"status" :"approved","request_id":7,"t":1.0}}`);
  const answer = await call;
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-answer-from'], 'kiosk');
  assert.equal(answer.headers['x-result'], 'success');
  assert.equal(answer.text, `{"request_id":"${request.request_id}","status" :"approved","t":1.0}`);
  await kiosk.isStored(request);
  assert.equal((await asked(request.request_id)).state, 'answered');
  await kiosk.drop();
});

test('who does not offer it speaks v1; another protocol is none of ours', async () => {
  const kiosk = await gw.kiosk(sayYes);
  assert.equal(kiosk.ws.protocol, '');
  assert.equal((await gw.send(kiosk)).status, 200);
  assert.deepEqual(Object.keys(kiosk.messages.entries[0]).sort(), ['body', 'headers', 'raw', 'request_id']);
  await kiosk.close();
});

test('nothing is sent before it has said what it has', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk(), new Outbox(), { silent: true });
  const call = gw.send(kiosk);
  await until('it waits', async () => (await gw.kioskInfo(kiosk.id)).waiting === 1);
  assert.equal(kiosk.requests.entries.length, 0);
  kiosk.resume();
  kiosk.result(await kiosk.take());
  assert.equal((await call).status, 200);
  await kiosk.drop();
});

test('what the same disk does not have comes again, and only there', async () => {
  const who = await gw.addKiosk();
  const outbox = new Outbox();
  const first = await KioskV2.up(gw, who, outbox, { accepts: false });
  const call = gw.send(first, { n: 1 });
  const request = await first.take();
  await first.drop();
  await offline(who.id);

  const other = await KioskV2.up(gw, who, new Outbox());
  await other.settle();
  assert.equal(other.requests.entries.length, 0, 'another disk knows nothing of it');
  await other.drop();
  await offline(who.id);

  const again = await KioskV2.up(gw, who, outbox);
  const second = await again.take();
  assert.equal(second.request_id, request.request_id);
  assert.equal(second.attempt, 2);
  assert.ok(second.deadline_ms <= request.deadline_ms);
  assert.deepEqual([second.headers, second.body], [request.headers, request.body]);
  await again.settle();
  await again.drop();
  await offline(who.id);

  const third = await KioskV2.up(gw, who, outbox);
  assert.equal(third.requests.entries.length, 0, 'it has it: it is not sent again');
  third.result(request, { status: 'success', n: 3 });
  assert.equal((await call).json.n, 3);
  await third.isStored(request);
  await third.drop();
});

test('what went to a v1 client is never sent again', async () => {
  const who = await gw.addKiosk();
  const old = await gw.kiosk(undefined, { of: who });
  const call = gw.send(old, {}, { timeout: 2 });
  await old.take();
  old.drop();
  await offline(who.id);
  const kiosk = await KioskV2.up(gw, who);
  await kiosk.settle();
  assert.equal(kiosk.requests.entries.length, 0);
  assertError(await call, 504, 'timeout', { kiosk_id: who.id, request_id: true });
  await kiosk.drop();
});

test('declined: surely not executed, safe to try again', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk());
  for (const reason of ['busy', 'expired', 'something new']) {
    const call = gw.send(kiosk);
    const request = await kiosk.take(kiosk.requests.entries.length);
    kiosk.decline(request, reason);
    assertError(await call, 429, 'kiosk_busy', { kiosk_id: kiosk.id, request_id: true });
    await kiosk.isStored(request);
    const x = await asked(request.request_id);
    assert.equal(x.state, 'rejected');
    assert.equal(x.outcome, 'not_executed');
  }
  await kiosk.drop();
});

test('declined by another disk: that says nothing', async () => {
  const who = await gw.addKiosk();
  const first = await KioskV2.up(gw, who);
  const call = gw.send(first, {}, { timeout: 2 });
  const request = await first.take();
  await first.settle();
  await first.drop();
  await offline(who.id);
  const other = await KioskV2.up(gw, who);
  other.decline(request);
  assertError(await call, 504, 'timeout', { kiosk_id: who.id, request_id: true });
  assert.equal((await asked(request.request_id)).outcome, 'unknown');
  await other.drop();
});

test('declined too late: the ledger closes by itself', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk());
  const call = gw.send(kiosk, {}, { timeout: 1 });
  const request = await kiosk.take();
  assertError(await call, 504, 'timeout', { kiosk_id: kiosk.id, request_id: true });
  kiosk.decline(request, 'expired', { message: 'It came too late.' });
  await kiosk.isStored(request);
  const x = await asked(request.request_id);
  assert.deepEqual([x.state, x.late, x.outcome, x.result], ['answered', true, 'known', 'declined']);
  assert.equal(x.response.message, 'It came too late.');
  await kiosk.drop();
});

test('a result that was not told to be stored comes again, and is stored once', async () => {
  const who = await gw.addKiosk();
  const outbox = new Outbox();
  const first = await KioskV2.up(gw, who, outbox);
  const call = gw.send(first);
  const request = await first.take();
  first.result(request, { status: 'success', n: 1 });
  assert.equal((await call).json.n, 1);
  await first.isStored(request);
  await first.drop();
  await offline(who.id);
  outbox.finished.set(request.request_id, { type: 'result', request_id: request.request_id, how: 'answer', response: { status: 'success', n: 1 } });
  const second = await KioskV2.up(gw, who, outbox);
  await second.isStored(request);
  assert.equal((await asked(request.request_id)).response.n, 1);
  await second.drop();
});

test('interrupted after the deadline, then the look-up: the late answer is the device\'s own', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk());
  const call = gw.send(kiosk, {}, { timeout: 1 });
  const request = await kiosk.take();
  assertError(await call, 504, 'timeout', { kiosk_id: kiosk.id, request_id: true });
  kiosk.result(request, { status: 'error', error: 'interrupted' }, 'interrupted');
  await kiosk.isStored(request);
  assert.equal((await asked(request.request_id)).state, 'timed_out');
  kiosk.result(request, { status: 'approved' }, 'lookup');
  await until('the look-up is in the books', async () => (await asked(request.request_id)).state === 'answered');
  const x = await asked(request.request_id);
  assert.deepEqual([x.late, x.result, x.outcome], [true, 'success', 'known']);
  await kiosk.drop();
});

test('what is no message of ours harms nothing; a broken result ends its request', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk());
  for (const text of ['{"type":"progress","request_id":"x"}', '{"type":"of a later version"}', '[]', '{"type":7}', '{"type":"ping"}',
    '{"type":"device","operation":"payment","ready":true}']) kiosk.send(text);
  const call = gw.send(kiosk);
  const request = await kiosk.take();
  kiosk.send(`{"type":"result","request_id":"${request.request_id}","response":[NaN]}`);
  assertError(await call, 502, 'invalid_response', { kiosk_id: kiosk.id, request_id: true });
  await kiosk.drop();
});

test('a body for which v2 has no room is refused, and the link stays', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk());
  let size = 1048576 - 200;
  let answer;
  do {  // the largest one that v1 could carry
    answer = await gw.send(kiosk, JSON.stringify({ x: 'x'.repeat(size) }), { timeout: 5 });
    size -= 10;
  } while (answer.status === 413 && !answer.json.request_id);
  assertError(answer, 413, 'payload_too_large', { kiosk_id: kiosk.id, request_id: true });
  const call = gw.send(kiosk);
  kiosk.result(await kiosk.take());
  assert.equal((await call).status, 200, 'the link is as it was');
  await kiosk.drop();
});

test('it says how many it wants at a time', async () => {
  const kiosk = await KioskV2.up(gw, await gw.addKiosk(), new Outbox(), { max_in_flight: 1 });
  const calls = [gw.send(kiosk, { n: 0 }), gw.send(kiosk, { n: 1 })];
  const first = await kiosk.take();
  await until('one waits', async () => (await gw.kioskInfo(kiosk.id)).waiting === 1);
  kiosk.result(first);
  kiosk.result(await kiosk.take(1));
  for (const call of calls) assert.equal((await call).status, 200);
  await kiosk.drop();
});
