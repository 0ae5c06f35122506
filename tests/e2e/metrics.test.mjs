// GET /metrics: Prometheus text that parses, and counts that agree with what was sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, until } from './harness.mjs';
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
    const buckets = [...samples].filter(([key]) => key.startsWith(`${name}_bucket{`)).map(([, value]) => value);
    assert.deepEqual(buckets, [...buckets].sort((a, b) => a - b), 'buckets are cumulative');
    assert.equal(buckets.at(-1), samples.get(`${name}_count`), '+Inf is all');
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
  const before = await scrape();
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
  const after = await scrape();
  const grown = (name) => (after.get(name) ?? NaN) - (before.get(name) ?? 0);
  const error = (code) => grown(`kgw_errors_total{code="${code}"}`);
  assert.deepEqual({
    requests: grown('kgw_requests_total'), answers: grown('kgw_answers_total'), late: grown('kgw_late_answers_total'), unmatched: grown('kgw_unmatched_answers_total'),
    invalid: error('invalid_response'), offline: error('kiosk_offline'), nobody: error('kiosk_not_found'), json: error('invalid_json'), timeout: error('timeout'),
    online: after.get('kgw_kiosks_online'), kiosks: after.get('kgw_kiosks'), in_flight: after.get('kgw_requests_in_flight'), measured: grown('kgw_request_duration_seconds_count'),
    handshakes: grown('kgw_handshakes_total'), store: after.get('kgw_store_up'),
  }, { requests: 29, answers: 25, late: 1, unmatched: 25, invalid: 3, offline: 4, nobody: 5, json: 6, timeout: 1, online: 1, kiosks: 2, in_flight: 1, measured: 25, handshakes: 1, store: 1 });
  kiosk.answer(kiosk.messages.entries.at(-1));
  await held;
  await gw.stop();
});
