// WebSocket bent in every way (RFC 6455): PROTOCOL.md 2. A fault ends that connection with its code, the TCP
// connection within 2 s whether the other side echoes or not, and nobody else notices.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { Gateway, assertError, pace, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, RawKiosk, closeFrame, upgradeText, wsFrame } from './raw.mjs';

let gw, spare, good;
before(async () => {
  gw = await Gateway.start();
  spare = await gw.addKiosks(150);
  good = await gw.kiosk(sayYes);
});
after(async () => {
  assert.equal((await gw.send(good)).status, 200, 'the good kiosk is still there');
  await gw.stop();
});

const connect = (options) => RawKiosk.connect(gw, spare.pop().token, options);

// Every case ends with `code`; every second one is echoed.
async function ends(cases, code) {
  await Promise.all(cases.map(async ([name, bytes], n) => {
    const raw = await connect(n % 3 === 2 ? { behind: bytes } : {});
    if (n % 3 !== 2) raw.write(bytes);
    const close = await raw.closeFrame();
    assert.equal(close.code, code, `${name}: ${JSON.stringify(close)}`);
    if (n % 2) raw.write(closeFrame(code));
    pace(`${name}: TCP is closed`, await raw.end(), 2900);
    raw.destroy();
  }));
}

const text = (value, options) => wsFrame(1, value, options);
const bytes = (...list) => Buffer.from(list);

test('protocol faults are 1002', () => ends([
  ['unmasked text', text('{"type":"ping"}', { mask: false })], ['unmasked ping', wsFrame(9, '', { mask: false })], ['unmasked close', wsFrame(8, bytes(3, 232), { mask: false })],
  ...[1, 2, 4, 7].map((rsv) => [`rsv ${rsv}`, text('{}', { rsv })]), ['rsv on a ping', wsFrame(9, '', { rsv: 4 })],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, wsFrame(opcode, 'x')]),
  ['fragmented ping', wsFrame(9, 'x', { fin: false })], ['fragmented pong', wsFrame(10, 'x', { fin: false })], ['fragmented close', wsFrame(8, bytes(3, 232), { fin: false })],
  ['ping of 126 bytes', wsFrame(9, Buffer.alloc(126))], ['pong of 64 KiB', wsFrame(10, Buffer.alloc(65536))], ['close of 126 bytes', wsFrame(8, Buffer.alloc(126, 3))],
  ['continuation without a start', wsFrame(0, 'x')], ['empty continuation without a start', wsFrame(0, '', { fin: false })], ['text within a message', Buffer.concat([text('a', { fin: false }), text('b')])],
  ['16-bit length for 5 bytes', text('hello', { length: 16 })], ['64-bit length for 5 bytes', text('hello', { length: 64 })], ['64-bit length for 300 bytes', text('x'.repeat(300), { length: 64 })],
  ['length with the top bit', text('', { length: 64, claim: 1n << 63n })],
  ['close of 1 byte', wsFrame(8, bytes(3))], ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535].map((code) => [`close ${code}`, closeFrame(code)]),
  ['HTTP behind the upgrade', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
], 1002));

test('bad UTF-8 is 1007, binary is 1003', async () => {
  await ends([
    ['0xff', text(bytes(0x22, 0xff, 0x22))], ['overlong', text(bytes(0xc0, 0xaf))], ['surrogate', text(bytes(0xed, 0xa0, 0x80))], ['past U+10FFFF', text(bytes(0xf4, 0x90, 0x80, 0x80))],
    ['cut at the end', text(bytes(0x61, 0xe2, 0x82))], ['lone continuation', text(bytes(0x80))],
    ['bad across fragments', Buffer.concat([text(bytes(0xe2), { fin: false }), wsFrame(0, bytes(0x28, 0xa1))])],
    ['bad in an unfinished message', text(bytes(0x61, 0xff), { fin: false })],
    ['close reason', wsFrame(8, bytes(3, 232, 0xff, 0xfe))],
  ], 1007);
  await ends([['binary', wsFrame(2, '{"type":"ping"}')], ['binary in fragments', Buffer.concat([wsFrame(2, 'x', { fin: false }), wsFrame(0, 'y')])]], 1003);
});

test('too large is 1009, at once and without memory', async () => {
  const before = gw.rssBytes();
  const MiB = 1 << 20;
  await ends([
    ['2^62 bytes', text('x', { length: 64, claim: 1n << 62n })], ['2^63 - 1 bytes', text('', { length: 64, claim: (1n << 63n) - 1n })], ['4 GiB', text('', { length: 64, claim: 1n << 32n })],
    ['1 MiB + 1, claimed', text('', { length: 64, claim: BigInt(MiB + 1) })], ['1 MiB + 1, sent', text(Buffer.alloc(MiB + 1, 'x'))],
    ['1 MiB + 1 in fragments', Buffer.concat([text(Buffer.alloc(MiB, 'x'), { fin: false }), wsFrame(0, 'x')])],
    ['a million small fragments', Buffer.concat([text('', { fin: false }), ...Array(9000).fill(wsFrame(0, Buffer.alloc(120, 'x'), { fin: false }))])],
  ], 1009);
  await ends([['2^62 bytes of continuation', Buffer.concat([text('a', { fin: false }), wsFrame(0, '', { length: 64, claim: 1n << 62n })])]], 1009);
  assert.ok(gw.rssBytes() - before < 64 << 20, `${gw.rssBytes() - before} bytes more`);
});

test('what is allowed', async () => {
  const MiB = 1 << 20;
  const { id, token } = spare.pop();
  const raw = await RawKiosk.connect(gw, token);
  const pong = async (payload) => { const frame = await raw.frame(); assert.deepEqual([frame.opcode, frame.payload.equals(payload)], [10, true]); };
  for (const payload of [Buffer.alloc(0), crypto.randomBytes(125)]) {
    raw.write(wsFrame(9, payload));
    await pong(payload);
  }
  raw.write(wsFrame(10, 'unasked'));
  raw.write(Buffer.concat([text('{"ty', { fin: false }), wsFrame(9, 'between'), wsFrame(0, '', { fin: false }), wsFrame(0, 'pe":"ping"}')]));
  await pong(Buffer.from('between'));
  assert.equal((await raw.frame()).text, '{"type":"pong"}');
  raw.write(text(Buffer.alloc(MiB, ' ')));  // as large as allowed; says nothing
  raw.write(text(''));
  const call = gw.send(id, { n: 1 });
  const request = await raw.frame();
  assert.ok(request.opcode === 1 && request.fin);
  const answer = Buffer.concat([text(`{"request_id":"${JSON.parse(request.text).request_id}","t":"`, { fin: false }), wsFrame(0, bytes(0xe2), { fin: false }), wsFrame(0, bytes(0x82), { fin: false }), wsFrame(0, bytes(0xac, 0x22, 0x7d))]);
  for (const byte of answer) {  // byte by byte
    raw.write(bytes(byte));
    await new Promise((resume) => setImmediate(resume));
  }
  assert.equal((await call).json.t, '€');
  for (const frame of [closeFrame(1000, 'bye')]) raw.write(frame);
  assert.equal((await raw.closeFrame()).code, 1000, 'the echo');
  assert.ok(await raw.end() < 2900);
  for (const [frame, code] of [[closeFrame(3000), 3000], [closeFrame(4999, 'ü'), 4999], [closeFrame(1011), 1011], [closeFrame(1014), 1014], [wsFrame(8, ''), null]]) {
    const one = await connect();
    one.write(Buffer.concat([frame, text('{"type":"ping"}')]));
    const close = await one.closeFrame();
    assert.ok(code === null ? [1000, 1005].includes(close.code) : [code, 1000].includes(close.code), `${code}: ${close.code}`);
    await one.end();
  }
});

test('a client that half-closes or resets', async () => {
  const one = spare.pop();
  const raw = await RawKiosk.connect(gw, one.token);
  raw.socket.end();
  await raw.end(4000);
  await until('offline', async () => !(await gw.kioskInfo(one.id)).online);
  const two = spare.pop();
  const other = await RawKiosk.connect(gw, two.token);
  other.write(text('x'.repeat(1000)).subarray(0, 500));
  other.reset();
  await until('offline', async () => !(await gw.kioskInfo(two.id)).online);
});

test('handshakes with faults', async () => {
  const ask = async (options, token = spare.at(-1).token) => {
    const raw = await RawConnection.open(gw);
    raw.write(upgradeText(token, options));
    const answer = await raw.response();
    raw.destroy();
    return answer;
  };
  for (const key of [null, '', 'short', 'AAAAAAAAAAAAAAAAAAAAAAAA', '!!!!!!!!!!!!!!!!!!!!!!==', crypto.randomBytes(17).toString('base64')])
    assert.equal((await ask({ key })).status, 400, `key ${key}`);
  const old = await ask({ version: '12' });
  assertError(old, 426, 'upgrade_required');
  assert.equal(old.headers['sec-websocket-version'], '13');
  assert.ok([400, 426].includes((await ask({ version: null })).status));
  for (const options of [{ upgrade: null }, { upgrade: 'h2c' }, { connection: 'keep-alive' }, { connection: null }]) {
    const answer = await ask(options);
    assert.ok([400, 426].includes(answer.status), `${JSON.stringify(options)}: ${answer.status}`);
  }
  assertError(await ask({ method: 'POST', fields: ['Content-Length: 0'] }), 405, 'method_not_allowed');
  assert.ok([400, 426].includes((await ask({ http: '1.0' })).status));
  assert.ok([400, 426].includes((await ask({ fields: [`Sec-WebSocket-Key: ${crypto.randomBytes(16).toString('base64')}`] })).status), 'two keys');
  assert.equal((await ask({ target: '/socket' })).status, 404);

  const key = crypto.randomBytes(16).toString('base64');
  const raw = await connect({ key, upgrade: 'h2c, WebSocket', connection: 'keep-alive, upgrade',
    fields: ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits', 'Sec-WebSocket-Protocol: chat, superchat', 'Origin: https://anywhere'] });
  const { headers } = raw.handshake;
  assert.equal(headers['sec-websocket-accept'], crypto.createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'));
  assert.ok(!('sec-websocket-extensions' in headers) && !('sec-websocket-protocol' in headers));
  raw.destroy();
});

test('10,000 answers to nothing harm nothing', async () => {
  const kiosk = await gw.kiosk(undefined);
  const running = gw.send(kiosk, {});
  const request = await kiosk.take();
  for (let n = 0; n < 10000; ++n)
    kiosk.send(n % 4 === 0 ? { request_id: crypto.randomUUID(), status: 'success' } : n % 4 === 1 ? '{"no":"id"}' : n % 4 === 2 ? 'nonsense' : { request_id: request.request_id.replace(/.$/, (c) => (c === '0' ? '1' : '0')) });
  await kiosk.settle();
  kiosk.answer(request, { fine: true });
  assert.equal((await running).json.fine, true);
  assert.ok(gw.logged('unmatched_answer').length > 0);
  kiosk.drop();
});
