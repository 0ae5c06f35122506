// A payment's way: POST /send, the frame at the kiosk, its answer, GET /requests/{id}. PROTOCOL.md 1, 1.2, 1.5, 3.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, UUIDV7, assertError, run, until, within, storeName } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, sendText } from './raw.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

test('a payment goes to the kiosk and its answer comes back', async () => {
  const kiosk = await gw.kiosk(sayYes);
  const answer = await gw.send(kiosk, { order_id: 12345, sum: 1000 });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-answer-from'], 'kiosk');
  assert.equal(answer.headers['x-result'], 'success');
  assert.equal(answer.headers['content-type'], 'application/json');
  const id = answer.headers['x-request-id'];
  assert.match(id, UUIDV7);
  assert.deepEqual(answer.json, { request_id: id, status: 'success', transaction_id: 'TXN1' });
  const { raw, ...frame } = await kiosk.take();
  assert.deepEqual(frame, {
    request_id: id,
    headers: { 'header-kiosk-id': kiosk.id, 'header-operation-type': 'payment', 'header-http-method': 'POST', 'content-type': 'application/json' },
    body: { order_id: 12345, sum: 1000 },
  }, raw);

  const seen = await gw.request(id);
  assert.deepEqual(Object.keys(seen).sort(), ['answered_at', 'callback', 'claimed', 'created_at', 'deadline_at', 'dispatched_at', 'kiosk_id', 'late',
    'operation_type', 'order_id', 'outcome', 'request_id', 'resolved', 'response', 'result', 'state']);
  assert.deepEqual([seen.request_id, seen.kiosk_id, seen.operation_type, String(seen.order_id), seen.state, seen.outcome, seen.late],
    [id, kiosk.id, 'payment', '12345', 'answered', 'known', false]);
  assert.deepEqual(seen.response, answer.json);
  const times = ['created_at', 'dispatched_at', 'answered_at', 'deadline_at'].map((name) => {
    assert.match(seen[name], RFC3339);
    assert.match(seen[name], /\.\d{3}Z$/);
    return Date.parse(seen[name]);
  });
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
  assert.equal(times[3] - times[0], 45000, 'KIOSK_RESPONSE_TIMEOUT');
  const line = await gw.waitLog('request_finished', (entry) => entry.request_id === id);
  assert.deepEqual([line.kiosk_id, line.operation, line.result], [kiosk.id, 'payment', 'success']);
});

test('what is forwarded and what never is', async () => {
  const kiosk = await gw.kiosk(sayYes);
  const headers = {
    'header-HTTP-method': 'GET', 'HEADER-Order-Id': 'A "7" \\ ~', 'Header-Something-Else': 'kept', 'Header-Empty': '', 'X-Request-Id': 'theirs',
    Traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'Content-Type': 'application/json; charset=utf-8',
    Cookie: 'c00kie', 'X-Api-Key': 'k3y', 'Proxy-Authorization': 'Basic pr0xy', Tracestate: 'a=b', 'X-Other': 'é', 'User-Agent': 'shop', Prefer: 'respond-async;;=,wait=x',
  };
  const answer = await gw.send(kiosk, { order_id: 'body' }, { op: 'A.b:c-d_9', timeout: 7, headers, key: gw.adminKey });
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers['x-request-id'], UUIDV7, 'always the gateway\'s own');
  assert.equal(answer.headers.traceparent, headers.Traceparent);
  await gw.waitLog('request_finished', (line) => line.trace_id === '0af7651916cd43dd8448eb211c80319c' && line.request_id === answer.headers['x-request-id']);
  const untraced = await gw.send(await gw.kiosk(sayYes), {}, { headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01' } });
  assert.equal(untraced.headers.traceparent, undefined);
  const traced = { headers: { traceparent: headers.Traceparent } };
  for (const refused of [await gw.send('nobody', {}, traced), await gw.send(kiosk, '{', traced)]) {
    assert.ok(refused.status >= 400, refused.text);
    assert.equal(refused.headers.traceparent, headers.Traceparent, 'on errors too');
  }
  const frame = await kiosk.take();
  assert.deepEqual(frame.headers, {
    'header-kiosk-id': kiosk.id, 'header-operation-type': 'A.b:c-d_9', 'header-http-method': 'GET', 'header-timeout': '7',
    'header-order-id': 'A "7" \\ ~', 'header-something-else': 'kept', 'header-empty': '', 'x-request-id': 'theirs',
    traceparent: headers.Traceparent, 'content-type': 'application/json; charset=utf-8',
  });
  for (const gone of ['c00kie', 'k3y', 'pr0xy', gw.adminKey, 'a=b', 'shop']) assert.ok(!frame.raw.includes(gone), gone);
  const seen = await gw.request(frame.request_id);
  assert.equal(seen.order_id, 'A "7" \\ ~', 'the header goes before the body');
  assert.equal(Date.parse(seen.deadline_at) - Date.parse(seen.created_at), 7000);
});

test('an empty body counts as {}, an absent Content-Type as JSON', async () => {
  const kiosk = await gw.kiosk(sayYes);
  const raw = await RawConnection.open(gw);
  for (const length of [true, false]) {
    raw.write(sendText(kiosk.id, '', { length }));
    assert.equal((await raw.response()).status, 200);
    const frame = await kiosk.take();
    assert.match(frame.raw, /"body":\{\}\}$/);
    assert.ok(!('content-type' in frame.headers));
  }
  raw.destroy();
});

test('all the states that GET /requests/{id} shows', async () => {
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const first = gw.send(kiosk, {}, { timeout: 2 });
  const { request_id: id } = await kiosk.take();
  const open = await gw.request(id);
  assert.deepEqual([open.state, open.outcome, open.answered_at, open.response, open.order_id], ['dispatched', null, null, null, null]);
  const busy = assertError(await gw.send(kiosk, {}, { timeout: 1 }), 429, 'kiosk_busy', { kiosk_id: kiosk.id, request_id: true });
  const rejected = await gw.request(busy.json.request_id);
  assert.deepEqual([rejected.state, rejected.outcome, rejected.dispatched_at, rejected.error], ['rejected', 'not_executed', null, 'kiosk_busy']);
  assertError(await first, 504, 'timeout', { kiosk_id: kiosk.id, request_id: true });
  const out = await gw.request(id);
  assert.deepEqual([out.state, out.outcome, out.late, out.response], ['timed_out', 'unknown', false, null]);
  assert.equal(kiosk.messages.entries.length, 1, 'the rejected one was never sent');
  assertError(await gw.get('/requests/01890000-0000-4000-8000-000000000000'), 404, 'request_not_found');  // no id of ours
  for (const other of ['nonsense', id.slice(1), `${id}0`, id.replaceAll('-', '')])
    assert.match(assertError(await gw.get(`/requests/${other}`), 400, 'invalid_argument').json.message, /UUID/, other);
  for (const form of [id.toUpperCase(), id.replaceAll('-', '%2D'), id.replaceAll('-', '%2d').toUpperCase(), `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`])
    assert.equal((await gw.request(form)).request_id, id, form);
});

test('chunked bodies, HTTP/1.0, keep-alive, pipelining, Expect', async () => {
  const kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, echo: message.body }));
  const chunked = await gw.send(kiosk, ['{"a', '":1', '}']);
  assert.deepEqual(chunked.json.echo, { a: 1 });

  const raw = await RawConnection.open(gw);
  const chunks = '3;ext="v;\\"x"\r\n{"n\r\n1\r\n"\r\n005\r\n:[1]}\r\n0\r\nTrailer: x\r\n\r\n';
  const head = sendText(kiosk.id, '', { length: false, fields: ['Transfer-Encoding: Chunked'] });
  raw.write(head + chunks);
  assert.deepEqual((await raw.response()).json.echo, { n: [1] });
  for (const byte of head + chunks) raw.write(byte);
  assert.deepEqual((await raw.response()).json.echo, { n: [1] }, 'byte by byte');

  raw.write(Array.from({ length: 20 }, (_, n) => sendText(kiosk.id, `{"n":${n}}`)).join(''));
  for (let n = 0; n < 20; ++n) assert.equal((await raw.response()).json.echo.n, n, 'pipelined answers come in order');

  raw.write(sendText(kiosk.id, '', { length: false, fields: ['Content-Length: 7', 'Expect: 100-continue'] }));
  assert.equal((await raw.response()).status, 100);
  raw.write('{"e":1}');
  assert.deepEqual((await raw.response()).json.echo, { e: 1 });
  raw.write(sendText(kiosk.id, '{}', { fields: ['Connection: close'] }));
  const last = await raw.response();
  assert.equal(last.headers.connection, 'close');
  await raw.end(2000);

  const old = await RawConnection.open(gw);
  old.write(sendText(kiosk.id, '{"old":true}', { version: '1.0', fields: [`Authorization: Bearer ${gw.adminKey}`] }));
  assert.deepEqual((await old.response()).json.echo, { old: true });
  await old.end(2000);
});

test('HEAD is as GET without a body, and the connection goes on', async () => {
  await gw.kiosk(sayYes);
  const raw = await RawConnection.open(gw);
  for (const path of ['/health', '/health/live', '/health/ready', '/']) {
    raw.write(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const head = await raw.response({ head: true });
    assert.equal(head.status, 200, path);
    assert.ok(Number(head.headers['content-length']) > 0, path);
    raw.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const got = await raw.response();
    assert.equal(got.status, 200, path);
    if (path !== '/health') assert.equal(got.headers['content-length'], head.headers['content-length'], path);
  }
  raw.destroy();
  const root = (await gw.get('/')).json;
  assert.deepEqual(Object.keys(root).sort(), ['service', 'status', 'version']);
  const health = (await gw.get('/health')).json;
  assert.deepEqual([health.status, health.redis, health.durability, health.version], ['healthy', storeName, 'strict', root.version]);
  for (const name of ['active_kiosks', 'total_kiosks', 'uptime_seconds']) assert.equal(typeof health[name], 'number', name);
  assert.ok(health.total_kiosks >= health.active_kiosks && health.active_kiosks > 0 && typeof health.node === 'string');
});

test('curl itself', async () => {
  const kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, n: Object.keys(message.body).length, pad: 'x'.repeat(300000) }));
  const args = ['-sS', '-i', '-X', 'POST', `${gw.url}/send`, '-H', `Header-Kiosk-Id: ${kiosk.id}`, '-H', 'Header-Operation-Type: payment', '-H', 'Content-Type: application/json'];
  for (const [extra, body] of [[[], '{"sum":1000}'], [['-H', 'Transfer-Encoding: chunked'], '{"sum":1}'], [['--http1.0', '-H', `Authorization: Bearer ${gw.adminKey}`], '{"a":1}'],
    [['-H', 'Expect: 100-continue'], JSON.stringify({ big: 'y'.repeat(1040000) })]]) {
    const { code, stdout, stderr } = await run('curl', [...args, ...extra, '--data-binary', '@-'], { input: body });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^HTTP\/1\.1 (100 Continue\r\n\r\nHTTP\/1\.1 )?200 OK\r\n/, extra[0]);
    const json = JSON.parse(stdout.slice(stdout.lastIndexOf('\r\n\r\n') + 4));
    assert.equal(json.n, 1);
    assert.equal(json.pad.length, 300000);
  }
});

test('answers in fragments, and a caller that half-closes', async () => {
  const kiosk = await gw.kiosk((message, self) => {
    self.sendFragments(JSON.stringify({ request_id: message.request_id, text: 'ж€😀'.repeat(500) }), 977);
  });
  const answer = await gw.send(kiosk);
  assert.equal(answer.json.text, 'ж€😀'.repeat(500), 'fragments cut through characters');
  const raw = await RawConnection.open(gw);
  raw.socket.end(sendText(kiosk.id, '{}'));
  assert.equal((await raw.response()).status, 200, 'it can still read');
});

test('many kiosks and callers at once: everybody gets his own answer', async () => {
  const records = await gw.addKiosks(50);
  const kiosks = await Promise.all(records.map((of) => gw.kiosk((message, self) => {
    setImmediate(() => self.send({ request_id: message.request_id, by: self.id, n: message.body.n }));
  }, { of })));
  const calls = Array.from({ length: 2000 }, (_, n) => gw.send(kiosks[n % 50], { n }).then((answer) => {
    assert.deepEqual([answer.status, answer.json.by, answer.json.n, answer.json.request_id], [200, kiosks[n % 50].id, n, answer.headers['x-request-id']]);
    return answer.json.request_id;
  }));
  const ids = await Promise.all(calls);
  assert.equal(new Set(ids).size, 2000);
  for (const kiosk of kiosks) assert.equal(kiosk.messages.entries.length, 40);
});

test('LEGACY_HTTP_STATUS answers every error that names a kiosk with 200', async () => {
  const legacy = await Gateway.start({ env: { LEGACY_HTTP_STATUS: 'true' } });
  const kiosk = await legacy.kiosk((message) => message.body.mute ? undefined : `{"request_id":"${message.request_id}","x":NaN}`);
  const offline = await legacy.addKiosk();
  const cases = [[legacy.send(offline), 'kiosk_offline'], [legacy.send('nobody'), 'kiosk_not_found'], [legacy.send(kiosk), 'invalid_response'],
    [legacy.send(kiosk, { mute: 1 }, { timeout: 1 }), 'timeout']];
  for (const [call, code] of cases) {
    const answer = await call;
    assert.deepEqual([answer.status, answer.json.status, answer.json.error], [200, 'error', code]);
    assert.ok(answer.json.kiosk_id);
    assert.equal(answer.headers['x-answer-from'], undefined);
  }
  const unnamed = await legacy.call('POST', '/send', { headers: { 'Header-Operation-Type': 'payment' }, body: '{}' });
  assertError(unnamed, 400, 'missing_header');
  await legacy.stop();
});

test('two gateways, one after the other, on one DATA_DIR: the journal is there', async () => {
  const first = await Gateway.start();
  const kiosk = await first.kiosk(sayYes);
  const { json } = await first.send(kiosk);
  await first.stop();
  const second = await Gateway.start({ dir: first.dir });
  assert.deepEqual((await second.request(json.request_id)).response, json);
  const again = await second.kiosk(sayYes, { of: kiosk });
  await until('the kiosk shows as online', async () => (await second.kioskInfo(kiosk.id)).online);
  assert.equal((await within(second.send(again), 'answered')).status, 200);
  await second.stop();
});
