// The gateway killed under load, on both stores (kill_under_load.mjs). KGW_KILLS: how often; `make kill` has more.
import { test } from 'node:test';
import { check, killUnderLoad } from './kill_under_load.mjs';
import { RedisServer } from './redis.mjs';

const kills = Number(process.env.KGW_KILLS ?? 3);

async function round(t, settings) {
  const run = await killUnderLoad({ kills, settings });
  t.diagnostic(`${kills} kills: ${JSON.stringify(await check(run))}`);
  await run.gw.stop();
}

test('killed under load, the state on disk', async (t) => round(t, () => ({})));

test('killed under load, the state in Redis', async (t) => {
  const server = await RedisServer.start();
  await round(t, () => server.settings());
  await server.end();
});
