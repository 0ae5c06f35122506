// The gateway killed under load, on both stores (kill_under_load.mjs). KGW_KILLS: how often; `make kill` has more. Both
// stores are slow: what is shown before it is recorded shall have time to be seen.
import { test } from 'node:test';
import { preload } from './harness.mjs';
import { check, killUnderLoad } from './kill_under_load.mjs';
import { RedisProxy, RedisServer } from './redis.mjs';

const kills = Number(process.env.KGW_KILLS ?? 3);

test('killed under load, the state on disk', async (t) => {
  const run = await killUnderLoad({ kills, settings: () => preload('libslow_sync.so', { SLOW_SYNC_MS: '10' }) });
  t.diagnostic(`${kills} kills: ${JSON.stringify(await check(run))}`);
  await run.gw.stop();
});

test('killed under load, the state in Redis', async (t) => {
  const server = await RedisServer.start();
  const proxy = await RedisProxy.start(server.port);
  proxy.wayMs = 15;
  const run = await killUnderLoad({ kills, settings: () => server.settings({ REDIS_URL: proxy.url }) });
  proxy.wayMs = 0;  // the books are checked at full speed
  t.diagnostic(`${kills} kills: ${JSON.stringify(await check(run))}`);
  await run.gw.stop();
  proxy.close();
  await server.end();
});
