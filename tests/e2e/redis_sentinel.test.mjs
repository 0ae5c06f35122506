// Sentinels: the master dies, a replica takes its place, the gateway follows. What a failover may lose, and that it
// loses nothing when a record counts only with a replica's word (REDIS_WAIT_REPLICAS).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, pace, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RedisServer } from './redis.mjs';

async function failover(t, { replicas, wait, planned = false }) {
  const options = ['--repl-diskless-sync-delay', '0'];
  const master = await RedisServer.start({ options });
  const others = [];
  for (let i = 0; i < replicas; ++i) others.push(await RedisServer.start({ options: [...options, '--replicaof', '127.0.0.1', String(master.port)] }));
  const sentinels = [];
  for (let i = 0; i < 3; ++i) sentinels.push(await RedisServer.sentinel(master));
  for (const sentinel of sentinels)
    await until('the sentinels know all', async () => {
      const text = await sentinel.command('INFO', 'sentinel').catch(() => '');
      return text.includes(`slaves=${replicas},sentinels=3`);
    }, 20000);
  for (const other of others)
    await until('the replica has caught up', async () => (await other.command('INFO', 'replication')).includes('master_link_status:up'));

  const hosts = sentinels.map((one) => `127.0.0.1:${one.port}`).join(',');
  const gw = await Gateway.start({ env: master.settings({ REDIS_URL: `redis+sentinel://${hosts}/kgw/0`, REDIS_WAIT_REPLICAS: String(wait) }) });
  assert.equal((await gw.get('/health')).json.durability, wait ? 'strict' : 'weak');
  const kiosk = await gw.kiosk(sayYes, { max_in_flight: 50 });
  const told = new Map();  // request id -> HTTP status
  let stop = false, lastGood = 0;
  const worker = async () => {
    while (!stop) {
      const answer = await gw.send(kiosk, {}, { timeout: 60 });  // sentinels whose votes were split vote again 6 s later
      assert.ok([200, 503].includes(answer.status), answer.text);
      if (answer.json.request_id) told.set(answer.json.request_id, answer.status);
      if (answer.status === 200) lastGood = Date.now();
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  await until('it runs', () => told.size > 300);
  const began = Date.now();
  if (planned) {
    assert.equal(await sentinels[0].command('SENTINEL', 'FAILOVER', 'kgw'), '+OK\r\n');
    await gw.waitLog('store_failed', ({ why }) => /sentinels name another master|READONLY|closed|replicas/.test(why));
    await gw.waitLog('store_recovered');
  } else {
    await master.end();
  }
  await until('an answer after the failover', () => lastGood > began + 500);
  const gap = Date.now() - began;
  const good = () => [...told.values()].filter((status) => status === 200).length;
  const more = good() + 200;
  await until('it goes on', () => good() > more);
  stop = true;
  await Promise.all(workers);

  let lost = 0;
  const executed = new Set(kiosk.messages.entries.map((message) => message.request_id));
  assert.equal(executed.size, kiosk.messages.entries.length, 'no request was sent twice');
  for (const [id, status] of told) {
    const seen = await gw.get(`/requests/${id}`);
    if (status === 503) {
      assert.ok(!executed.has(id), `refused and sent: ${id}`);
      assert.ok(seen.status === 404 || seen.json.state === 'rejected', seen.text);
    } else if (seen.status === 404 || seen.json.state === 'dispatched') {
      ++lost;
    } else {
      assert.equal(seen.json.state, 'answered', seen.text);
    }
  }
  t.diagnostic(`${gap} ms from the master's end to the next answer; ${lost} of ${good()} answered requests lost by Redis`);
  pace('the failover', gap, 10_000);
  assert.equal(gw.logged('kiosk_disconnected').length, 0, 'kiosks stay connected');
  assert.equal((await gw.get('/health')).json.status, 'healthy');
  await gw.stop();
  for (const server of [...sentinels, ...others, ...(planned ? [master] : [])]) await server.end();
  return lost;
}

test('failover to a replica: followed within seconds; what is lost is at most what was on its way to the replica', async (t) => {
  assert.ok(await failover(t, { replicas: 1, wait: 0 }) <= 16);
});

test('a planned failover (SENTINEL FAILOVER) loses nothing that was told, and the promise is weak', async (t) => {
  assert.equal(await failover(t, { replicas: 1, wait: 0, planned: true }), 0);
});

test('failover with REDIS_WAIT_REPLICAS=1 loses nothing that was told', async (t) => {
  assert.equal(await failover(t, { replicas: 2, wait: 1 }), 0);
});
