// The gateway killed under load, its state in Redis (kill_under_load.mjs). Redis is far away: what is shown before it is
// recorded shall have time to be seen.
import { test } from 'node:test';
import { check } from './kill_check.mjs';
import { killUnderLoad } from './kill_under_load.mjs';
import { RedisProxy, RedisServer } from './redis.mjs';

const kills = Number(process.env.KGW_KILLS ?? 10);

test('killed under load, the state in Redis', async (t) => {
  const server = await RedisServer.start();
  const proxy = await RedisProxy.start(server.port);
  proxy.wayMs = 15;
  const run = await killUnderLoad({
    kills,
    settings: () => server.settings({ REDIS_URL: proxy.url }),
    died: () => server.command('DEL', 'kgw:lease'),  // as if its five seconds had passed
  });
  proxy.wayMs = 0;  // the books are checked at full speed
  t.diagnostic(`${kills} kills: ${JSON.stringify(await check(run))}`);
  await run.gw.stop();
  await run.receiver.stop();
  proxy.close();
  await server.end();
});
