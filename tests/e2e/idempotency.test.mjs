// One key, one execution: PROTOCOL.md 1.3.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

const keyed = (key) => ({ headers: { 'Idempotency-Key': key } });
const replayed = (answer) => answer.headers['idempotency-replayed'] === 'true';

test('while the first runs, the others wait; then they get its answer again; the kiosk gets it once', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const body = '{"sum":1000.10}';
  const calls = Array.from({ length: 5 }, () => gw.send(kiosk, body, keyed('order-1')));
  const request = await kiosk.take();
  assert.equal(request.headers['idempotency-key'], 'order-1', 'the kiosk may know it too');
  await until('they wait', async () => gw.logged('request_joined').length === 4);
  kiosk.answer(request, { status: 'success', sum: 1 });
  const answers = await Promise.all(calls);
  assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 200, 200, 200]);
  assert.equal(new Set(answers.map((answer) => answer.text)).size, 1, 'byte for byte the same');
  assert.equal(new Set(answers.map((answer) => answer.headers['x-request-id'])).size, 1);
  assert.equal(answers.filter(replayed).length, 4);

  kiosk.drop();
  await until('it is offline', async () => !(await gw.kioskInfo(kiosk.id)).online);
  for (const key of ['order-1', '"order-1"']) {
    const again = await gw.send(kiosk, body, keyed(key));
    assert.deepEqual([again.status, again.text, replayed(again)], [200, answers[0].text, true], 'though the kiosk is offline');
  }
  assertError(await gw.send(kiosk, body, keyed('order-2')), 503, 'kiosk_offline');
  assert.equal(kiosk.messages.entries.length, 1);
  const { requests } = (await gw.api('GET', `/api/requests?kiosk_id=${kiosk.id}`)).json;
  assert.equal(requests.filter((one) => one.state === 'answered').length, 1);
  const { text } = await gw.get('/metrics', { key: gw.adminKey });
  for (const [name, count] of [['requests_replayed', 6], ['requests_refused', 1]]) assert.match(text, new RegExp(`^kgw_${name}_total ${count}$`, 'm'));
  await gw.stop();
});

test('the same key for something else: 422, and nothing is sent', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  const other = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk, { sum: 1 }, keyed('a'))).status, 200);
  for (const [to, body, options] of [[kiosk, { sum: 2 }, {}], [other, { sum: 1 }, {}], [kiosk, { sum: 1 }, { op: 'fiscal' }],
    [kiosk, { sum: 1 }, { headers: { 'Idempotency-Key': 'a', 'Header-Http-Method': 'PUT' } }]]) {
    const answer = assertError(await gw.send(to, body, { ...keyed('a'), ...options }), 422, 'idempotency_key_reused');
    assert.equal(replayed(answer), false);
  }
  assert.equal(kiosk.messages.entries.length + other.messages.entries.length, 1);
  await gw.stop();
});

test('a key belongs to the owner of the API key, whatever that key is', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  const keys = [];
  for (const owner of ['shop', 'shop', 'rival']) keys.push((await gw.api('POST', '/api/keys', { name: `k${keys.length}`, owner, scopes: ['send'] })).json.key);
  const answers = [];
  for (const key of keys) answers.push(await gw.send(kiosk, { sum: 1 }, { ...keyed('a'), key }));
  assert.deepEqual(answers.map((answer) => [answer.status, replayed(answer)]), [[200, false], [200, true], [200, false]]);
  assert.equal(answers[0].text, answers[1].text);
  assert.notEqual(answers[0].headers['x-request-id'], answers[2].headers['x-request-id']);
  assert.equal(kiosk.messages.entries.length, 2);
  await gw.stop();
});

test('after a timeout the same 504, never a second execution; then the late answer', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const first = gw.send(kiosk, {}, { ...keyed('a'), timeout: 1 });
  const request = await kiosk.take();
  assertError(await first, 504, 'timeout', { request_id: true });
  const again = assertError(await gw.send(kiosk, {}, keyed('a')), 504, 'timeout', { request_id: true });
  assert.deepEqual([again.json.request_id, replayed(again)], [request.request_id, true]);
  kiosk.answer(request, { late: 1 });
  await gw.waitLog('late_answer');
  const late = await gw.send(kiosk, {}, keyed('a'));
  assert.deepEqual([late.status, late.json.late, replayed(late)], [200, 1, true]);
  assert.equal(kiosk.messages.entries.length, 1);
  await gw.stop();
});

test('who joins waits as long as it says itself: 504 with the first one\'s id; the first waits on', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const first = gw.send(kiosk, {}, { ...keyed('a'), timeout: 30 });
  const request = await kiosk.take();
  const joined = assertError(await gw.send(kiosk, {}, { ...keyed('a'), timeout: 1 }), 504, 'timeout', { request_id: true });
  assert.deepEqual([joined.json.request_id, replayed(joined)], [request.request_id, true]);
  kiosk.answer(request, { n: 1 });
  assert.deepEqual([(await first).status, (await first).json.n], [200, 1]);
  assert.equal((await gw.send(kiosk, {}, keyed('a'))).json.n, 1);
  assert.equal(kiosk.messages.entries.length, 1);
  await gw.stop();
});

test('a refusal uses no key up', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  kiosk.drop();
  await until('it is offline', async () => !(await gw.kioskInfo(kiosk.id)).online);
  assertError(await gw.send(kiosk, {}, keyed('a')), 503, 'kiosk_offline');
  const back = await gw.kiosk(sayYes, { of: kiosk });
  const answer = await gw.send(kiosk, {}, keyed('a'));
  assert.deepEqual([answer.status, replayed(answer)], [200, false]);
  await gw.api('PATCH', `/api/kiosks/${kiosk.id}`, { max_in_flight: 1 });
  const slow = await gw.kiosk(undefined, { max_in_flight: 1 });
  const running = gw.send(slow, { n: 1 });
  const request = await slow.take();
  assertError(await gw.send(slow, { n: 2 }, { ...keyed('b'), timeout: 1 }), 429, 'kiosk_busy');
  slow.answer(request);
  await running;
  const second = gw.send(slow, { n: 2 }, keyed('b'));
  slow.answer(await slow.take());
  assert.deepEqual([(await second).status, replayed(await second)], [200, false]);
  assert.equal(back.messages.entries.length, 1);
  await gw.stop();
});

test('SIGKILL: the key is still known; what was dispatched is waited for, not sent again', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const done = gw.send(kiosk, { n: 1 }, keyed('done'));
  kiosk.answer(await kiosk.take(), { n: 1 });
  const told = await done;
  const running = gw.send(kiosk, { n: 2 }, keyed('running'));
  const request = await kiosk.take();
  gw.kill('SIGKILL');
  await assert.rejects(running);
  await gw.exited;
  const next = await Gateway.start({ dir: gw.dir });
  const again = await next.kiosk(undefined, { of: kiosk });
  const replay = await next.send(kiosk, { n: 1 }, keyed('done'));
  assert.deepEqual([replay.status, replay.text, replayed(replay)], [200, told.text, true]);
  const waits = next.send(kiosk, { n: 2 }, keyed('running'));
  await next.waitLog('request_joined');
  again.answer(request, { n: 2 });
  assert.deepEqual([(await waits).status, (await waits).json.n, replayed(await waits)], [200, 2, true]);
  assert.equal(again.messages.entries.length, 0, 'nothing was sent again');
  await next.stop();
});

test('REQUIRE_IDEMPOTENCY_KEY names the operations that must have one', async () => {
  const gw = await Gateway.start({ env: { REQUIRE_IDEMPOTENCY_KEY: 'payment, fiscal' } });
  const kiosk = await gw.kiosk(sayYes);
  assert.match(assertError(await gw.send(kiosk), 400, 'missing_header').json.message, /Idempotency-Key.*payment/);
  assert.equal((await gw.send(kiosk, {}, { op: 'print' })).status, 200);
  assert.equal((await gw.send(kiosk, {}, keyed('a'))).status, 200);
  await gw.stop();
});

test('a caller that leaves takes nobody with it; when all have left, what was not sent is not sent', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const before = gw.send(kiosk, { n: 0 });
  const request = await kiosk.take();
  const sockets = [];
  const options = { ...keyed('a'), onSocket: (http) => sockets.push(http) };
  const calls = [0, 1].map(() => gw.send(kiosk, { n: 1 }, options));
  await gw.waitLog('request_joined');
  sockets[0].destroy();
  await assert.rejects(calls[0]);
  kiosk.answer(request);
  await before;
  kiosk.answer(await kiosk.take(), { n: 1 });
  assert.equal((await calls[1]).json.n, 1);

  const last = gw.send(kiosk, { n: 2 });
  const blocking = await kiosk.take();
  const lost = [0, 1].map(() => gw.send(kiosk, { n: 3 }, { ...options, ...keyed('b') }));
  await until('both wait', async () => gw.logged('request_joined').length === 2);
  for (const http of sockets.slice(2)) http.destroy();
  await Promise.allSettled(lost);
  await gw.waitLog('request_finished', (line) => line.result === 'caller_gone');
  kiosk.answer(blocking);
  await last;
  const again = gw.send(kiosk, { n: 3 }, keyed('b'));
  kiosk.answer(await kiosk.take(), { n: 3 });
  assert.deepEqual([(await again).status, replayed(await again)], [200, false]);
  await gw.stop();
});
