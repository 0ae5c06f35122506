// Two gateways on one Redis: one serves, the other waits and takes over; and one that was stopped and comes back too
// late does no harm. PROTOCOL.md 1.2, "epoch, lease and deadline are looked at once more right before the write".
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError, pace, until, within } from './harness.mjs';
import { Kiosk, sayYes } from './kiosk.mjs';
import { RedisProxy, RedisServer } from './redis.mjs';

const ready = (gw) => until('it serves', async () => (await gw.get('/health/ready')).status === 200);

// A second one, that waits and says for whom.
async function waiting(server, node) {
  const gw = await Gateway.start({ env: server.settings({ NODE_ID: node }) });
  const health = await gw.get('/health');
  assert.deepEqual([health.status, health.json.status], [503, 'degraded']);
  assert.match(health.json.message, /another gateway \(first\) is using this Redis/);
  return gw;
}
// It is let in and works there.
async function moveTo(gw, of) {
  const kiosk = await gw.kiosk(sayYes, { of });
  assert.equal((await gw.send(kiosk)).status, 200);
  return kiosk;
}

test('a second gateway waits, does no harm, and takes over from one that died within its lease, from one that left at once', async (t) => {
  const server = await RedisServer.start();
  const first = await Gateway.start({ env: server.settings({ NODE_ID: 'first' }) });
  const kiosk = await first.kiosk(sayYes);
  const done = (await first.send(kiosk)).json;
  const second = await waiting(server, 'second');
  const refused = await new Kiosk(second, kiosk.id, kiosk.token).settled;
  assert.equal(refused.refused, 503);
  assertError(await second.send(kiosk), 503, 'store_unavailable');
  assert.equal((await first.send(kiosk)).status, 200, 'the first one does not notice');
  kiosk.handler = undefined;
  const lost = first.send(kiosk, {}, { timeout: 60 });
  const last = await until('it is there', () => kiosk.messages.entries[2]);

  let began = Date.now();
  first.kill('SIGKILL');
  await assert.rejects(lost);
  await ready(second);
  const died = Date.now() - began;
  assert.ok(died > 3000, `${died} ms`);
  pace('a lease that ran out', died, 6500);
  const again = await moveTo(second, kiosk);
  assert.deepEqual((await second.request(done.request_id)).response, done);
  assert.equal((await second.request(last.request_id)).state, 'dispatched');
  again.answer(last, { after: 'the takeover' });
  await until('the kiosk\'s answer counts here', async () => (await second.request(last.request_id)).state === 'answered');
  assert.ok(again.messages.entries.every((message) => message.request_id !== last.request_id), 'not sent again');

  const third = await Gateway.start({ env: server.settings({ NODE_ID: 'third' }) });
  assert.match((await third.get('/health')).json.message, /another gateway \(second\)/);
  began = Date.now();
  second.kill('SIGTERM');
  await ready(third);
  const left = Date.now() - began;
  pace('a lease that was given back', left, 2000);
  t.diagnostic(`after SIGKILL it served in ${died} ms, after SIGTERM in ${left} ms`);
  await moveTo(third, kiosk);
  await second.stop();
  await third.stop();
  await server.end();
});

test('a gateway that was stopped for longer than its lease writes no frame, and ends', async () => {
  const server = await RedisServer.start();
  const proxy = await RedisProxy.start(server.port);
  const first = await Gateway.start({ env: server.settings({ REDIS_URL: proxy.url, NODE_ID: 'first' }) });
  const kiosk = await first.kiosk(sayYes);
  assert.equal((await first.send(kiosk)).status, 200);
  const second = await waiting(server, 'second');
  // The record is written, and the gateway is stopped before it hears of it.
  proxy.hold('between the record and the frame');
  const call = first.send(kiosk, { n: 'between the record and the frame' }, { timeout: 60 }).catch(() => null);
  await until('it is recorded', () => proxy.held);
  first.kill('SIGSTOP');
  proxy.release();
  const members = (await server.command('ZRANGEBYLEX', 'kgw:open', '-', '+')).split('\r\n');
  const id = members.find((member) => member.endsWith(`:${kiosk.id}`)).split(':')[0];
  await ready(second);
  assert.equal((await second.request(id)).state, 'dispatched', 'for all that the second can know');
  first.kill('SIGCONT');
  const answer = await call;  // told what the second will say, or cut off by its end
  if (answer) assertError(answer, 504, 'timeout', { kiosk_id: kiosk.id });
  assert.deepEqual(await within(first.exited, 'it ends'), { code: 1, signal: null });
  first.checkOutput();
  assert.equal(first.logged('store_taken_over').length, 1);
  await first.waitLog('store_failed', (line) => /another gateway.* has taken over/.test(line.why));
  await kiosk.closedWithin();
  assert.equal(kiosk.messages.entries.length, 1, 'the frame was not written');
  const again = await moveTo(second, kiosk);
  assert.equal(again.messages.entries.length, 1);
  await second.stop();
  proxy.close();
  await server.end();
});

// It alone can write again what is lost; a second one that came first would serve an empty Redis.
test('a second gateway leaves an emptied Redis to the first', async () => {
  const server = await RedisServer.start();
  const first = await Gateway.start({ env: server.settings({ NODE_ID: 'first' }) });
  const kiosk = await first.kiosk(sayYes);
  const second = await waiting(server, 'second');
  const heard = async (what) => {
    const { status, json } = await second.get('/health');
    assert.equal(status, 503, 'it waits');
    return what.test(json.message);
  };
  first.kill('SIGSTOP');  // so that the second one is the first to see it
  await server.command('FLUSHALL');
  await until('the second one has seen it', () => heard(/this Redis was emptied/));
  first.kill('SIGCONT');
  await first.waitLog('store_recovered', (line) => line.lost_data);
  await first.waitLog('registry_restored');
  await until('the second one waits for the first again', () => heard(/another gateway \(first\)/));
  assert.equal((await first.send(kiosk)).status, 200);
  assert.equal(first.logged('store_taken_over').length, 0);
  await first.stop();
  await ready(second);
  await moveTo(second, kiosk);
  await second.stop();
  await server.end();
});
