// Money passes through byte for byte, both ways; and the exact edges of size. PROTOCOL.md 1, 2, 3.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, assertError } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

const FRAME_MAX = 1048576;
const objects = [
  '{"a":1000.10}', '{"a":1E400,"b":-1e-400,"c":-0,"d":0.0,"e":1.0e+0}', '{"n":12345678901234567890,"m":-99999999999999999999.000}',
  '{"a":1,"a":2,"a":{"a":3}}', ' \t\r\n{ "a" :\t[ 1 , 2\n] ,\r\n "b" : { } } \n', '{"u":"\\u00e9\\u20AC\\ud83d\\uDE00\\/\\b\\f\\n\\r\\t\\"\\\\"}',
  '{"u":"é€😀 \u2028\u007f"}', '{"":"","\\u0000":"\\u0000","request":"\\ud800"}', '{"a":[null,true,false,[],{}]}',
  `{"deep":${'['.repeat(63)}${']'.repeat(63)}}`, `{"long":${'9'.repeat(1000)}}`, '{"body":{"request_id":"x","headers":{}},"headers":1}',
  '{"x":"</script>\'`$(){}"}', '{"order_id":12345678901234567890.50,"order_id ":1}', `{"k${'é'.repeat(3000)}":1}`,
];

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

test('a body reaches the kiosk byte for byte', async () => {
  const kiosk = await gw.kiosk(sayYes);
  for (const body of objects) {
    const answer = await gw.send(kiosk, Buffer.from(body));
    assert.equal(answer.status, 200, `${body}: ${answer.text}`);
    const { raw } = await kiosk.take();
    assert.ok(raw.startsWith(`{"request_id":"${answer.json.request_id}","headers":{`), raw.slice(0, 100));
    assert.equal(raw.slice(raw.indexOf('},"body":') + 9, -1), body);
  }
});

test('an answer reaches the caller byte for byte, and stays so in the journal', async () => {
  let text;
  const kiosk = await gw.kiosk((message) => text.replace('ID', message.request_id));
  for (const body of objects) {
    const at = body.indexOf('{') + 1;
    const comma = /^\s*\}/.test(body.slice(at)) ? '' : ',';
    for (text of [`${body.slice(0, at)} "request_id" : "ID"${comma}${body.slice(at)}`, body.replace(/\}(\s*)$/, ',"\\u0072equest_i\\u0064":"ID"}$1')]) {
      const answer = await gw.send(kiosk);
      const id = answer.headers['x-request-id'];
      assert.equal(answer.status, 200, text);
      assert.equal(answer.body.toString(), text.replace('ID', id));
      const seen = await gw.get(`/requests/${id}`);
      assert.ok(seen.text.includes(`"response":${text.replace('ID', id)}`), `the journal keeps the bytes: ${seen.text}`);
    }
  }
});

test('the largest frame that fits a kiosk, and one byte more', async () => {
  const kiosk = await gw.kiosk(sayYes);
  await gw.send(kiosk, '{"a":""}');
  const overhead = Buffer.byteLength((await kiosk.take()).raw);
  const pad = (bytes) => `{"a":"${'z'.repeat(bytes)}"}`;
  const fits = await gw.send(kiosk, pad(FRAME_MAX - overhead));
  assert.equal(fits.status, 200, fits.text);
  const { raw } = await kiosk.take();
  assert.equal(Buffer.byteLength(raw), FRAME_MAX);
  assert.ok(raw.endsWith(`${pad(FRAME_MAX - overhead)}}`));
  assertError(await gw.send(kiosk, pad(FRAME_MAX - overhead + 1)), 413, 'payload_too_large', { kiosk_id: kiosk.id });
  assertError(await gw.send(kiosk, pad(FRAME_MAX - overhead), { headers: { 'Header-X': 'y' } }), 413, 'payload_too_large');
  const chunked = await gw.send(kiosk, [pad(FRAME_MAX - overhead).slice(0, 600000), pad(FRAME_MAX - overhead).slice(600000)]);
  assert.equal(chunked.status, 200, chunked.text);
  assert.equal(kiosk.messages.entries.length, 3);
});

test('the largest answer that fits, and one byte more', async () => {
  let bytes = FRAME_MAX;
  const kiosk = await gw.kiosk((message) => {
    const empty = JSON.stringify({ request_id: message.request_id, pad: '' });
    return JSON.stringify({ request_id: message.request_id, pad: 'p'.repeat(bytes - empty.length) });
  });
  const answer = await gw.send(kiosk);
  assert.deepEqual([answer.status, answer.body.length], [200, FRAME_MAX]);
  assert.equal((await gw.request(answer.json.request_id)).response.pad, answer.json.pad);
  bytes = FRAME_MAX + 1;
  const second = gw.send(kiosk, {}, { timeout: 1 });
  assert.equal((await kiosk.closedWithin()).code, 1009);
  assertError(await second, 504, 'timeout', { kiosk_id: kiosk.id, request_id: true });
});

test('many large ones at once, both ways', async () => {
  // As much as a link may hold for a kiosk that is slow to read: limits::kUnsentBytesMax, 4 MiB.
  const kiosk = await gw.kiosk((message) => JSON.stringify({ request_id: message.request_id, back: message.body.there }), { max_in_flight: 1000 });
  const there = 'ü'.repeat(50000);
  for (let round = 0; round < 3; ++round) {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => gw.send(kiosk, { there: `${n}${there}` })));
    answers.forEach((answer, n) => assert.ok(answer.json?.back === `${n}${there}`, `${n}: ${answer.text.slice(0, 200)}`));
  }
});
