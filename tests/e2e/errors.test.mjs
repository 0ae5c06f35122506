// Every way to be refused before anything is sent: PROTOCOL.md 1 and 1.1.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, assertError } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, sendText } from './raw.mjs';

let gw, kiosk;
before(async () => {
  gw = await Gateway.start();
  kiosk = await gw.kiosk(sayYes);
});
after(() => gw.stop());

// What is refused never reaches the kiosk.
async function nothingSent(work) {
  const before = kiosk.messages.entries.length;
  await work();
  const canary = await gw.send(kiosk, { canary: true });
  assert.equal(canary.status, 200, canary.text);
  const arrived = kiosk.messages.entries.slice(before);
  assert.deepEqual(arrived.map((message) => message.body), [{ canary: true }]);
}

// One raw answer on a connection of its own.
async function rawAnswer(text) {
  const raw = await RawConnection.open(gw);
  raw.write(text);
  const answer = await raw.response();
  raw.destroy();
  assert.ok(answer, `no answer to ${JSON.stringify(text.slice(0, 200))}`);
  return answer;
}

test('missing headers are named', () => nothingSent(async () => {
  for (const [given, named] of [[{ 'Header-Operation-Type': 'payment' }, 'Header-Kiosk-Id'], [{ 'Header-Kiosk-Id': kiosk.id }, 'Header-Operation-Type']]) {
    const answer = assertError(await gw.call('POST', '/send', { headers: given, body: '{}' }), 400, 'missing_header');
    assert.match(answer.json.message, new RegExp(named, 'i'));
  }
}));

test('invalid headers are named', () => nothingSent(async () => {
  const long = 'x'.repeat(65);
  const bad = {
    'Header-Kiosk-Id': ['a b', 'a/b', long, 'ü', 'a,b', '../x', 'a"b'],
    'Header-Operation-Type': ['pay ment', long, 'é', 'a;b'],
    'Header-Http-Method': ['OPTIONS', 'HEAD', 'CONNECT', 'FOO', 'POST GET', 'POST,GET'],
    'Header-Timeout': ['0', '-1', '301', '1.5', 'abc', '+5', '1e1', '0x10', '99999999999999999999', '4294967297', '18446744073709551617', '5s', '1 2', '5,6'],
    'Idempotency-Key': ['', '""', 'x'.repeat(256), 'é', 'a\tb'],
    'Header-Wait-Online': ['1', '60', 'x', '-1'],
    'Header-Callback-Url': ['https://example.com/', ''],
    'Header-Anything': ['a\tb', 'é', 'a\x80b'],
    'X-Request-Id': ['a\tb', 'ü'],
    traceparent: ['a\xffb'],
    'Header-Order-Id': ['\xe9'],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const fields = name === 'Header-Kiosk-Id' || name === 'Header-Operation-Type' ? {} : { [name]: value };
      const id = name === 'Header-Kiosk-Id' ? value : kiosk.id;
      const op = name === 'Header-Operation-Type' ? value : 'payment';
      const answer = await rawAnswer([`POST /send HTTP/1.1`, 'Host: localhost', `Header-Kiosk-Id: ${id}`, `Header-Operation-Type: ${op}`,
        ...Object.entries(fields).map(([field, text]) => `${field}: ${text}`), 'Content-Length: 2', '', '{}'].join('\r\n'));
      assertError(answer, 400, 'invalid_header');
      assert.match(answer.json.message, new RegExp(name, 'i'), `${name}: ${value}`);
    }
  }
  for (const field of ['Header-Kiosk-Id: ', 'Header-Operation-Type:']) {
    const name = field.split(':')[0];
    const other = name === 'Header-Kiosk-Id' ? 'Header-Operation-Type: payment' : `Header-Kiosk-Id: ${kiosk.id}`;
    const answer = await rawAnswer(`POST /send HTTP/1.1\r\nHost: localhost\r\n${field}\r\n${other}\r\nContent-Length: 2\r\n\r\n{}`);
    assert.equal(answer.status, 400);
    assert.match(answer.json.error, /^(missing|invalid)_header$/);
  }
}));

test('a named header given twice', () => nothingSent(async () => {
  for (const field of [`Header-Kiosk-Id: ${kiosk.id}`, 'HEADER-OPERATION-TYPE: payment', 'header-timeout: 5', 'Header-Http-Method: POST',
    'Header-Order-Id: 1', 'Header-Wait-Online: 0', 'Header-Other: 1', 'X-Request-Id: 1', 'Traceparent: 1', 'Content-Type: application/json']) {
    const name = field.split(':')[0];
    const twice = /kiosk-id|operation-type/i.test(name) ? [field] : [field, field];
    const answer = await rawAnswer(sendText(kiosk.id, '{}', { fields: twice }));
    assertError(answer, 400, 'invalid_header');
    assert.match(answer.json.message, new RegExp(name, 'i'));
  }
}));

test('what is allowed, just', async () => {
  for (const [name, value] of [['Header-Timeout', '300'], ['Header-Timeout', '1'], ['Header-Wait-Online', '0'], ['Header-X', '~ !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}'],
    ['Header-Http-Method', 'DELETE'], ['Prefer', '"?,;;=='], ['X-Other', '\xe9\t\x80']]) {
    const answer = await rawAnswer(sendText(kiosk.id, '{}', { fields: [`${name}: ${value}`] }));
    assert.equal(answer.status, 200, `${name}: ${value}: ${answer.text}`);
  }
  const longest = await gw.kiosk(sayYes, { id: `A.b:c_d-9${'z'.repeat(55)}` });
  assert.equal((await gw.send(longest, '{}', { op: 'o'.repeat(64) })).status, 200);
  for (const type of ['application/json', 'Application/JSON', 'application/json;charset=UTF-8', 'application/json ; a="b;c"'])
    assert.equal((await gw.send(kiosk, '{}', { headers: { 'Content-Type': type } })).status, 200, type);
});

test('bodies that are not one JSON object, with the byte that is wrong', () => nothingSent(async () => {
  const text = (value) => Buffer.from(value, 'latin1');
  const deep = (n, open, close) => text(open.repeat(n) + '1' + close.repeat(n));
  const cases = [  // [body, first and last offset that may be named]
    ['[1,2]', 0, 0], ['"x"', 0, 0], ['1', 0, 0], ['null', 0, 0], [' ', 0, 1], ['\n\n[', 0, 3],
    ['{', 1, 1], ['{"a"', 4, 4], ['{"a":', 5, 5], ['{"a":1', 6, 6], ['{"a":1,', 7, 7], ['{"a":1,}', 7, 7], ['{"a":tru}', 5, 8], ['{a:1}', 1, 1], ["{'a':1}", 1, 1],
    ['{"a" 1}', 5, 5], ['{"a":1 "b":2}', 7, 7], ['{"a":[1,]}', 8, 8], ['{"a":[1 2]}', 8, 8], ['{,}', 1, 1], ['{"a":}', 5, 5],
    ['{}{}', 2, 2], ['{} x', 3, 3], ['{}\0', 2, 2], ['{}]', 2, 2], ['{"a":1}\x0b', 7, 7], ['{"a":1}/*c*/', 7, 7], ['//c\n{}', 0, 0],
    ['{"a":01}', 5, 6], ['{"a":+1}', 5, 5], ['{"a":.5}', 5, 5], ['{"a":1.}', 5, 7], ['{"a":1e}', 5, 7], ['{"a":-}', 5, 6], ['{"a":0x1}', 5, 6], ['{"a":NaN}', 5, 6],
    ['{"a":Infinity}', 5, 5], ['{"a":-Infinity}', 5, 6], ['{"a":1_0}', 6, 6], ['{"a":True}', 5, 5],
    ['{"a":"\x01"}', 6, 6], ['{"a":"\n"}', 6, 6], ['{"a":"\t"}', 6, 6], ['{"a":"\\x41"}', 6, 7], ['{"a":"\\u12g4"}', 6, 10], ['{"a":"\\u12"}', 6, 10], ['{"a":"x}', 8, 8],
    ['\xef\xbb\xbf\xef\xbb\xbf{}', 3, 3], ['\xff\xfe{\0}\0', 0, 0], ['{\0}', 1, 1], ['\x00{}', 0, 0], ['\xa0{}', 0, 0],
    ['{"a":"\xff"}', 6, 6], ['{"a":"\xc0\x80"}', 6, 7], ['{"a":"\xe0\x80\x80"}', 6, 8], ['{"a":"\xed\xa0\x80"}', 6, 8], ['{"a":"\xf4\x90\x80\x80"}', 6, 9], ['{"a":"\xf8\x88\x80\x80\x80"}', 6, 8],
    ['{"a":"\xc3"}', 6, 7], ['{"a":"\xe2\x82"}', 6, 8], ['{"a":"\x80"}', 6, 6], ['{"\xfe":1}', 2, 2], ['{"a":\xc3\xa9}', 5, 5],
    [`{"a":${'['.repeat(64)}${']'.repeat(64)}}`, 68, 69], [deep(100000, '[', ']'), 0, 65], [deep(100000, '{"a":', '}'), 0, 400], [`{"a":${'['.repeat(100000)}`, 5, 70],
    [`{"a":${'1'.repeat(1001)}}`, 5, 1006], [`{"a":-0.${'1'.repeat(998)}}`, 5, 1006], [`{"a":1e${'1'.repeat(1000)}}`, 5, 1007],
  ];
  for (const [body, from, to] of cases) {
    const shown = JSON.stringify(body.toString('latin1').slice(0, 60));
    const answer = await gw.send(kiosk, Buffer.isBuffer(body) ? body : text(body));
    assertError(answer, 400, 'invalid_json');
    const said = /\b(?:byte|offset|position)\D*(\d+)/.exec(answer.json.message);
    assert.ok(said, `${shown}: no byte offset in: ${answer.json.message}`);
    assert.ok(Number(said[1]) >= from && Number(said[1]) <= to, `${shown}: ${answer.json.message}, expected ${from} to ${to}`);
  }
}));

test('other media types are 415', () => nothingSent(async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'application/json5', 'text/json', '*/*', 'json',
    'application/problem+jsonx', 'application/+json', 'text/a+json', 'text/plain; application/json', 'application/json, text/plain', ''])
    assertError(await rawAnswer(sendText(kiosk.id, '{}', { fields: [`Content-Type: ${type}`] })), 415, 'unsupported_media_type');
}));

test('other methods are 405 with Allow, and there is no CORS', () => nothingSent(async () => {
  const routes = { '/send': 'POST', '/health': 'GET, HEAD', '/requests/01890000-0000-7000-8000-000000000000': 'GET', '/metrics': 'GET', '/': 'GET', '/ws': 'GET' };
  for (const [target, allowed] of Object.entries(routes)) {
    for (const method of ['OPTIONS', 'GET', 'PUT', 'PATCH', 'DELETE', 'POST', 'PROPFIND']) {
      if (allowed.includes(method)) continue;
      const answer = await gw.call(method, target, { headers: { Origin: 'http://localhost', 'Access-Control-Request-Method': 'POST', 'Content-Length': '2' }, body: '{}' });
      assertError(answer, 405, 'method_not_allowed');
      for (const one of allowed.split(', ')) assert.match(answer.headers.allow, new RegExp(`\\b${one}\\b`), `${method} ${target}`);
    }
  }
  const preflight = await gw.call('OPTIONS', '/api/kiosks', { headers: { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' } });
  assert.ok([401, 405].includes(preflight.status), 'the key is checked first');
  assert.ok(!Object.keys(preflight.headers).some((name) => name.startsWith('access-control')));
  assertError(await gw.get('/nowhere'), 404, 'not_found');
  assertError(await gw.get('/send/'), 405, 'method_not_allowed');  // as the older service's backends call it
  assertError(await gw.get('/send//'), 404, 'not_found');
  assertError(await gw.get('//send'), 404, 'not_found');
  assertError(await gw.get('/SEND'), 404, 'not_found');
}));

test('kiosks that are not there', async () => {
  assertError(await gw.send('nobody'), 404, 'kiosk_not_found', { kiosk_id: 'nobody' });
  const offline = await gw.addKiosk();
  assertError(await gw.send(offline), 503, 'kiosk_offline', { kiosk_id: offline.id });
  await gw.api('PATCH', `/api/kiosks/${offline.id}`, { enabled: false });
  assertError(await gw.send(offline), 403, 'kiosk_disabled', { kiosk_id: offline.id });
  const upper = await gw.send(kiosk.id.toUpperCase());
  assertError(upper, 404, 'kiosk_not_found');
  await gw.waitLog('request_refused', (line) => line.kiosk_id === offline.id && line.error === 'kiosk_disabled');
});

test('a refused request does not end the connection', async () => {
  const raw = await RawConnection.open(gw);
  for (const [body, status] of [['{', 400], ['{}', 200], ['[', 400], ['{}', 200]]) {
    raw.write(sendText(kiosk.id, body));
    assert.equal((await raw.response()).status, status);
  }
  raw.destroy();
});
