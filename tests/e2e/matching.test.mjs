// Which answer belongs to which caller: PROTOCOL.md 1.2 and 3.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { Gateway, assertError } from './harness.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const unmatched = (kiosk, from) => gw.waitLog('unmatched_answer', (line) => line.kiosk_id === kiosk.id, { from });

test('answers in any order', async () => {
  const kiosk = await gw.kiosk(undefined);
  const calls = Array.from({ length: 30 }, (_, n) => gw.send(kiosk, { n }));
  const requests = [];
  while (requests.length < calls.length) requests.push(await kiosk.take());
  for (const request of requests.reverse()) kiosk.answer(request, { n: request.body.n });
  for (const [n, call] of calls.entries()) assert.equal((await call).json.n, n);
});

test('an unknown id, no id, a stranger\'s id: counted, logged, harmless', async () => {
  const [mine, stranger] = [await gw.kiosk(undefined), await gw.kiosk(undefined)];
  const call = gw.send(mine, {});
  const request = await mine.take();
  const from = gw.log.entries.length;
  stranger.send({ request_id: request.request_id, status: 'stolen' });
  stranger.send(`{"request_id":"${request.request_id}","x":NaN}`);
  mine.send({ request_id: crypto.randomUUID(), status: 'x' });
  mine.send({ status: 'no id' });
  mine.send({ request_id: 5 });
  mine.send({ request_id: null });
  mine.send({ request_id: '' });
  mine.send({ request_id: 'x'.repeat(100000) });
  mine.send({ request_id: [request.request_id] });
  mine.send({ nested: { request_id: request.request_id } });
  mine.send({ type: 'pong' });
  mine.send({ type: 'request', request_id: crypto.randomUUID() });
  mine.send('[]');
  mine.send('"text"');
  mine.send('plain text');
  await Promise.all([stranger.settle(), mine.settle()]);
  await unmatched(stranger, from);
  await unmatched(mine, from);
  assert.equal((await gw.request(request.request_id)).state, 'dispatched');
  mine.answer(request, { real: true });
  assert.equal((await call).json.real, true);
});

test('the first answer wins, and stays', async () => {
  const kiosk = await gw.kiosk((message, self) => {
    self.answer(message, { first: true });
    self.answer(message, { second: true });
    self.send(`{"request_id":"${message.request_id}","x":NaN}`);
  });
  for (let n = 0; n < 20; ++n) {
    const answer = await gw.send(kiosk);
    assert.equal(answer.json.first, true);
    await kiosk.settle();
    assert.equal((await gw.request(answer.json.request_id)).response.first, true);
  }
  kiosk.answer({ request_id: kiosk.messages.entries[0].request_id }, { much: 'later' });
  await kiosk.settle();
  assert.equal((await gw.request(kiosk.messages.entries[0].request_id)).response.first, true);
});

test('a late answer is kept, once', async () => {
  const kiosk = await gw.kiosk(undefined);
  const answer = assertError(await gw.send(kiosk, {}, { timeout: 1 }), 504, 'timeout', { kiosk_id: kiosk.id, request_id: true });
  assert.match(answer.json.message, /GET \/requests\//);
  const request = await kiosk.take();
  const text = `{"request_id":"${request.request_id}", "paid":1000.10}`;
  kiosk.send(text);
  await gw.waitLog('late_answer', (line) => line.request_id === request.request_id);
  const seen = await gw.get(`/requests/${request.request_id}`);
  assert.deepEqual([seen.json.state, seen.json.late, seen.json.outcome], ['answered', true, 'known']);
  assert.ok(seen.text.includes(`"response":${text}`), seen.text);
  kiosk.answer(request, { again: true });
  await kiosk.settle();
  assert.ok((await gw.get(`/requests/${request.request_id}`)).text.includes(text), 'a final state never changes');
});

test('no JSON object, but plainly one request: 502, its text kept', async () => {
  let answer;
  const kiosk = await gw.kiosk((message) => answer(message.request_id));
  for (answer of [
    (id) => `{"request_id":"${id}","amount":NaN}`, (id) => `{"request_id": "${id}", "a": Infinity}`, (id) => `{'request_id': '${id}'}`, (id) => `{"request_id":"${id}","cut":"of`,
    (id) => `{"request_id":"${id}"} trailing`, (id) => `{"request_id":"${id}","a":1,"request_id":"${id}"}`, (id) => `{"request_id":"${id}","request_i\\u0064":"other"}`,
    (id) => `[{"request_id":"${id}"}]`, (id) => `{"request_id":"${id}","d":${'['.repeat(70)}${']'.repeat(70)}}`, (id) => `{"request_id":"${id}","n":${'1'.repeat(1001)}}`, (id) => `\ufeff\ufeff{"request_id":"${id}"}`, (id) => `{'request_id': '${id.toUpperCase()}'}`,
    (id) => `{"request_id":"${id}","tab":"\t"}`,
  ]) {
    const got = assertError(await gw.send(kiosk), 502, 'invalid_response', { kiosk_id: kiosk.id, request_id: true });
    const seen = await gw.request(got.json.request_id);
    assert.deepEqual([seen.response, seen.response_text, seen.outcome], [null, answer(got.json.request_id), 'unknown']);
  }
});

test('other forms of a right answer: an id in capitals, a byte order mark', async () => {
  const forms = [(id) => `{"request_id":"${id.toUpperCase()}","n":1}`, (id) => `\ufeff{"request_id":"${id}","n":1}`, (id) => `\ufeff {"request_id":"${id.toUpperCase().replace('-', '\\u002d')}","n":1}`];
  for (const form of forms) {
    const kiosk = await gw.kiosk((message) => form(message.request_id));
    const answer = await gw.send(kiosk);
    assert.deepEqual([answer.status, answer.json?.n], [200, 1], answer.text);
    assert.ok(answer.text.startsWith('{') || answer.text.startsWith(' {'), 'no byte order mark reaches the caller');
    const id = answer.headers['x-request-id'];
    assert.deepEqual([(await gw.request(id)).state, (await gw.request(id)).response.n], ['answered', 1]);
  }
});

test('a right answer in a binary frame: 502, its text kept, and the link goes on', async () => {
  let form;
  const kiosk = await gw.kiosk((message, self) => { self.ws.send(form(message.request_id), { binary: true }); });
  for (form of [(id) => Buffer.from(`{"request_id":"${id}","paid":1}`), (id) => Buffer.from(`{"request_id":"${id}","paid":NaN}`), (id) => Buffer.concat([Buffer.from(`{"request_id":"${id}","who":"`), Buffer.from([0xcf, 0xf0, 0xe8]), Buffer.from('"}')])]) {
    const got = assertError(await gw.send(kiosk), 502, 'invalid_response', { kiosk_id: kiosk.id, request_id: true });
    const seen = await gw.request(got.json.request_id);
    assert.deepEqual([seen.response, seen.response_text, seen.outcome], [null, form(got.json.request_id).toString('utf8'), 'unknown']);
    await kiosk.settle();
  }
  kiosk.ws.send(Buffer.from('{"request_id":"01890000-0000-7000-8000-000000000000"}'), { binary: true });
  assert.equal((await kiosk.closedWithin()).code, 1003, 'what names no request of its is no use here');
});

test('a broken text that names several requests in flight ends none', async () => {
  const kiosk = await gw.kiosk(undefined);
  const calls = [gw.send(kiosk, { n: 0 }), gw.send(kiosk, { n: 1 })];
  const requests = [await kiosk.take(), await kiosk.take()];
  kiosk.send(`{"request_id":"${requests[0].request_id}","other":"${requests[1].request_id}",NaN}`);
  await kiosk.settle();
  for (const request of requests) assert.equal((await gw.request(request.request_id)).state, 'dispatched');
  kiosk.send(`{"request_id":"${requests[0].request_id}","other":"${crypto.randomUUID()}",NaN}`);
  const broken = await calls[requests[0].body.n];
  assert.equal(broken.json.error, 'invalid_response', 'the one that is in flight here');
  kiosk.answer(requests[1]);
  assert.equal((await calls[requests[1].body.n]).status, 200);
});

test('an answer over a later connection', async () => {
  const first = await gw.kiosk(undefined);
  const call = gw.send(first, {});
  const request = await first.take();
  await first.close();
  await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === first.id);
  const second = await gw.kiosk(undefined, { of: first });
  second.answer(request, { over: 'the second' });
  assert.equal((await call).json.over, 'the second');
  assert.equal(second.messages.entries.length, 0, 'and it was not sent twice');

  const late = assertError(await gw.send(second, {}, { timeout: 1 }), 504, 'timeout');
  await second.close();
  const third = await gw.kiosk(undefined, { of: first });
  third.answer({ request_id: late.json.request_id }, { late: 'but there' });
  await gw.waitLog('late_answer', (line) => line.request_id === late.json.request_id);
  assert.equal((await gw.request(late.json.request_id)).response.late, 'but there');
});

for (const [form, binary] of [['text', false], ['a binary frame', true]])
  test(`a broken answer of a request that memory has forgotten ends it too: ${form}`, async () => {
    const first = await gw.kiosk(undefined);
    const call = assertError(await gw.send(first, {}, { timeout: 1 }), 504, 'timeout');
    await first.close();
    await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === first.id);
    const second = await gw.kiosk(undefined, { of: first });
    const text = `{"request_id":"${call.json.request_id}","paid":NaN}`;
    second.ws.send(Buffer.from(text), { binary });
    await gw.waitLog('late_answer', (line) => line.request_id === call.json.request_id);
    const seen = await gw.request(call.json.request_id);
    assert.deepEqual([seen.state, seen.late, seen.outcome, seen.response, seen.response_text], ['answered', true, 'unknown', null, text]);
  });

test('the kiosk\'s own errors are passed on; some of them say that nobody knows', async () => {
  const kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, ...message.body }));
  const cases = { timeout: 'unknown', other: 'unknown', processing_error: 'unknown', http_error: 'unknown', interrupted: 'unknown', invalid_response: 'unknown',
    connection_refused: 'known', route_not_found: 'known', Timeout: 'unknown', declined: 'known' };
  for (const [error, outcome] of Object.entries(cases)) {
    const answer = await gw.send(kiosk, { status: 'error', error });
    assert.deepEqual([answer.status, answer.headers['x-answer-from'], answer.json.error], [200, 'kiosk', error]);
    assert.equal((await gw.request(answer.json.request_id)).outcome, outcome, error);
  }
  for (const [body, outcome] of [['{"status":"success","error":"timeout"}', 'known'], ['{"status":"err\\u006fr","error":"time\\u006fut"}', 'unknown'], ['{"status":"error"}', 'known'],
    ['{"a":{"status":"error","error":"timeout"}}', 'known'], ['{"status":"error","error":{"timeout":1}}', 'known']]) {
    const call = gw.send(kiosk, body, { op: 'x' });
    assert.equal((await gw.request((await call).json.request_id)).outcome, outcome, body);
  }
});
