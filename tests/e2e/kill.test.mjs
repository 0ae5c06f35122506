// The gateway killed under load, its state on disk (kill_under_load.mjs; redis_kill.test.mjs: in Redis). KGW_KILLS: how
// often; `make kill` has more. The disk is slow: what is shown before it is recorded shall have time to be seen.
import { test } from 'node:test';
import { preload } from './harness.mjs';
import { check } from './kill_check.mjs';
import { killUnderLoad } from './kill_under_load.mjs';

const kills = Number(process.env.KGW_KILLS ?? 10);

test('killed under load, the state on disk', async (t) => {
  const run = await killUnderLoad({ kills, settings: () => preload('libslow_sync.so', { SLOW_SYNC_MS: '10' }) });
  t.diagnostic(`${kills} kills: ${JSON.stringify(await check(run))}`);
  await run.gw.stop();
  await run.receiver.stop();
});
