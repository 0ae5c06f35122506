// GET /metrics: Prometheus text that parses, and counts that agree with what was sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, run, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

// Exposition format 0.0.4, strictly. -> Map of 'name{labels}' to number
function parse(text) {
  assert.ok(text.endsWith('\n'));
  const types = new Map(), samples = new Map(), helped = new Set();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    let match;
    if ((match = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/.exec(line))) { assert.ok(!helped.has(match[1]), line); helped.add(match[1]); continue; }
    if ((match = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line))) {
      assert.ok(!types.has(match[1]), `a family twice: ${line}`);
      types.set((family = match[1]), match[2]);
      continue;
    }
    match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)*\})? (NaN|[+-]?Inf|[-+]?[0-9.]+(?:[eE][-+]?\d+)?)$/.exec(line);
    assert.ok(match, `no sample: ${line}`);
    const [, name, labels = '', value] = match;
    const base = types.get(family) === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
    assert.equal(base, family, `outside its family: ${line}`);
    if (types.get(family) === 'counter') assert.match(name, /_total$/);
    assert.ok(!samples.has(name + labels), `twice: ${line}`);
    samples.set(name + labels, value === '+Inf' ? Infinity : Number(value));
  }
  for (const [name, type] of types) {
    assert.ok(helped.has(name), `${name} without HELP`);
    if (type !== 'histogram') continue;
    const of = new Map();  // the other labels -> its buckets
    for (const [key, value] of samples) {
      if (!key.startsWith(`${name}_bucket{`)) continue;
      const others = key.slice(name.length + 7).replace(/le="[^"]*",?/, '').replace(/^\{\}$/, '');
      of.set(others, [...(of.get(others) ?? []), value]);
    }
    for (const [others, buckets] of of) {
      assert.deepEqual(buckets, [...buckets].sort((a, b) => a - b), 'buckets are cumulative');
      assert.equal(buckets.at(-1), samples.get(`${name}_count${others}`), `+Inf is all: ${name}${others}`);
    }
  }
  return samples;
}

test('counts agree with what was sent', async () => {
  const gw = await Gateway.start();
  const scrape = async () => {
    const answer = await gw.get('/metrics');
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'], /^text\/plain; ?version=0\.0\.4/);
    return parse(answer.text);
  };
  // What the start reads: for the alerts who was there, the ledger and which devices failed; which callbacks are owed.
  const before = await until('the start has read', async () => {
    const samples = await scrape();
    return samples.get('kgw_store_read_duration_seconds_count') === 4 && samples;
  });
  const kiosk = await gw.kiosk((message, self) => {
    if (message.body.mute) return undefined;
    if (message.body.bad) return `{"request_id":"${message.request_id}",NaN}`;
    self.send({ request_id: 'strange' });
    return sayYes(message);
  });
  const offline = await gw.addKiosk();
  for (let n = 0; n < 25; ++n) assert.equal((await gw.send(kiosk)).status, 200);
  for (let n = 0; n < 3; ++n) await gw.send(kiosk, { bad: 1 });
  for (let n = 0; n < 4; ++n) await gw.send(offline);
  for (let n = 0; n < 5; ++n) await gw.send('nobody');
  for (let n = 0; n < 6; ++n) await gw.send(kiosk, '{');
  await gw.send(kiosk, { mute: 1 }, { timeout: 1 });
  kiosk.answer(kiosk.messages.entries.at(-1));
  await gw.waitLog('late_answer');
  const held = gw.send(kiosk, { mute: 1 });
  await until('the held one arrived', () => kiosk.messages.entries.length === 30);
  assert.equal((await gw.get('/requests/019ac3d8-6f00-7abc-8def-0123456789ab')).status, 410);
  const after = await scrape();
  const all = (samples, name) => [...samples].filter(([key]) => key === name || key.startsWith(name.endsWith('}') ? `${name.slice(0, -1)},` : `${name}{`)).reduce((sum, [, value]) => sum + value, 0);
  const grown = (name) => all(after, name) - all(before, name);
  const error = (code) => grown(`kgw_errors_total{code="${code}"}`);
  assert.deepEqual({
    requests: grown('kgw_requests_total'), late: grown('kgw_late_answers_total'), unmatched: grown('kgw_unmatched_answers_total'),
    invalid: error('invalid_response'), offline: error('kiosk_offline'), nobody: error('kiosk_not_found'), json: error('invalid_json'), timeout: error('timeout'),
    online: after.get('kgw_kiosks_online'), kiosks: after.get('kgw_kiosks'), in_flight: after.get('kgw_requests_in_flight'), measured: grown('kgw_request_duration_seconds_count'), payments: grown('kgw_requests_total{operation="payment",outcome="answered"}'), own: grown('kgw_request_own_duration_seconds_count'),
    handshakes: grown('kgw_handshakes_total{result="accepted"}'), store: after.get('kgw_store_up'), reads: grown('kgw_store_read_duration_seconds_count'),
  }, { requests: 29, late: 1, unmatched: 25, invalid: 3, offline: 4, nobody: 5, json: 6, timeout: 1, online: 1, kiosks: 2, in_flight: 1, measured: 25, payments: 25, own: 25, handshakes: 1, store: 1, reads: 1 });
  kiosk.answer(kiosk.messages.entries.at(-1));
  await held;
  await gw.stop();
});

function promtool(text) { return run('promtool', ['check', 'metrics'], { input: text }); }

test('promtool has no complaint, callers make no labels, the older names are there', async () => {
  const gw = await Gateway.start({ env: { METRICS_LEGACY_NAMES: 'true', METRICS_PER_KIOSK: 'true' } });
  const kiosk = await gw.kiosk(sayYes);
  for (let n = 0; n < 30; ++n) assert.equal((await gw.send(kiosk, {}, { op: `mine_${n}` })).status, 200);
  for (let n = 0; n < 5; ++n) await gw.send(await gw.addKiosk(), {}, { op: `never_${n}` });
  const { text } = await gw.get('/metrics');
  assert.deepEqual(await promtool(text), { code: 0, signal: null, stdout: '', stderr: '' });
  assert.notEqual((await promtool(text.replace('# TYPE kgw_kiosks_online gauge', '# TYPE kgw_kiosks_online counter'))).code, 0, 'promtool does complain');
  const samples = parse(text);
  const operations = new Set([...samples.keys()].map((key) => /operation="([^"]*)"/.exec(key)?.[1]).filter(Boolean));
  assert.equal(operations.size, 16);
  assert.ok(operations.has('mine_10') && !operations.has('mine_11') && !operations.has('never_0'));
  assert.equal(samples.get('kgw_requests_total{operation="other",outcome="answered",result="success"}'), 19);
  for (const [name, value] of Object.entries({ ws_active_connections: 1, ws_messages_sent_total: 30, ws_messages_received_total: 30, ws_message_latency_seconds_count: 30,
    'ws_errors_total{error_type="kiosk_offline"}': 5, kiosks_online: 1, kiosks_total: 6 })) assert.equal(samples.get(name), value, name);
  assert.ok(samples.has('server_uptime_seconds') && samples.get('process_resident_memory_bytes') > 1e6 && samples.get('process_open_fds') > 5);
  assert.ok(Math.abs(samples.get('process_start_time_seconds') - Date.now() / 1000) < 120);
  await gw.stop();
});

test('three series a kiosk, when asked for; those of a removed one end', async () => {
  const gw = await Gateway.start({ env: { METRICS_PER_KIOSK: 'true' } });
  const kiosk = await gw.kiosk(sayYes);
  const offline = await gw.addKiosk();
  await gw.send(kiosk);
  await gw.send(offline);
  const of = async ({ id }) => [...parse((await gw.get('/metrics')).text)].filter(([key]) => key.includes(`kiosk_id="${id}"`)).map(([, value]) => value);
  assert.deepEqual(await of(kiosk), [1, 1, 0]);
  assert.deepEqual(await of(offline), [0, 0, 0]);
  assert.equal((await gw.api('DELETE', `/api/kiosks/${kiosk.id}`)).status, 200);
  await gw.waitLog('kiosk_disconnected');
  assert.deepEqual(await of(kiosk), []);
  assert.deepEqual(await of(offline), [0, 0, 0]);
  await gw.stop();
});

test('a connection that was replaced takes nothing of the new one along when it ends', async () => {
  const gw = await Gateway.start({ env: { METRICS_PER_KIOSK: 'true', ALLOW_DUPLICATE_CONNECTIONS: 'true' } });
  const first = await gw.kiosk(sayYes);
  const second = await gw.kiosk(sayYes, { of: first });
  await first.closedWithin();
  await gw.waitLog('kiosk_disconnected');
  const up = async () => parse((await gw.get('/metrics')).text).get(`kgw_kiosk_up{kiosk_id="${first.id}"}`);
  assert.equal(await up(), 1);
  second.drop();
  await until('it is down', async () => await up() === 0);
  await gw.stop();
});

test('past the cap kiosks have no series, and how many is told', async () => {
  const gw = await Gateway.start({ env: { METRICS_PER_KIOSK: 'true' } });
  await gw.addKiosks(3010);
  const samples = parse((await gw.get('/metrics')).text);
  assert.equal([...samples.keys()].filter((key) => key.startsWith('kgw_kiosk_up{')).length, 3000);
  assert.equal(samples.get('kgw_kiosks_without_series'), 10);
  await gw.stop();
});
