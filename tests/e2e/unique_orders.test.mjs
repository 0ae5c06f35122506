// One payment an order, without a key: PROTOCOL.md 1.6.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

const env = { UNIQUE_ORDERS: 'payment' };
const of = (order) => ({ headers: { 'Header-Order-Id': order } });
const taken = (answer, code, request) => {
  assertError(answer, 409, code, { request_id: true });
  assert.deepEqual([answer.json.request_id, answer.headers['x-request-id'], answer.json.safe_to_retry], [request, request, false]);
};

test('while the first runs: order_open; after its success: order_paid; the kiosk gets it once', async () => {
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(undefined);
  const other = await gw.kiosk(sayYes);
  const first = gw.send(kiosk, '{"order_id":42,"sum":1}');
  const request = await kiosk.take();
  taken(await gw.send(kiosk, '{"order_id":42,"sum":1}'), 'order_open', request.request_id);
  taken(await gw.send(other, '{"sum":2}', of('42')), 'order_open', request.request_id);
  kiosk.answer(request, { status: 'success' });
  assert.equal((await first).headers['x-result'], 'success');
  taken(await gw.send(kiosk, '{"order_id":42,"sum":1}'), 'order_paid', request.request_id);
  taken(await gw.send(other, '{}', of('42')), 'order_paid', request.request_id);
  assert.equal(kiosk.messages.entries.length + other.messages.entries.length, 1);
  for (const [body, options] of [['{}', of('43')], ['{}', {}], ['{}', { ...of('42'), op: 'fiscal' }]])
    assert.equal((await gw.send(other, body, options)).status, 200, 'another order, none, another operation');
  const { requests } = (await gw.api('GET', `/api/requests?order_id=42&kiosk_id=${kiosk.id}`)).json;
  assert.deepEqual(requests.map((one) => one.request_id), [request.request_id], 'of the others nothing is left');
  await gw.stop();
});

test('what the answer says decides whether the order is free', async () => {
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(undefined);
  const words = { declined: { status: 'declined' }, failed: { status: 'error', error: 'connection_refused' }, error: { status: 'error' }, unclassified: { status: 'perhaps' }, unknown: { status: 'timeout' } };
  for (const [result, words_] of Object.entries(words)) {
    const first = gw.send(kiosk, {}, of(result));
    const request = await kiosk.take();
    kiosk.answer(request, words_);
    assert.equal((await first).headers['x-result'], result);
    const second = gw.send(kiosk, {}, of(result));
    if (['declined', 'failed'].includes(result)) {
      kiosk.answer(await kiosk.take(), { status: 'success' });
      assert.equal((await second).status, 200, result);
    } else taken(await second, 'order_open', request.request_id);
  }
  await gw.stop();
});

test('a refusal leaves it free; a timeout takes it until the late answer says more', async () => {
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(undefined);
  kiosk.drop();
  await until('it is offline', async () => !(await gw.kioskInfo(kiosk.id)).online);
  for (let i = 0; i < 2; ++i) assertError(await gw.send(kiosk, {}, of('1')), 503, 'kiosk_offline');
  const back = await gw.kiosk(undefined, { of: kiosk });
  const first = gw.send(back, {}, { ...of('1'), timeout: 1 });
  const request = await back.take();
  assertError(await first, 504, 'timeout', { request_id: true });
  taken(await gw.send(back, {}, of('1')), 'order_open', request.request_id);
  back.answer(request, { status: 'declined' });
  await gw.waitLog('late_answer');
  const second = gw.send(back, {}, of('1'));
  const again = await back.take();
  back.answer(again, { status: 'success' });
  assert.equal((await second).status, 200);
  taken(await gw.send(back, {}, of('1')), 'order_paid', again.request_id);
  await gw.stop();
});

test('somebody finds out what nobody knew: done is paid, not_done is free', async () => {
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(undefined);
  for (const [result, code] of [['done', 'order_paid'], ['not_done', undefined]]) {
    const first = gw.send(kiosk, {}, { ...of(result), timeout: 1 });
    const request = await kiosk.take();
    assertError(await first, 504, 'timeout', { request_id: true });
    await gw.api('POST', `/api/requests/${request.request_id}/resolve`, { result });
    const second = gw.send(kiosk, {}, of(result));
    if (code) taken(await second, code, request.request_id);
    else {
      kiosk.answer(await kiosk.take());
      assert.equal((await second).status, 200);
    }
  }
  await gw.stop();
});

test('the same key gets its answer again, not 409; a new key for the same order gets 409 and stays free', async () => {
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(sayYes);
  const keyed = (key) => ({ headers: { 'Idempotency-Key': key, 'Header-Order-Id': '42' } });
  const first = await gw.send(kiosk, {}, keyed('a'));
  const again = await gw.send(kiosk, {}, keyed('a'));
  assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed']], [200, first.text, 'true']);
  taken(await gw.send(kiosk, {}, keyed('b')), 'order_paid', first.headers['x-request-id']);
  assert.equal((await gw.send(kiosk, {}, { headers: { 'Idempotency-Key': 'b', 'Header-Order-Id': '43' } })).status, 200);
  await gw.stop();
});

test("an order is the API key's owner's", async () => {
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(sayYes);
  const answers = [];
  for (const owner of ['shop', 'shop', 'rival']) {
    const { key } = (await gw.api('POST', '/api/keys', { name: `k${answers.length}`, owner, scopes: ['send'] })).json;
    answers.push(await gw.send(kiosk, {}, { ...of('42'), key }));
  }
  assert.deepEqual(answers.map((answer) => answer.status), [200, 409, 200]);
  await gw.stop();
});

test('SIGKILL: what ran and what was paid is still known', async () => {
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(undefined);
  const done = gw.send(kiosk, {}, of('done'));
  const paid = await kiosk.take();
  kiosk.answer(paid, { status: 'success' });
  await done;
  const running = gw.send(kiosk, {}, of('running'));
  const request = await kiosk.take();
  gw.kill('SIGKILL');
  await assert.rejects(running);
  await gw.exited;
  const next = await Gateway.start({ dir: gw.dir, env });
  const again = await next.kiosk(undefined, { of: kiosk });
  taken(await next.send(kiosk, {}, of('done')), 'order_paid', paid.request_id);
  taken(await next.send(kiosk, {}, of('running')), 'order_open', request.request_id);
  again.answer(request, { status: 'declined' });
  await next.waitLog('request_finished', (line) => line.request_id === request.request_id);
  const free = next.send(kiosk, {}, of('running'));
  again.answer(await again.take(), { status: 'success' });
  assert.equal((await free).status, 200);
  await next.stop();
});
