// The gateway killed under load, its state on disk (kill_under_load.mjs; redis_kill.test.mjs: in Redis). KGW_KILLS: how
// often; `make kill` has more.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { preload, run, tempDir, until } from './harness.mjs';
import { check } from './kill_check.mjs';
import { killUnderLoad } from './kill_under_load.mjs';

const kills = Number(process.env.KGW_KILLS ?? 10);

// The disk is slow: what is shown before it is recorded shall have time to be seen.
test('killed under load, the state on disk', async (t) => {
  const load = await killUnderLoad({ kills, settings: () => preload('libslow_sync.so', { SLOW_SYNC_MS: '10' }) });
  t.diagnostic(`${kills} kills: ${JSON.stringify(await check(load))}`);
  await load.gw.stop();
  await load.receiver.stop();
});

// A disk of a size of its own (a tmpfs, where one may be mounted), else a bound for the gateway's files.
// -> {dir, fill(gw), free(gw)}
async function smallDisk(t) {
  const dir = tempDir();
  const ballast = path.join(dir, 'ballast');
  for (const sudo of [[], ['sudo', '-n']]) {
    const [command, ...args] = [...sudo, 'mount', '-t', 'tmpfs', '-o', 'size=24m,mode=0777', 'tmpfs', dir];
    if ((await run(command, args)).code !== 0) continue;
    const [unmount, ...rest] = [...sudo, 'umount', '-l', dir];
    t.after(() => run(unmount, rest));
    const fill = () => {
      const fd = fs.openSync(ballast, 'a');
      try { for (;;) fs.writeSync(fd, Buffer.alloc(1 << 12)); } catch (error) { assert.equal(error.code, 'ENOSPC'); } finally { fs.closeSync(fd); }
    };
    return { kind: 'tmpfs', dir, fill, free: () => fs.rmSync(ballast, { force: true }) };
  }
  const limit = async (gw, bytes) => assert.equal((await run('prlimit', [`--pid=${gw.pid}`, `--fsize=${bytes}:unlimited`])).code, 0);
  return { kind: 'fsize', dir, fill: (gw) => limit(gw, 1), free: (gw) => (gw ? limit(gw, 'unlimited') : undefined) };
}

test('killed while its disk is full, and after it had been', async (t) => {
  const disk = await smallDisk(t);
  const rounds = Math.ceil(kills / 2);
  const during = async (gw, life, books) => {
    const from = books.answers.size;
    await until('it has begun', () => books.answers.size > from + 60);
    await disk.fill(gw);
    await gw.waitLog('store_failed');
    if (life % 2 === 0 && life < rounds) return;  // killed as it is
    await disk.free(gw);
    await gw.waitLog('store_recovered');
  };
  const load = await killUnderLoad({ kills: rounds, dir: disk.dir, settings: () => ({}), during, died: () => disk.free() });
  t.diagnostic(`${rounds} kills, ${disk.kind}: ${JSON.stringify(await check(load))}`);
  assert.ok(load.lives.every((life) => life.logged('store_failed').length > 0), 'each has met a full disk');
  await load.gw.stop();
  await load.receiver.stop();
});
