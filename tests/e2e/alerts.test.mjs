// GET /api/alerts: what is to be looked at, each once; the same in the metrics and in the log.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, assertError, secret } from './harness.mjs';
import { Kiosk, sayYes } from './kiosk.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const alerts = async (query = '') => (await gw.api('GET', `/api/alerts${query}`)).json.alerts;
const metric = async (name, kind) => Number(new RegExp(`^${name}\\{kind="${kind}"\\} (\\d+)$`, 'm').exec((await gw.get('/metrics')).text)[1]);

test('a payment of unknown outcome, until its late answer', async () => {
  let late;
  const kiosk = await gw.kiosk((message) => { late = message; });
  assert.equal((await gw.send(kiosk, {}, { timeout: 1 })).status, 504);
  const [alert, ...more] = await alerts(`?kiosk_id=${kiosk.id}`);
  assert.deepEqual(more, []);
  assert.deepEqual([alert.kind, alert.severity, alert.kiosk_id, alert.request_id, alert.ended_at, alert.muted],
    ['payment_unknown', 'critical', kiosk.id, late.request_id, null, false]);
  assert.match(alert.raised_at, RFC3339);
  assert.match(alert.message, /check the terminal/);
  assert.equal(await metric('kgw_alerts_open', 'payment_unknown'), 1);
  await gw.waitLog('alert_raised', (line) => line.kiosk_id === kiosk.id && line.kind === 'payment_unknown');
  kiosk.answer(late);
  await gw.waitLog('late_answer', (line) => line.kiosk_id === kiosk.id);
  const [ended] = await alerts(`?kiosk_id=${kiosk.id}`);
  assert.match(ended.ended_at, RFC3339);
  assert.deepEqual([await metric('kgw_alerts_open', 'payment_unknown'), await metric('kgw_alerts_total', 'payment_unknown')], [0, 1]);
  // Of anything else than a payment it is no alert of its own.
  assert.equal((await gw.send(kiosk, {}, { timeout: 1, op: 'print' })).status, 504);
  assert.equal((await alerts(`?kiosk_id=${kiosk.id}`)).length, 1);
});

test('a second connection with a living kiosk\'s token, once', async () => {
  const kiosk = await gw.kiosk(sayYes);
  for (let n = 0; n < 2; ++n) {
    const clone = new Kiosk(gw, kiosk.id, kiosk.token, sayYes);
    assert.equal((await clone.settled).refused, 409);
  }
  const found = await alerts('?kind=duplicate_connection');
  assert.deepEqual(found.map(({ kiosk_id }) => kiosk_id), [kiosk.id]);
  assert.match(found[0].message, /127\.0\.0\.1/);
  assert.deepEqual(await alerts('?kind=duplicate_connection&open=true'), [], 'it has no length');
});

test('a device that fails in a row: by kiosk and operation, with its last words, after a restart too, until an answer that is none', async () => {
  let own = await Gateway.start();
  let answer = { status: 'error', error: 'connection_refused', message: 'nobody at 127.0.0.1:9' };
  const reply = (message) => ({ request_id: message.request_id, ...answer });
  let kiosk = await own.kiosk(reply);
  const failing = async (query = '') => (await own.api('GET', `/api/alerts?kind=device_failing${query}`)).json.alerts;
  for (let n = 0; n < 2; ++n) await own.send(kiosk, {});
  await own.send(kiosk, {}, { op: 'print' });
  assert.deepEqual(await failing(), []);
  for (let n = 0; n < 28; ++n) await own.send(kiosk, {});
  const [alert, ...more] = await failing();
  assert.deepEqual(more, []);
  assert.deepEqual([alert.kiosk_id, alert.operation_type, alert.severity, alert.ended_at], [kiosk.id, 'payment', 'critical', null]);
  assert.match(alert.message, /in a row: 3 \(connection_refused: nobody at 127\.0\.0\.1:9\)\. Check that it is on/);
  assert.match((await own.get('/metrics')).text, /^kgw_alerts_open\{kind="device_failing"\} 1$/m);

  await own.stop();
  own = await Gateway.start({ dir: own.dir });
  await own.waitLog('alert_raised', (line) => line.kind === 'device_failing');
  const [again, ...others] = await failing();
  assert.deepEqual(others, []);
  assert.deepEqual([again.kiosk_id, again.operation_type], [kiosk.id, 'payment']);
  assert.match(again.message, /in a row: 30 \(connection_refused: nobody/);
  kiosk = await own.kiosk(reply, { of: kiosk });
  await own.send(kiosk, {});
  assert.equal((await failing('&open=true')).length, 1);
  answer = { status: 'declined' };
  await own.send(kiosk, {});
  assert.deepEqual(await failing('&open=true'), [], 'a device that declines works');
  assert.equal((await failing()).length, 1);

  await own.stop();
  own = await Gateway.start({ dir: own.dir });
  kiosk = await own.kiosk(reply, { of: kiosk });
  answer = { status: 'success' };
  await own.send(kiosk, {});
  assert.deepEqual(await failing(), [], 'it was over');
  await own.stop();
});

test('failing and flapping kiosks', async () => {
  const kiosk = await gw.kiosk((message) => `{"request_id":"${message.request_id}",NaN}`);
  for (let n = 0; n < 6; ++n) assert.equal((await gw.send(kiosk, {}, { op: 'kds' })).status, 502);
  for (let n = 0; n < 6; ++n) {
    const from = gw.log.entries.length;
    const again = n === 0 ? kiosk : await gw.kiosk(sayYes, { of: kiosk });
    await again.close();
    await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === kiosk.id, { from });
  }
  assert.deepEqual((await alerts(`?kiosk_id=${kiosk.id}&open=true`)).map(({ kind }) => kind), ['kiosk_flapping', 'kiosk_failing']);
});

test('pages, bad queries, who may read', async () => {
  const all = await alerts();
  assert.deepEqual(all, [...all].sort((a, b) => b.id - a.id), 'newest first');
  const first = (await gw.api('GET', '/api/alerts?limit=2')).json;
  const second = (await gw.api('GET', `/api/alerts?cursor=${first.next}`)).json;
  assert.deepEqual([...first.alerts, ...second.alerts], all);
  assert.equal(second.next, null);
  for (const query of ['kind=x', 'open=1', 'limit=0', 'cursor=x', 'to=1']) assertError(await gw.api('GET', `/api/alerts?${query}`), 400, 'invalid_argument');
  for (const method of ['POST', 'DELETE']) assertError(await gw.api(method, '/api/alerts'), 405, 'method_not_allowed');
  const key = (await gw.api('POST', '/api/keys', { name: 'of-one-kiosk', scopes: ['read'], kiosks: [all[0].kiosk_id] })).json;
  secret(key.key);
  const seen = (await gw.call('GET', '/api/alerts', { key: key.key })).json.alerts;
  assert.deepEqual(new Set(seen.map(({ kiosk_id }) => kiosk_id)), new Set([all[0].kiosk_id]));
});
