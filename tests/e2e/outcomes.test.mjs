// What an answer says: X-Result, the log, the metrics, and rules of one's own. PROTOCOL.md 1.2, docs/outcomes.md.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, assertError, tempDir } from './harness.mjs';

const docs = path.join(import.meta.dirname, '../../docs');
const echo = (message) => ({ request_id: message.request_id, ...message.body });

// A gateway with a file of rules, and a kiosk that answers what it is sent.
async function start(rules) {
  const env = {};
  if (rules !== undefined) {
    env.OUTCOME_RULES = path.join(tempDir(), 'outcomes.yaml');
    fs.writeFileSync(env.OUTCOME_RULES, rules);
  }
  const gw = await Gateway.start({ env });
  return { gw, kiosk: await gw.kiosk(echo) };
}
async function resultOf({ gw, kiosk }, body, op = 'payment') {
  const answer = await gw.send(kiosk, body, { op });
  assert.deepEqual([answer.status, answer.headers['x-answer-from']], [200, 'kiosk'], answer.text);
  return answer.headers['x-result'];
}

test('every 200 bears what the answer says; the log and the metrics say the same', async () => {
  const all = await start();
  const { gw } = all;
  const cases = [['success', { status: 'success' }], ['success', { status: 'Approved' }], ['declined', { status: 'declined' }], ['failed', { status: 'error', error: 'connection_refused' }],
    ['unknown', { status: 'error', error: 'timeout' }], ['unknown', { status: 'timeout' }], ['error', { status: 'error', error: 'jammed' }], ['unclassified', { state: 'success' }]];
  for (const [result, body] of cases) {
    const answer = await gw.send(all.kiosk, body, { op: 'fiscal', headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } });
    assert.equal(answer.headers['x-result'], result, JSON.stringify(body));
    const line = await gw.waitLog('request_finished', (entry) => entry.request_id === answer.json.request_id);
    assert.deepEqual([line.result, line.outcome], [result, result === 'unknown' ? 'unknown' : 'known']);
    const stored = await gw.request(answer.json.request_id);
    assert.deepEqual([stored.outcome, stored.result], [result === 'unknown' ? 'unknown' : 'known', result]);
    assert.equal(await resultOf(all, body, 'kds'), result, 'and without a trace');
  }
  for (const result of new Set(cases.map(([one]) => one))) {
    const page = (await gw.api('GET', `/api/requests?operation_type=kds&result=${result}`)).json;
    assert.deepEqual(page.requests.map((one) => one.result), cases.filter(([one]) => one === result).map(([one]) => one));
  }
  const { text } = await gw.get('/metrics');
  for (const line of ['outcome="answered",result="success"} 2', 'outcome="answered",result="declined"} 1', 'outcome="answered",result="failed"} 1',
    'outcome="answered_unknown",result="unknown"} 2', 'outcome="answered",result="error"} 1', 'outcome="answered",result="unclassified"} 1'])
    assert.ok(text.includes(`kgw_requests_total{operation="kds",${line}\n`), `${line}\n${text.match(/kgw_requests_total.*kds.*/g).join('\n')}`);
  assertError(await gw.send(await gw.addKiosk()), 503, 'kiosk_offline');
  await gw.stop();
});

test('a member that stands twice, byte for byte as the kiosk wrote it', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const call = gw.send(kiosk);
  const { request_id } = await kiosk.take();
  const text = `{"request_id":"${request_id}","status":"success","st\\u0061tus":"declined"}`;
  kiosk.send(text);
  const answer = await call;
  assert.deepEqual([answer.status, answer.text, answer.headers['x-result']], [200, text, 'unknown']);
  assert.equal((await gw.request(request_id)).outcome, 'unknown');
  await gw.stop();
});

// The same rules in both guides, for the three answers that they begin with.
for (const guide of ['outcomes.md', 'outcomes.ru.md'])
  test(`the rules of docs/${guide} do what it says`, async () => {
    const text = fs.readFileSync(path.join(docs, guide), 'utf8');
    const all = await start(/```yaml\n(.*?)```/s.exec(text)[1]);
    const examples = [...text.matchAll(/^\{"request_id":"…",(.*)\}$/gm)].map(([, members]) => JSON.parse(`{${members}}`));
    assert.equal(examples.length, 3);
    const results = [];
    for (const example of examples) results.push(await resultOf(all, example));
    assert.deepEqual(results, ['declined', 'unknown', 'declined']);
    const others = [];
    for (const example of examples) others.push(await resultOf(all, example, 'kds'));
    assert.deepEqual(others, ['error', 'error', 'success'], 'the built-in rules, for other operations');
    assert.equal(await resultOf(all, { status: 'error', error: 'Paper out' }, 'fiscal'), 'failed');
    assert.equal(await resultOf(all, { status: 'ok', state: 'BUSY' }, 'print'), 'failed');
    await all.gw.stop();
  });

test('a late answer is read by its operation\'s rules too', async () => {
  const all = await start('payment: [{when: {code: 91}, result: unknown}]\n');
  const { gw } = all;
  const kiosk = await gw.kiosk(undefined);
  const late = assertError(await gw.send(kiosk, {}, { timeout: 1 }), 504, 'timeout');
  kiosk.answer(await kiosk.take(), { status: 'success', code: 91 });
  const line = await gw.waitLog('late_answer', (entry) => entry.request_id === late.json.request_id);
  assert.deepEqual([line.result, line.outcome], ['unknown', 'unknown']);
  const stored = await gw.request(late.json.request_id);
  assert.deepEqual([stored.outcome, stored.result], ['unknown', 'unknown']);
  await gw.stop();
});

test('a replay bears the result that the first one had', async () => {
  const all = await start('payment: [{when: {code: 91}, result: unknown}]\n');
  for (const [key, result, body] of [['first', 'declined', { status: 'declined' }], ['second', 'unknown', { status: 'success', code: 91 }]]) {
    const send = () => all.gw.send(all.kiosk, body, { headers: { 'Idempotency-Key': key } });
    const once = await send();
    const again = await send();
    assert.deepEqual([once.headers['x-result'], once.headers['idempotency-replayed']], [result, undefined]);
    assert.deepEqual([again.headers['x-result'], again.headers['idempotency-replayed'], again.text], [result, 'true', once.text]);
  }
  await all.gw.stop();
});

test('other rules after a restart change no answer that was given before', async () => {
  const rules = path.join(tempDir(), 'outcomes.yaml');
  const env = { OUTCOME_RULES: rules };
  fs.writeFileSync(rules, 'payment: [{when: {code: 51}, result: declined}]\n');
  const before = await Gateway.start({ env });
  const one = await before.addKiosk();
  const headers = { 'Idempotency-Key': 'once' };
  const body = { status: 'success', code: 51 };
  const { json } = await before.send(await before.kiosk(echo, { of: one }), body, { headers });
  await before.stop();
  fs.writeFileSync(rules, 'payment: [{when: {code: 51}, result: failed}]\n');
  const gw = await Gateway.start({ env, dir: before.dir });
  const kiosk = await gw.kiosk(echo, { of: one });
  const again = await gw.send(kiosk, body, { headers });
  assert.deepEqual([again.headers['x-result'], again.headers['idempotency-replayed']], ['declined', 'true'], again.text);
  assert.equal((await gw.request(json.request_id)).result, 'declined');
  assert.equal((await gw.send(kiosk, body)).headers['x-result'], 'failed');
  await gw.stop();
});
