// Redis gone: absent, killed, silent, full, slow. Nobody is told what is not so, kiosks stay, and it heals by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError, pace, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RedisProxy, RedisServer } from './redis.mjs';

const healthy = (gw, ms = 5000) => until('it is healthy', async () => (await gw.get('/health')).json.status === 'healthy', ms);
const isOut = (gw) => until('the outage shows', async () => {
  const { status, json } = await gw.get('/health');
  return status === 503 && json.status === 'degraded' && json.redis === 'disconnected' && json;
}, 3000);

// Refused, or, when its record may be in Redis, where another gateway may find it by then: unknown.
const unsent = (answer, kiosk) => assertError(answer, ...(answer.status === 504 ? [504, 'timeout'] : [503, 'store_unavailable']), { kiosk_id: kiosk.id });

// All that a gateway must do while Redis is out and after. out() takes it away, back() gives it back; -> milliseconds.
async function outage(gw, { out, back }) {
  const kiosk = await gw.kiosk((message) => message.body.hold ? undefined : sayYes(message));
  assert.equal((await gw.send(kiosk)).status, 200);
  const held = gw.send(kiosk, { hold: true }, { timeout: 30 });
  const request = await until('the held one arrived', () => kiosk.messages.entries[1]);
  const seen = {};
  let began = Date.now();
  await out();
  // Those that are sent before anybody noticed; and the first of those after.
  const first = await Promise.all(Array.from({ length: 5 }, () => gw.send(kiosk)));
  seen.refused = Date.now() - began;
  for (const answer of first) unsent(answer, kiosk);
  const health = await isOut(gw);
  seen.noticed = Date.now() - began;
  assert.match(health.message, /Redis/);
  const then = Date.now();
  assertError(await gw.send(kiosk), 503, 'store_unavailable', { kiosk_id: kiosk.id });
  pace('nobody waits for what is known to be gone', Date.now() - then, 200);
  assertError(await gw.get(`/requests/${request.request_id}`), 503, 'store_unavailable');
  assert.equal((await gw.get('/health/live')).status, 200);
  assert.equal((await gw.api('POST', '/api/kiosks', { id: `late_${kiosk.id}` })).status, 503);
  assert.equal(kiosk.messages.entries.length, 2, 'nothing was sent');
  // An answer that comes meanwhile is held, and told when it is durable.
  let told = false;
  held.then(() => { told = true; }, () => {});
  kiosk.answer(request, { held: 'and kept' });
  await kiosk.settle();
  assert.equal(told, false, 'nothing is told that is not recorded');
  began = Date.now();
  await back();
  seen.back = Date.now() - began;
  assert.equal((await within(held, 'the held answer')).json.held, 'and kept');
  await healthy(gw);
  seen.recovered = Date.now() - began;
  assert.equal(kiosk.ws.readyState, 1, 'kiosks stay connected');
  assert.equal((await gw.send(kiosk)).status, 200);
  assert.equal(kiosk.messages.entries.length, 3);
  assert.equal((await gw.request(request.request_id)).response.held, 'and kept');
  for (const { json } of first.filter((answer) => answer.json.request_id)) {  // refused at the door: it has none
    const now = await gw.get(`/requests/${json.request_id}`);
    assert.ok(now.status === 404 || now.json.state === 'rejected', now.text);
  }
  assert.equal(gw.logged('kiosk_disconnected').length, 0);
  return seen;
}

test('silent (SIGSTOP): noticed within a second, refused within a second, back within five', async (t) => {
  const server = await RedisServer.start();
  const gw = await Gateway.start({ env: server.settings() });
  const seen = await outage(gw, { out: () => server.kill('SIGSTOP'), back: () => server.kill('SIGCONT') });
  t.diagnostic(JSON.stringify(seen));
  pace('refused', seen.refused, 6000);
  pace('recovered', seen.recovered, 5000);
  // Nobody asks for anything: it is noticed all the same.
  const began = Date.now();
  server.kill('SIGSTOP');
  await isOut(gw);
  const noticed = Date.now() - began;
  t.diagnostic(`noticed without a request after ${noticed} ms`);
  pace('noticed', noticed, 1250);  // a second, and a quarter
  server.kill('SIGCONT');
  await healthy(gw);
  await gw.stop();
  await server.end();
});

test('killed and started again', async (t) => {
  const server = await RedisServer.start();
  const gw = await Gateway.start({ env: server.settings() });
  const seen = await outage(gw, { out: () => server.end(), back: () => server.restart() });
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.noticed < 1000 && seen.recovered < 5000 + seen.back, JSON.stringify(seen));
  assert.ok(gw.logged('store_recovered').every((line) => line.lost_data === undefined || line.lost_data === false));
  await gw.stop();
  await server.end();
});

test('out of memory: refused with the reason, and it heals when there is room', async () => {
  const server = await RedisServer.start();
  const gw = await Gateway.start({ env: server.settings() });
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk)).status, 200);
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  assertError(await gw.send(kiosk), 503, 'store_unavailable', { kiosk_id: kiosk.id });
  assert.match((await isOut(gw)).message, /OOM.*maxmemory/);
  await gw.waitLog('store_failed', (line) => /OOM/.test(line.why));
  assert.equal(kiosk.messages.entries.length, 1);
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  await healthy(gw);
  assert.equal((await gw.send(kiosk)).status, 200);
  assert.equal(kiosk.ws.readyState, 1);
  await gw.stop();
  await server.end();
});

test('slow: everybody is answered; too slow is gone, and comes back; nobody storms it', async (t) => {
  const server = await RedisServer.start();
  const proxy = await RedisProxy.start(server.port);
  const gw = await Gateway.start({ env: server.settings({ REDIS_URL: proxy.url }) });
  const kiosk = await gw.kiosk(sayYes);
  proxy.delayMs = 300;
  const began = Date.now();
  const answers = await Promise.all(Array.from({ length: 30 }, () => gw.send(kiosk)));
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  assert.ok(Date.now() - began >= 600, 'a record before the frame, a record before the answer');
  // One by one they would take 18 s.
  assert.ok(Date.now() - began < 15_000, `${Date.now() - began} ms: they share the round trips`);
  assert.equal((await gw.get('/health')).json.status, 'healthy');

  proxy.delayMs = 2000;
  unsent(await gw.send(kiosk), kiosk);
  await isOut(gw);
  const from = proxy.connections.length;
  const since = Date.now();
  await until('it tried again, and again', () => proxy.connections.length >= from + 3);
  const perSecond = (proxy.connections.length - from) / ((Date.now() - since) / 1000);
  t.diagnostic(`${perSecond.toFixed(1)} connections a second while it is out`);
  assert.ok(perSecond < 3, `${perSecond} a second`);
  assert.equal(kiosk.messages.entries.length, 30);
  proxy.delayMs = 0;
  await healthy(gw);
  const after = proxy.connections.length;
  const more = await Promise.all(Array.from({ length: 30 }, () => gw.send(kiosk)));
  for (const answer of more) assert.equal(answer.status, 200, answer.text);
  assert.ok(proxy.connections.length - after <= 2, 'one that writes, one that reads');
  await gw.stop();
  proxy.close();
  await server.end();
});

test('absent at the start: the gateway says so, and is ready when Redis is', async () => {
  const server = await RedisServer.start();
  await server.end();
  const gw = await Gateway.start({ env: server.settings() });
  const health = await gw.get('/health');
  assert.deepEqual([health.status, health.json.status, health.json.redis], [503, 'degraded', 'disconnected']);
  assert.match(health.json.message, /Redis at redis:\/\/127\.0\.0\.1:\d+\/0: Connection refused/);
  assert.equal((await gw.get('/health/live')).status, 200);
  assert.equal((await gw.get('/health/ready')).status, 503);
  assertError(await gw.send('nobody'), 503, 'store_unavailable');
  assert.match((await gw.waitLog('waiting_for_store')).why, /Connection refused/);
  // A person who opens the dashboard is told, in both languages; a program still gets the error.
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const page = await gw.get('/dashboard', { headers: { accept } });
  assert.deepEqual([page.status, page.headers['content-type'], page.headers['retry-after'], page.headers.refresh], [503, 'text/html; charset=utf-8', '5', '5']);
  assert.match(page.text, /is waiting for its store[^]*ждёт хранилище[^]*Redis at redis:\/\/127\.0\.0\.1:\d+\/0: Connection refused/);
  assert.doesNotMatch(page.text, /<script|<style|style=/);
  assert.equal(page.headers['cache-control'], 'no-store');
  assert.equal((await gw.call('HEAD', '/dashboard', { headers: { accept } })).headers['content-length'], String(page.body.length));
  for (const [path, headers] of [['/dashboard', {}], ['/dashboard', { accept: '*/*' }], ['/api/stats', { accept }]])
    assertError(await gw.get(path, { headers }), 503, 'store_unavailable');
  await server.restart();
  await healthy(gw);
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk)).status, 200);
  const there = await gw.get('/dashboard', { headers: { accept } });
  assert.deepEqual([there.status, there.headers['content-security-policy']], [200, page.headers['content-security-policy']]);
  await gw.stop();
  await server.end();

  const still = await Gateway.start({ env: server.settings() });
  assert.equal((await still.get('/health')).status, 503);
  await still.stop();  // SIGTERM while it waits: exit 0
});

test('REDIS_WAIT_REPLICAS: without its replica it is out and stays out; with it again it serves', async () => {
  const options = ['--repl-diskless-sync-delay', '0'];
  const master = await RedisServer.start({ options });
  const replica = await RedisServer.start({ options: [...options, '--replicaof', '127.0.0.1', String(master.port)] });
  const proxy = await RedisProxy.start(master.port);
  const gw = await Gateway.start({ env: master.settings({ REDIS_URL: proxy.url, REDIS_WAIT_REPLICAS: '1' }) });
  await healthy(gw, 15000);  // as soon as the replica has caught up
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk)).status, 200);
  await replica.end();
  const unsure = await gw.send(kiosk);  // recorded on the master, for all that is known
  assertError(unsure, 504, 'timeout', { kiosk_id: kiosk.id });
  assert.match((await isOut(gw)).message, /only 0 of 1 replicas of Redis keep up/);
  const tries = proxy.connections.length;
  await until('it tried again, and again', () => proxy.connections.length >= tries + 3);
  assert.equal((await gw.get('/health')).status, 503);
  assert.equal(gw.logged('store_recovered').length, 0, 'it does not come and go');
  await replica.restart();
  await healthy(gw, 15000);
  assert.equal((await gw.send(kiosk)).status, 200);
  assert.equal(kiosk.messages.entries.length, 2);
  assert.equal((await gw.request(unsure.json.request_id)).state, 'rejected', 'it never was sent, and that is known by now');
  await gw.stop();
  proxy.close();
  await replica.end();
  await master.end();
});

test('a late answer that comes during an outage is not lost, though nobody here remembers its request', async () => {
  const server = await RedisServer.start();
  let gw = await Gateway.start({ env: server.settings() });
  const silent = await gw.kiosk(undefined);
  const call = gw.send(silent, {}, { timeout: 1 });
  const request = await silent.take();
  assertError(await call, 504, 'timeout');
  await gw.stop();
  gw = await Gateway.start({ env: server.settings(), dir: gw.dir });
  const kiosk = await gw.kiosk(undefined, { of: silent });
  server.kill('SIGSTOP');
  await isOut(gw);
  kiosk.answer(request, { better: 'late' });
  await kiosk.settle();
  server.kill('SIGCONT');
  await gw.waitLog('late_answer');
  const seen = await gw.request(request.request_id);
  assert.deepEqual([seen.state, seen.late, seen.response.better], ['answered', true, 'late']);
  await gw.stop();
  await server.end();
});
