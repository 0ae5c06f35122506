// What the dashboard shows besides: figures over time, settings, a kiosk's state, a request's body, a test by hand.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser } from './browser.mjs';
import { Gateway, assertError, newSecret, secret, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw, token;
before(async () => { gw = await Gateway.start({ env: { METRICS_TOKEN: (token = newSecret()) } }); });
after(() => gw.stop());

test('figures over time, from the gateway itself', async () => {
  const kiosk = await gw.kiosk((message) => message.body.fail ? '{"no":"JSON' : sayYes(message));
  for (let n = 0; n < 5; ++n) await gw.send(kiosk);
  assertError(await gw.send('nobody'), 404, 'kiosk_not_found');
  const point = await until('a step ends', async () => {
    const { step_seconds, points } = (await gw.get('/api/series')).json;
    assert.equal(step_seconds, 5);
    return points.find(({ requests }) => requests > 0);
  });
  assert.deepEqual([point.requests, point.answered, point.errors, point.online], [6, 5, { kiosk_not_found: 1 }, 1]);
  assert.ok(point.p50_ms > 0 && point.p50_ms <= point.p95_ms && point.p95_ms <= point.p99_ms, JSON.stringify(point));
  assert.ok(Math.abs(point.t - Date.now() / 1000) < 30);
  for (const [window, step] of [[900, 5], [3600, 15], [86400, 300]])
    assert.equal((await gw.get(`/api/series?window=${window}`)).json.step_seconds, step);
  assertError(await gw.get('/api/series?window=7'), 400, 'invalid_argument');
});

test('settings with their sources, no secret among them', async () => {
  const answer = await gw.get('/api/settings');
  const of = Object.fromEntries(answer.json.settings.map(({ name, ...rest }) => [name, rest]));
  assert.deepEqual(of.PORT, { value: '0', source: 'environment', secret: false });
  assert.deepEqual(of.KIOSK_RESPONSE_TIMEOUT, { value: '45', source: 'default', secret: false });
  assert.deepEqual(of.METRICS_TOKEN, { value: '********', source: 'environment', secret: true });
  assert.deepEqual(of.JWT_SECRET, { value: gw.settings.JWT_SECRET ? '********' : null, source: gw.settings.JWT_SECRET ? 'environment' : 'default', secret: true });
  assert.ok(!answer.text.includes(token));
});

test("a kiosk's agent, round trip and last error", async () => {
  const kiosk = await gw.kiosk((message) => message.operation ? undefined : '{"request_id":"' + message.request_id + '",NaN}', { headers: { 'user-agent': 'kiosk-agent/1.2.3 (linux)' } });
  assert.deepEqual([(await gw.kioskInfo(kiosk.id)).agent_version, (await gw.kioskInfo(kiosk.id)).rtt_ms], ['1.2.3', null]);
  const { round_trip_ms } = (await gw.api('POST', `/api/kiosks/${kiosk.id}/ping`)).json;
  assert.equal((await gw.kioskInfo(kiosk.id)).rtt_ms, round_trip_ms);
  const broken = await gw.send(kiosk);
  assertError(broken, 502, 'invalid_response');
  const { last_error } = await gw.kioskInfo(kiosk.id);
  assert.deepEqual([last_error.code, last_error.request_id], ['invalid_response', broken.json.request_id]);
  const other = await gw.kiosk(sayYes, { headers: { 'user-agent': 'Python/3.11 websockets/12.0' } });
  assert.equal((await gw.kioskInfo(other.id)).agent_version, null);
});

test('a test by hand: the same as a payment, byte for byte, and in the audit trail', async () => {
  const kiosk = await gw.kiosk(sayYes);
  const target = `/api/kiosks/${kiosk.id}/send`;
  const post = (body, options) => gw.call('POST', target, { key: gw.adminKey, body, headers: { 'content-type': 'application/json' }, ...options });
  const answer = await post('{"operation":"print","timeout":7,"body":{"sum": 1000.10,"b":[1e2]}}');
  assert.deepEqual([answer.status, answer.headers['x-answer-from'], answer.json.transaction_id], [200, 'kiosk', 'TXN1'], answer.text);
  const [message] = kiosk.messages.entries;
  assert.ok(message.raw.includes('{"sum": 1000.10,"b":[1e2]}'), message.raw);
  assert.deepEqual(message.headers, { 'header-kiosk-id': kiosk.id, 'header-operation-type': 'print', 'content-type': 'application/json', 'header-timeout': '7', 'header-http-method': 'POST' });
  const [line] = (await gw.api('GET', `/api/audit?target=${kiosk.id}&limit=1`)).json.entries;
  assert.deepEqual([line.action, line.detail], ['test_request_sent', 'print']);
  assert.equal((await post('{"operation":"kds"}')).status, 200);
  for (const wrong of ['{}', '{"operation":""}', '{"operation":"a","timeout":0}', '{"operation":"a","body":[]}', '{"operation":"a","x":1}'])
    assertError(await post(wrong), 400, 'invalid_argument');
  assertError(await post('{"operation":"a","timeout":301}'), 400, 'invalid_header');
  assertError(await post('{'), 400, 'invalid_json');
  assertError(await gw.call('POST', target, { body: '{"operation":"a"}' }), 401, 'unauthorized');
  assertError(await gw.api('POST', '/api/kiosks/nobody/send', { operation: 'a' }), 404, 'kiosk_not_found');
  assert.equal(kiosk.messages.entries.length, 2);
});

test('what was sent is shown to admins only, card numbers masked', async () => {
  const kiosk = await gw.kiosk((message) => ({ ...sayYes(message), pan: '4111 1111 1111 1111' }));
  const { json: { request_id: id } } = await gw.send(kiosk, '{"card":"4111111111111111","pan":5500000000000004,"sum":1000.10,"order_id":1234567890123}');
  assert.equal((await gw.request(id)).response.pan, '4111 1111 1111 1111', 'a machine gets the answer as it was');
  assert.equal('body' in await gw.request(id), false);
  const shown = await gw.api('GET', `/requests/${id}?body=1`);
  assert.ok(shown.text.includes('"body":{"card":"411111******1111","pan":"550000******0004","sum":1000.10,'), shown.text);
  assert.equal(shown.json.response.pan, '4111 11** **** 1111');
  const browser = await Browser.logIn(gw, { key: gw.adminKey });
  assert.equal((await browser.get(`/requests/${id}`)).json.response.pan, '4111 11** **** 1111');
  assertError(await gw.get(`/requests/${id}?body=1`), 403, 'forbidden');
  const reader = secret((await gw.api('POST', '/api/keys', { name: 'looks', scopes: ['read'] })).json.key);
  assertError(await gw.get(`/requests/${id}?body=1`, { key: reader }), 403, 'forbidden');
  assertError(await gw.api('GET', `/requests/${id}?body=2`), 400, 'invalid_argument');
});
