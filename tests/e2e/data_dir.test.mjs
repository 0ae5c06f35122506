// The journal's files go, come back, are cut or halved under a gateway, and between two; and what backups leave behind.
// PROTOCOL.md 1.2, "Durable before visible". The embedded store, whatever the other tests run on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, assertError, binary, run, tempDir, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

const EMBEDDED = { REDIS_URL: '' };
const start = (options = {}) => Gateway.start({ env: EMBEDDED, ...options });
// A start that must fail; what it says.
async function refused(dir) {
  const gw = await start({ dir, expectListening: false });
  assert.equal((await gw.exited).code, 1);
  return gw.stderr;
}
const health = async (gw) => (await gw.get('/health')).json;

test('DATA_DIR is moved away: 503 within a second, an alert; back again: it heals, and nothing is lost', async () => {
  const gw = await start();
  const till = await gw.kiosk(sayYes);
  const before = await gw.send(till);
  assert.equal(before.status, 200);
  const away = `${gw.dataDir}.away`;
  fs.renameSync(gw.dataDir, away);
  const moved = Date.now();
  await gw.waitLog('store_failed', (line) => /gateway\.db is gone \(removed, moved or unmounted\): put it back/.test(line.why ?? line.detail ?? JSON.stringify(line)));
  assert.ok(Date.now() - moved < 5000, 'noticed with nothing to do');
  assertError(await gw.send(till), 503, 'store_unavailable');
  const sick = await gw.get('/health');
  assert.equal(sick.status, 503);
  assert.equal(sick.json.status, 'degraded');
  assert.ok((await gw.api('GET', '/api/alerts')).text.includes('store_down'));

  // An empty directory in its place, as after an unmount, is not the journal.
  fs.mkdirSync(gw.dataDir);
  fs.writeFileSync(path.join(gw.dataDir, 'gateway.db'), '');
  assertError(await gw.send(till), 503, 'store_unavailable');
  fs.rmSync(gw.dataDir, { recursive: true });
  fs.renameSync(away, gw.dataDir);
  await gw.waitLog('store_recovered');
  await until('it is well', async () => (await health(gw)).status === 'healthy');
  const after = await gw.send(till);
  assert.equal(after.status, 200, after.text);
  for (const answer of [before, after]) assert.equal((await gw.request(answer.json.request_id)).state, 'answered');
  gw.kill('SIGKILL');
  await gw.exited;
  const again = await start({ dir: gw.dir });
  for (const answer of [before, after]) assert.equal((await again.request(answer.json.request_id)).state, 'answered');
  await again.stop();
});

test('DATA_DIR is removed under load: payments are refused, and no answer is told that is not recorded', async () => {
  const gw = await start({ env: { ...EMBEDDED, KIOSK_RESPONSE_TIMEOUT: '2' } });
  const till = await gw.kiosk(sayYes);
  const ends = Array.from({ length: 4 }, async () => {
    for (;;) {
      const answer = await gw.send(till);
      if (answer.status !== 200) return answer;
    }
  });
  await until('payments run', () => till.messages.entries.length > 20);
  fs.rmSync(gw.dataDir, { recursive: true });
  for (const answer of await Promise.all(ends))
    if (answer.status !== 504) assertError(answer, 503, 'store_unavailable');
    else assertError(answer, 504, 'timeout');  // it had been sent; its answer waits for a store
  assertError(await gw.send(till), 503, 'store_unavailable');
  await gw.stop();
});

test('a lock that is removed is taken anew, and a second gateway does not start meanwhile', async () => {
  const gw = await start();
  fs.rmSync(path.join(gw.dataDir, 'lock'));
  assert.match(await refused(gw.dir), /in use by the process with pid|is in use by another program/);
  await gw.waitLog('store_mended', (line) => /lock in \S+ was removed, and the gateway has created it again/.test(line.detail));
  assert.match(await refused(gw.dir), new RegExp(`in use by the process with pid ${gw.pid}`));
  const till = await gw.kiosk(sayYes);
  assert.equal((await gw.send(till)).status, 200);
  assert.equal((await health(gw)).status, 'healthy');
  await gw.stop();
});

test('half a journal stops the start', async () => {
  const gw = await start();
  const till = await gw.kiosk(sayYes);
  const paid = await gw.send(till);
  gw.kill('SIGKILL');
  await gw.exited;
  const log = path.join(gw.dataDir, 'gateway.db-wal');
  fs.renameSync(log, `${log}.away`);
  assert.match(await refused(gw.dir), /did not shut down cleanly[^]*gateway\.db-wal, is missing or empty[^]*Put it back[^]*restore FILE/);
  const doctor = await run(binary, ['doctor', '--json'], { cwd: tempDir(), env: { DATA_DIR: gw.dataDir, PORT: '0', GATEWAY_URL: 'http://127.0.0.1:1' } });
  assert.match(JSON.parse(doctor.stdout).findings.find(({ what }) => what === 'store').text, /gateway\.db-wal, is missing/);
  fs.renameSync(`${log}.away`, log);
  const whole = await start({ dir: gw.dir });
  assert.equal((await whole.request(paid.json.request_id)).state, 'answered');
  await whole.stop();

  const journal = path.join(gw.dataDir, 'gateway.db');
  fs.copyFileSync(journal, `${journal}.kept`);
  fs.truncateSync(journal, 0);
  assert.match(await refused(gw.dir), /gateway\.db is empty, but \S+admin\.key exists/);
  fs.rmSync(journal);
  assert.match(await refused(gw.dir), /gateway\.db is missing, but /);
  assert.ok(!fs.existsSync(journal));

  // Flipped bits: in the header of every page.
  const bytes = fs.readFileSync(`${journal}.kept`);
  for (let at = 4096; at < bytes.length; at += 4096) bytes[at + 3] ^= 0x70;
  fs.writeFileSync(journal, bytes, { mode: 0o600 });
  assert.match(await refused(gw.dir), /is damaged[^]*restore/);
  fs.copyFileSync(`${journal}.kept`, journal);
  const last = await start({ dir: gw.dir });
  assert.equal((await last.request(paid.json.request_id)).state, 'answered');
  await last.stop();
});

test('there is no index of the log that could be cut: no SIGBUS', async () => {
  const gw = await start();
  const till = await gw.kiosk(sayYes);
  assert.equal((await gw.send(till)).status, 200);
  const index = path.join(gw.dataDir, 'gateway.db-shm');
  assert.ok(!fs.existsSync(index));
  fs.writeFileSync(index, '');
  const maps = fs.readFileSync(`/proc/${gw.pid}/maps`, 'utf8');
  assert.ok(!maps.includes('gateway.db'), 'no file of the journal is mapped');
  assert.equal((await gw.send(till)).status, 200);
  await gw.stop();
});

test('what killed backups leave is removed by the next backup, and by the next start', async () => {
  const gw = await start();
  const dir = tempDir();
  const cli = (...args) => run(binary, args, { cwd: dir, env: { DATA_DIR: gw.dataDir, GATEWAY_URL: gw.url } });
  const first = await cli('backup', path.join(dir, 'monday'));
  assert.equal(first.code, 0, first.stderr);
  const left = (where, name) => {
    fs.copyFileSync(path.join(dir, 'monday'), path.join(where, name));
    fs.chmodSync(path.join(where, name), 0o600);
  };
  left(dir, 'sunday.part.2000000000');
  left(gw.dataDir, 'sunday.part.2000000000');
  left(gw.dataDir, 'backup.part.77');
  const second = await cli('backup', path.join(dir, 'tuesday'));
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(fs.readdirSync(dir).sort(), ['monday', 'tuesday']);
  assert.ok(!fs.existsSync(path.join(gw.dataDir, 'backup.part.77')));
  left(gw.dataDir, 'backup.part.78');
  await gw.stop();
  const again = await start({ dir: gw.dir });
  assert.deepEqual(fs.readdirSync(again.dataDir).filter((name) => name.includes('.part.')), []);
  await again.stop();
});
