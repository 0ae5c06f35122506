// Durability is real: a disk that is slow, full, broken, or taken. PROTOCOL.md 1.2, "Durable before visible".
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, assertError, binary, cleanEnv, pace, preload, run, tempDir, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

test('a disk that takes 200 ms makes an answer take 400 ms: one sync before the frame, one before the answer', async () => {
  const gw = await Gateway.start({ env: preload('libslow_sync.so', { SLOW_SYNC_MS: '200' }) });
  let arrived = 0;
  const kiosk = await gw.kiosk((message) => { arrived = Date.now(); return sayYes(message); });
  for (let n = 0; n < 3; ++n) {
    const began = Date.now();
    assert.equal((await gw.send(kiosk)).status, 200);
    const ended = Date.now();
    assert.ok(arrived - began >= 199, `the frame left after ${arrived - began} ms`);
    assert.ok(ended - arrived >= 199 && ended - began >= 400, `answered ${ended - arrived} ms after the kiosk had said it`);
    pace('two syncs of 200 ms', ended - began, 1500);
  }
  // Group commit: a hundred share the syncs.
  const began = Date.now();
  await Promise.all(Array.from({ length: 100 }, () => gw.send(kiosk)));
  // One by one they would take 40 s.
  assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms for 100`);
  pace('a hundred', Date.now() - began, 5000);
  await gw.stop();
  const off = await Gateway.start({ env: preload('libslow_sync.so', { SLOW_SYNC_MS: '2000', JOURNAL: 'off' }) });
  const fast = await off.kiosk(sayYes);
  const then = Date.now();
  assert.equal((await off.send(fast)).status, 200);
  assert.ok(Date.now() - then < 2000, 'JOURNAL=off waits for no disk');
  await off.stop();
});

// What every broken disk must look like from outside; heal() mends it.
async function brokenDisk(gw, breakIt, healIt) {
  const kiosk = await gw.kiosk((message) => message.body.hold ? undefined : sayYes(message));
  assert.equal((await gw.send(kiosk)).status, 200);
  const held = gw.send(kiosk, { hold: true });
  const before = kiosk.messages.entries.length;
  await until('the held one arrived', () => kiosk.messages.entries.length === 2);
  await breakIt();
  const answers = await Promise.all(Array.from({ length: 10 }, () => gw.send(kiosk)));
  for (const answer of answers) assertError(answer, 503, 'store_unavailable', { kiosk_id: kiosk.id });
  assertError(await gw.send(kiosk), 503, 'store_unavailable', { kiosk_id: kiosk.id });
  assert.ok(before <= 2 && kiosk.messages.entries.length === 2, 'no frame left');
  const health = await gw.get('/health');
  assert.equal(health.json.status, 'degraded');
  assert.ok(!health.text.includes(gw.dir), `open to all, it names no path: ${health.text}`);
  assert.equal((await gw.get('/health/live')).status, 200);
  await gw.waitLog('store_failed');
  assert.equal(kiosk.ws.readyState, 1, 'kiosks stay connected');
  await kiosk.settle();
  // An answer that comes meanwhile is held, and shown when it is recorded.
  kiosk.answer(kiosk.messages.entries[1], { held: 'and kept' });
  await kiosk.settle();
  await healIt();
  const kept = await within(held, 'the held answer');
  assert.equal(kept.json?.held, 'and kept', kept.text);
  await until('it heals', async () => (await gw.get('/health')).json.status === 'healthy');
  const answer = await gw.send(kiosk);
  assert.equal(answer.status, 200, answer.text);
  await gw.waitLog('store_recovered');
  // All that was said is true, in the next life too.
  for (const refused of answers.filter((one) => one.json.request_id)) {
    const seen = await gw.get(`/requests/${refused.json.request_id}`);
    assert.ok(seen.status === 404 || seen.json.state === 'rejected', seen.text);
  }
  await gw.stop();
  const next = await Gateway.start({ dir: gw.dir });
  assert.equal((await next.request(answer.json.request_id)).state, 'answered');
  assert.equal((await next.request(kept.json.request_id)).response.held, 'and kept');
  await next.stop();
}

test('a failing fdatasync: 503, no frame, degraded; and it heals', async () => {
  const flag = path.join(tempDir(), 'fail');
  const gw = await Gateway.start({ env: preload('libfail_sync.so', { FAIL_SYNC_FLAG: flag }) });
  await brokenDisk(gw, () => fs.writeFileSync(flag, ''), () => fs.rmSync(flag));
});

test('a full disk: 503, no frame, degraded; and it heals', async () => {
  // Files may grow to so many bytes and no further, from this moment on.
  const gw = await Gateway.start({ wrapper: ['bash', '-c', 'trap "" XFSZ; exec "$@"', 'bash'] });
  const limit = async (bytes) => {
    const { code, stderr } = await run('prlimit', [`--pid=${gw.pid}`, `--fsize=${bytes}:unlimited`]);
    assert.equal(code, 0, stderr);
  };
  await brokenDisk(gw, () => limit(1), () => limit('unlimited'));
});

test('without the trap a full disk kills nobody either', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await run('prlimit', [`--pid=${gw.pid}`, '--fsize=1:unlimited'])).code, 0);
  assertError(await gw.send(kiosk), 503, 'store_unavailable');
  assert.equal((await gw.api('POST', '/api/kiosks', { id: 'more' })).status, 503, 'nor can kiosks be added');
  assert.equal((await run('prlimit', [`--pid=${gw.pid}`, '--fsize=unlimited:unlimited'])).code, 0);
  await until('it heals', async () => (await gw.send(kiosk)).status === 200);
  await gw.stop();
});

test('JOURNAL_MAX_BYTES: one kiosk leaves room for others; past it 503', async () => {
  const gw = await Gateway.start({ env: { JOURNAL_MAX_BYTES: '4000000' } });
  const kiosk = await gw.kiosk(sayYes);
  const refused = await until('it has its share', async () => {
    const answer = await gw.send(kiosk, { pad: 'x'.repeat(100000) });
    return answer.status === 200 ? null : answer;
  });
  assertError(refused, 503, 'overloaded', { kiosk_id: kiosk.id });
  assert.match(refused.json.message, /JOURNAL_MAX_BYTES/);
  assert.ok(kiosk.messages.entries.length >= 20 && kiosk.messages.entries.length < 40, `${kiosk.messages.entries.length}`);
  const other = await gw.kiosk(sayYes);
  assert.equal((await gw.send(other, {})).status, 200, 'what is left is for others');
  assert.equal((await gw.send(other, { pad: 'x'.repeat(500000) })).status, 200);
  assertError(await until('it is full', async () => {
    const answer = await gw.send(other, {});
    return answer.status === 200 ? null : answer;
  }), 503, 'store_unavailable', { kiosk_id: other.id });
  await gw.stop();
});

async function failsToStart(env, expected, dir = tempDir()) {
  const { code, stdout, stderr } = await run(binary, ['serve'], { env: { PORT: '0', HOST: '127.0.0.1', ...env }, cwd: dir });
  assert.ok([1, 78].includes(code), `exit ${code}: ${stderr}`);
  assert.match(stderr + stdout, expected);
  assert.ok(!/terminate called|Sanitizer/.test(stderr), stderr);
}

test('a DATA_DIR that can not be used stops the start with a clear message', async () => {
  const dir = tempDir();
  fs.writeFileSync(path.join(dir, 'file'), 'not a directory');
  await failsToStart({ DATA_DIR: path.join(dir, 'file', 'data') }, /\/file/);
  await failsToStart({ DATA_DIR: '/proc/kgw' }, /\/proc\/kgw/);
  const broken = path.join(dir, 'broken');
  fs.mkdirSync(broken);
  const first = await Gateway.start({ env: { DATA_DIR: broken } });
  await first.stop();
  const store = fs.readdirSync(broken).filter((name) => !/key|secret|lock/.test(name));
  for (const name of store) fs.writeFileSync(path.join(broken, name), 'this is no database, and it is long enough to be looked at. '.repeat(100));
  await failsToStart({ DATA_DIR: broken }, /broken/);
});

test('a second gateway on the same DATA_DIR is told so, and the first goes on', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  await failsToStart({ DATA_DIR: gw.dataDir }, /(another|already|in use|locked|running)/i);
  assert.equal((await gw.send(kiosk)).status, 200);
  const taken = await run(binary, ['serve'], { env: { ...cleanEnv({}), DATA_DIR: path.join(tempDir(), 'd'), HOST: '127.0.0.1', PORT: String(gw.port) } });
  assert.notEqual(taken.code, 0);
  assert.match(taken.stderr + taken.stdout, new RegExp(String(gw.port)), 'the port is taken, and which');
  await gw.stop();
});
