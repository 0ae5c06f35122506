// HTTP bent in every way (RFC 9112): refused with one clear answer and a closed connection, and nothing that hides
// behind it is taken for a request.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, assertError } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, RawKiosk, sendText } from './raw.mjs';

let gw, kiosk;
before(async () => {
  gw = await Gateway.start();
  kiosk = await gw.kiosk(sayYes, { id: 'target' });
});
after(() => gw.stop());

const hidden = sendText('target', '{"hidden":true}');
const send = (fields, rest = '', options = {}) => sendText('target', '', { length: false, fields, ...options }) + rest;

// Writes `text`, expects one error answer and the end; -> it.
async function refused(text, statuses = [400], { ms = 5000 } = {}) {
  const shown = JSON.stringify(text.toString('latin1').slice(0, 240));
  const raw = await RawConnection.open(gw);
  raw.write(text);
  const answer = await raw.response({ ms }).catch((error) => assert.fail(`${shown}: ${error.message}`));
  assert.ok(answer, `closed without an answer: ${shown}`);
  assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.text} for ${shown}`);
  assertError(answer, answer.status, answer.json?.error);
  await raw.end(ms).catch(() => assert.fail(`the connection stays open after ${answer.status}: ${shown}`));
  assert.equal(raw.received.length, 0, `a second answer to ${shown}: ${raw.received}`);
  raw.destroy();
  return answer;
}

async function nothingSent(work) {
  const before = kiosk.messages.entries.length;
  await work();
  assert.equal((await gw.send(kiosk, { canary: 1 })).status, 200);
  assert.deepEqual(kiosk.messages.entries.slice(before).map((message) => message.body), [{ canary: 1 }]);
}

test('two ways to say how long a body is', () => nothingSent(async () => {
  const chunks = `0\r\n\r\n${hidden}`;
  for (const fields of [
    ['Content-Length: 5', 'Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked', 'Content-Length: 5'], ['Content-Length: 0', 'transfer-encoding: chunked'],
    ['Content-Length: 2', 'Content-Length: 3'], ['Content-Length: 2', 'Content-Length: 2'], ['Content-Length: 2, 2'], ['Content-Length: 2,3'],
    ['Content-Length: -1'], ['Content-Length: +2'], ['Content-Length: 0x2'], ['Content-Length: 2 2'], ['Content-Length: '], ['Content-Length: two'], ['Content-Length: 2;'],
    ['Content-Length: 18446744073709551618'], ['Content-Length: 99999999999999999999999'], ['Content-Length : 2'], ['Content-Length\t: 2'], ['Content-Length: 2\x0b'],
  ]) await refused(send(fields, chunks), [400, 413]);
}));

test('transfer codings but exactly chunked', () => nothingSent(async () => {
  for (const coding of ['gzip', 'xchunked', 'chunked, gzip', 'gzip, chunked', 'chunked, chunked', 'identity', 'identity, chunked', 'chunked;q=1', '"chunked"', ' ', 'chunkedx', 'chunked,', ',chunked', '\x0bchunked', 'chun\x00ked'])
    await refused(send([`Transfer-Encoding: ${coding}`], `0\r\n\r\n${hidden}`), [400, 501]);
  for (const fields of [['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], ['Transfer-Encoding : chunked'], ['Transfer-Encoding:\r\n chunked'], ['X: y\r\n\tTransfer-Encoding: chunked']])
    await refused(send(fields, `0\r\n\r\n${hidden}`), [400, 501]);
  await refused(send(['Transfer-Encoding: chunked'], `0\r\n\r\n${hidden}`, { version: '1.0' }), [400]);
}));

test('chunks that are none', () => nothingSent(async () => {
  for (const chunks of ['zz\r\n', '-1\r\n', '0x5\r\nhello\r\n', '+2\r\n{}\r\n', ' 2\r\n{}\r\n', 'FFFFFFFFFFFFFFFFF\r\n', 'FFFFFFFFFFFFFFFF\r\n', '8000000000000000\r\n', '2\r\n{}0\r\n\r\n', '2\r\n{}x\r\n0\r\n\r\n',
    '2\r\n{}\n0\r\n\r\n', '2\n{}\r\n0\r\n\r\n', '2\r\n{}\r\n0\n\n', '2\rX{}\r\n', '\r\n2\r\n{}\r\n', '2;\n{}\r\n', '2;a=\x00b\r\n{}\r\n', '2;a="\n"\r\n{}\r\n', ';\r\n', '2\r\n{}\r\n\r\n'])
    await refused(send(['Transfer-Encoding: chunked'], chunks + `0\r\n\r\n${hidden}`), [400, 413]);
  await refused(send(['Transfer-Encoding: chunked'], `2;${'x'.repeat(1 << 20)}\r\n{}\r\n0\r\n\r\n`), [400, 413, 431]);
  await refused(send(['Transfer-Encoding: chunked'], `2\r\n{}\r\n0\r\n${'T: x\r\n'.repeat(200000)}\r\n`), [400, 413, 431]);
  await refused(send(['Transfer-Encoding: chunked'], `1;${'e'.repeat(300)}\r\n \r\n`.repeat(20000)), [400, 413]);
}));

test('trailers change nothing', async () => {
  const raw = await RawConnection.open(gw);
  raw.write(send(['Transfer-Encoding: chunked', 'Trailer: Header-Kiosk-Id'], '2\r\n{}\r\n0\r\nHeader-Kiosk-Id: other\r\nContent-Length: 99\r\nHeader-Late: 1\r\n\r\n'));
  assert.equal((await raw.response()).status, 200);
  const message = kiosk.messages.entries.at(-1);
  assert.equal(message.headers['header-kiosk-id'], 'target');
  assert.ok(!('header-late' in message.headers));
  raw.destroy();
});

test('heads that are none', () => nothingSent(async () => {
  const head = (line, fields = ['Host: localhost']) => [line, ...fields, '', ''].join('\r\n') + hidden;
  const ok = 'GET /health HTTP/1.1';
  for (const text of [
    head(ok, []), head(ok, ['Host: localhost', 'Host: localhost']), head(ok, ['Host: a', 'host: b']), head(ok, ['Host: ']), head(ok, ['Host: a b']), head(ok, ['Host: a/b']),
    head(ok, ['Host: user@localhost']), head(ok, ['Host: localhost:99999999']), head(ok, ['Host: localhost:x']), head(ok, ['Host: [::1']),
    head('GET ftp://localhost/health HTTP/1.1'), head('GET http://user@localhost/health HTTP/1.1'), head('GET http:///health HTTP/1.1'), head('GET localhost/health HTTP/1.1'), head('GET * HTTP/1.1'), head('GET health HTTP/1.1'), head('CONNECT localhost:80 HTTP/1.1'),
    head('GET  /health HTTP/1.1'), head('GET /health  HTTP/1.1'), head(' GET /health HTTP/1.1'), head('GET /health HTTP/1.1 '), head('GET /hea lth HTTP/1.1'), head('GET\t/health HTTP/1.1'),
    head('GET /he\x00alth HTTP/1.1'), head('GET /he\x7falth HTTP/1.1'), head('GET /h\xe9 HTTP/1.1'), head('GET /health\x0b HTTP/1.1'), head('GET /health'), head('GET /health HTTP/1'), head('GET /health http/1.1'), head('GET /health HTTP/1.1x'),
    head('GET /health HTTP/11'), head('GET /health HTTP/ 1.1'), head('G\x00T /health HTTP/1.1'), head('GE(T /health HTTP/1.1'), head('G\xc9T /health HTTP/1.1'), head('/health HTTP/1.1'), head('GET /health XTTP/1.1'),
    head(ok, ['Host: localhost', 'Bad Name: x']), head(ok, ['Host: localhost', 'Name : x']), head(ok, ['Host: localhost', ': x']), head(ok, ['Host: localhost', 'no colon']), head(ok, ['Host: localhost', 'N\x00: x']),
    head(ok, ['Host: localhost', 'N: a\x00b']), head(ok, ['Host: localhost', 'N: a\x01b']), head(ok, ['Host: localhost', 'N: a\x7fb']), head(ok, ['Host: localhost', 'N: a\rb']), head(ok, ['Host: localhost', 'N\xe9: b']),
    head(ok, ['Host: localhost', 'N: a', ' folded']), head(ok, ['Host: localhost', 'N: a', '\tfolded']), head(ok, [' Host: localhost']), head(ok, ['Host: localhost\r']),
    `${ok}\r\nHost: localhost\nX: y\r\n\r\n`, `${ok}\nHost: localhost\r\n\r\n`, `${ok}\r\nHost: localhost\r\nX: y\n\r\n\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x00\x00\r\n\r\n', '\xef\xbb\xbfGET / HTTP/1.1\r\nHost: a\r\n\r\n', '{"json":1}\r\n\r\n',
  ]) await refused(text, [400, 501, 505]);
  for (const version of ['2.0', '1.2', '0.9', '3.1']) await refused(head(`GET /health HTTP/${version}`), [400, 501, 505]);
}));

test('too many, too large, too long', () => nothingSent(async () => {
  const many = Array.from({ length: 101 }, (_, n) => `X-${n}: y`);
  await refused(send(many, hidden), [431]);
  await refused(send([`X: ${'y'.repeat(40000)}`], hidden), [431]);
  await refused(send([`${'n'.repeat(40000)}: y`], hidden), [431]);
  await refused(`GET /${'p'.repeat(9000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, [400, 414, 431]);
  await refused(`GET /${'p'.repeat(70000)}`, [400, 414, 431]);
  await refused(`${'G'.repeat(70000)}`, [400, 431]);
}));

test('a body that is too large is refused before it is read', () => nothingSent(async () => {
  for (const text of [send(['Content-Length: 2097152']), send(['Content-Length: 2097152', 'Expect: 100-continue']), send(['Content-Length: 9223372036854775807'])])
    await refused(text, [413]);
  const body = `{"a":"${'x'.repeat(2 << 20)}"}`;
  await refused(send([`Content-Length: ${body.length}`], body), [413]);
  await refused(send(['Transfer-Encoding: chunked'], `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`), [413]);
  await refused(send(['Transfer-Encoding: chunked'], 'fffff0\r\n'), [413]);
  await refused(send(['Transfer-Encoding: chunked'], `4000\r\n${' '.repeat(16384)}\r\n`.repeat(80)), [413]);
}));

test('a head of 10 MiB takes no memory', async () => {
  const before = gw.rssBytes();
  const raws = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(gw)));
  const junk = Buffer.alloc(10 << 20, 'a');
  for (const raw of raws) raw.write(Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nX: '), junk]));
  for (const raw of raws) {
    await raw.end(5000);
    const status = /^HTTP\/1\.1 (\d+)/.exec(raw.received.toString('latin1'))?.[1];
    assert.ok(status === '431' || (status === undefined && raw.error), `431, or reset while still writing: ${status}`);
    raw.destroy();
  }
  assert.ok(gw.rssBytes() - before < 16 << 20, `${gw.rssBytes() - before} bytes more`);
});

// RFC 9112 3.2.2: the host is the target's, whatever Host says.
test('targets in absolute form', async () => {
  const raw = await RawConnection.open(gw);
  raw.write(sendText('target', '{"absolute":1}', { target: 'http://localhost/send', host: 'Host: elsewhere.example' }));
  assert.equal((await raw.response()).status, 200);
  raw.write(sendText('target', '{"absolute":2}', { target: 'HTTP://elsewhere.example/send' }));
  assert.equal((await raw.response()).status, 401, 'that is not this machine, though Host says so');
  raw.write(`GET http://localhost:${gw.port}?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  assert.equal((await raw.response()).json.service, 'kiosk-gateway');
  raw.destroy();
  const spoken = await gw.addKiosk({ id: 'absolute' });
  const ws = await RawKiosk.connect(gw, spoken.token, { target: 'ws://localhost/ws' });
  ws.destroy();
});

test('a body with a content coding is not read', () => nothingSent(async () => {
  for (const coding of ['gzip', 'br', 'identity, gzip'])
    await refused(sendText('target', '{"coded":1}', { fields: [`Content-Encoding: ${coding}`] }), [415]);
  const raw = await RawConnection.open(gw);
  raw.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n\r\n');
  assert.equal((await raw.response()).status, 200, 'nothing to decode');
  raw.destroy();
}));

test('white space around a chunk extension', async () => {
  const raw = await RawConnection.open(gw);
  raw.write(send(['Transfer-Encoding: chunked'], '2 ; a = b\r\n{}\r\n0\t;z\r\n\r\n'));
  assert.equal((await raw.response()).status, 200);
  raw.destroy();
});

test('TLS on the plain port ends at once, and the log says once what it was', async () => {
  for (let i = 0; i < 3; ++i) {
    const raw = await RawConnection.open(gw);
    raw.write('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
    await raw.end(5000);
    assert.equal(raw.received.length, 0);
    raw.destroy();
  }
  await gw.waitLog('tls_on_plain_port');
  assert.equal(gw.log.entries.filter((line) => line.event === 'tls_on_plain_port').length, 1);
});

// Without a key nothing of a body is held: the answer is there before its first byte is.
test('who may not send is told before the body is read', async () => {
  for (const [target, fields] of [['/send', ['Content-Length: 1000000']], ['/send', ['Transfer-Encoding: chunked']], ['/send', ['Content-Length: 1000000', 'Authorization: Bearer kgw_wrong']], ['/api/import', ['Content-Length: 16000']]]) {
    const raw = await RawConnection.open(gw);
    raw.write(sendText('target', '', { length: false, target, fields, host: 'Host: elsewhere.example' }));
    const answer = await raw.response();
    assert.equal(answer?.status, 401);
    assert.equal(answer.headers['www-authenticate'], 'Bearer');
    await raw.end();
  }
});

test('white space and blank lines that are allowed', async () => {
  const raw = await RawConnection.open(gw);
  raw.write(`\r\nGET /health/live HTTP/1.1\r\nhOsT:\t localhost:${gw.port} \t\r\nX-Empty:\r\nX:a\tb\xe9\r\n\r\n`);
  assert.equal((await raw.response()).status, 200);
  raw.write('GET /health/live?a=%00&b HTTP/1.1\r\nHost: [::1]:80\r\n\r\n');
  assert.equal((await raw.response()).status, 200);
  raw.destroy();
});

test('a caller that resets in the midst of its request cancels nothing', async () => {
  const mute = await gw.kiosk(undefined);
  for (const text of ['POST /se', send(['Content-Length: 50'], '{"half'), send(['Transfer-Encoding: chunked'], '3\r\n{"')]) {
    const raw = await RawConnection.open(gw);
    raw.write(text);
    await gw.get('/health/live');
    raw.reset();
  }
  const raw = await RawConnection.open(gw);
  raw.write(sendText(mute.id, '{"run":1}'));
  const message = await mute.take();
  raw.reset();
  mute.answer(message, { ran: true });
  await gw.waitLog('request_finished', (line) => line.request_id === message.request_id);
  const seen = await gw.request(message.request_id);
  assert.deepEqual([seen.state, seen.outcome, seen.response.ran], ['answered', 'known', true]);
});
