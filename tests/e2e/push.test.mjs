// Remote write: to a receiver that takes only what the specification allows, to ones that are ill, to a real
// Prometheus.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, newSecret, pace, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { Prometheus } from './prometheus.mjs';
import { RemoteWriteReceiver, snappyBlock } from './remote_write.mjs';

const START = { METRICS_PER_KIOSK: 'true', GRAFANA_PROMETHEUS_USERNAME: '12345', NODE_ID: 'shop-1' };
const start = (receiver, env = {}) => Gateway.start({ env: { ...START, GRAFANA_PROMETHEUS_URL: receiver.url, GRAFANA_PROMETHEUS_PASSWORD: newSecret(), ...env } });
const find = (push, text) => [...push.series].filter(([key]) => key.includes(text)).map(([, samples]) => samples);

test('a push at once, a last one at the end, with all series ended', async () => {
  const receiver = await RemoteWriteReceiver.start();
  const gw = await start(receiver);
  const first = await receiver.pushes.wait(() => true, 'a push');
  const password = gw.settings.GRAFANA_PROMETHEUS_PASSWORD;
  assert.equal(first.authorization, `Basic ${Buffer.from(`12345:${password}`).toString('base64')}`);
  assert.ok(first.series.size > 150, `${first.series.size} series`);
  const kiosk = await gw.kiosk(sayYes);
  for (let n = 0; n < 3; ++n) await gw.send(kiosk);
  await gw.stop();
  assert.deepEqual(receiver.faults, []);
  const last = receiver.pushes.entries.at(-1);
  for (const [key, samples] of last.series) assert.deepEqual(samples.map(({ stale }) => stale), [false, true], key);
  assert.deepEqual(find(last, '__name__="kgw_requests_total"').flat().map(({ value }) => value).filter((value) => value > 0), [3]);
  assert.equal(find(last, `kiosk_id="${kiosk.id}"`).length, 3);
  for (const key of last.series.keys()) assert.match(key, /instance="shop-1:\d+"/);
  receiver.stop();
});

test('429, 500 and a refused push: tried again as asked, dropped and counted', async () => {
  const receiver = await RemoteWriteReceiver.start();
  receiver.answers.push([429, { 'retry-after': '2' }], 500, 400);
  const gw = await start(receiver);
  const push = (n) => until(`push ${n}`, () => receiver.pushes.entries[n]);
  const [limited, failed, refused] = [await push(0), await push(1), await push(2)];
  assert.ok(failed.at - limited.at >= 1990, 'Retry-After');
  assert.ok(refused.at - failed.at >= 990, 'backoff');
  const stamp = (p) => [...p.series.values()][0][0].at;
  assert.ok(stamp(limited) === stamp(failed) && stamp(failed) === stamp(refused), 'the same push again');
  await gw.waitLog('metrics_push_failed');
  await until('the refused one is counted', async () => {
    const { text } = await gw.get('/metrics');
    return /kgw_push_dropped_total\{to="prometheus"\} 1\n/.test(text) && /kgw_push_failures_total\{to="prometheus"\} 3\n/.test(text) && /kgw_push_waiting\{to="prometheus"\} 0\n/.test(text);
  });
  assert.equal(gw.logged('metrics_push_failed').length, 1, 'once an outage');
  await gw.stop();
  assert.deepEqual(receiver.faults, []);
  receiver.stop();
});

test('Retry-After as a date', async () => {
  const receiver = await RemoteWriteReceiver.start();
  receiver.answers.push([429, { 'retry-after': new Date(Date.now() + 8000).toUTCString() }]);
  const gw = await start(receiver);
  const [limited, again] = [await until('a push', () => receiver.pushes.entries[0]), await until('the same again', () => receiver.pushes.entries[1])];
  assert.ok(again.at - limited.at >= 3000, `${again.at - limited.at} ms: later than without the date`);
  await gw.stop();
  receiver.stop();
});

test('a receiver that hangs holds up nothing, and the end only shortly', async () => {
  const receiver = await RemoteWriteReceiver.start();
  receiver.answers.push('hang', 'hang', 'hang', 'hang');
  const gw = await start(receiver);
  await receiver.pushes.wait(() => true, 'a push');
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk)).status, 200);
  const began = Date.now();
  await gw.stop();
  pace('the end', Date.now() - began, 8000);
  receiver.stop();
});

test('a real Prometheus takes it and knows when it ended', async () => {
  const prometheus = await Prometheus.start();
  const gw = await start(prometheus);
  const kiosk = await gw.kiosk(sayYes);
  await gw.send(kiosk);
  const now = async (expression) => (await prometheus.query(expression))[0]?.value[1];
  await until('the first push is there', async () => (await now('kgw_build_info')) === '1');
  await gw.stop();
  await until('stale', async () => (await prometheus.query('{job="kiosk-gateway"}')).length === 0);
  const answered = 'sum(max_over_time(kgw_requests_total{operation="payment",outcome="answered"}[1m]))';
  assert.equal(await now(answered), '1', 'the last push came');
  await prometheus.stop();
  assert.doesNotMatch(prometheus.stderr, /level=error|remote write/);
});

test('the receiver of these tests is strict', async () => {
  const receiver = await RemoteWriteReceiver.start();
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0', 'user-agent': 'x' };
  const bytes = (field, value) => Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), value]);
  const label = ([name, value]) => bytes(1, Buffer.concat([bytes(1, Buffer.from(name)), bytes(2, Buffer.from(value))]));
  const sample = (at) => {
    const stamp = [];
    for (let v = BigInt(at); ; v >>= 7n) { if (v < 128n) { stamp.push(Number(v)); break; } stamp.push(Number(v & 127n) | 128); }
    return bytes(2, Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0, 16, ...stamp]));
  };
  const block = (raw) => { assert.ok(raw.length > 60 && raw.length < 256); return Buffer.concat([Buffer.from([(raw.length & 127) | 128, raw.length >> 7, 60 << 2, raw.length - 1]), raw]); };
  const names = [['__name__', 'a_metric_with_a_long_name'], ['instance', 'i'], ['job', 'j']];
  const request = (labels, ...times) => block(bytes(1, Buffer.concat([...labels.map(label), ...times.map(sample)])));
  const check = (body, extra = {}) => () => receiver.check({ ...headers, ...extra }, 'POST', body, false);
  const now = Date.now();
  check(request(names, now, now + 1))();
  assert.throws(check(request([names[1], names[0], names[2]], now)), /sorted/);
  assert.throws(check(request([...names, names[2]], now)), /twice/);
  assert.throws(check(request([['__name__', 'a_metric_with_a_long_name'], ['instance', ''], ['job', 'j']], now)), /empty/);
  assert.throws(check(request(names, now, now - 1)), /order/);
  assert.throws(check(request(names, Math.floor(now / 1000))), /milliseconds/);
  assert.throws(check(request(names, now), { 'content-encoding': undefined }), /content-encoding/);
  assert.throws(() => snappyBlock(Buffer.from('ff060000734e61507059010000', 'hex')), /framed/);
  receiver.stop();
});
