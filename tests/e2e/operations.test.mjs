// Looking after a gateway on its own machine: healthcheck, doctor, backup and restore, and the warning about a disk that a
// redeploy forgets. The embedded store, whatever the other tests run on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, binary, newSecret, pace, run, tempDir, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

const EMBEDDED = { REDIS_URL: '' };
const start = ({ env, ...options } = {}) => Gateway.start({ env: { ...EMBEDDED, ...env }, ...options });
// A command on the machine of `on`, with its settings.
const cli = (on, ...args) => run(binary, args, { cwd: tempDir(), env: { DATA_DIR: on.dataDir, GATEWAY_URL: on.url, HOST: '127.0.0.1', PORT: String(on.port) } });

let gw;
before(async () => { gw = await start(); });
after(() => gw.stop());

test('healthcheck: 0 and 1 and one line, without any key', async () => {
  const check = (url) => run(binary, ['healthcheck'], { cwd: tempDir(), env: { GATEWAY_URL: url } });
  assert.deepEqual(await check(gw.url), { code: 0, signal: null, stdout: 'ready\n', stderr: '' });
  const byPort = await run(binary, ['healthcheck'], { cwd: tempDir(), env: { PORT: String(gw.port) } });
  assert.equal(byPort.code, 0, 'where PORT says, when GATEWAY_URL is unset');

  const leaving = await start();
  const kiosk = await leaving.kiosk(() => {});
  const sent = leaving.send(kiosk);
  const message = await kiosk.take();
  leaving.kill('SIGTERM');
  await leaving.waitLog('stopping');
  const draining = await check(leaving.url);
  assert.equal(draining.code, 1);
  assert.match(draining.stdout, /^not ready: The gateway is shutting down\.\n$/);
  kiosk.answer(message);
  assert.equal((await sent).status, 200);
  await leaving.stop();  // a second SIGTERM, which may meet the process at its very end: exit code 0 all the same
  const gone = await check(leaving.url);
  assert.equal(gone.code, 1);
  assert.match(gone.stdout, /^not ready: The gateway can't be reached at [^\n]+\n$/);
});

test('doctor beside a gateway that runs, and without one', async () => {
  const look = async (on, expected, ...args) => {
    const { code, stdout, stderr } = await cli(on, 'doctor', '--json', ...args);
    assert.equal(code, expected, stdout + stderr);
    return Object.fromEntries(JSON.parse(stdout).findings.map((one) => [one.what, one]));
  };
  await gw.addKiosk();
  const running = await look(gw, 0);
  assert.deepEqual(Object.keys(running), ['settings', 'port', 'space', 'commit', 'store', 'rights', 'clock', 'files', 'sandbox', 'timeouts']);
  assert.match(running.port.text, /^a gateway, version \d+\.\d+\.\d+, answers at /);
  assert.match(running.store.text, new RegExp(`gateway\\.db is in use by the running gateway \\(pid ${gw.pid}\\)`));
  assert.match(running.commit.text, /^\d+\.\d\d ms median/);
  assert.match(running.files.text, new RegExp(`open files allowed for the running gateway \\(pid ${gw.pid}\\)`));
  // As the kernel shows it: not every kernel grants a filter, and a sanitizer's build asks for none.
  const filtered = /^Seccomp:\s*2$/m.test(fs.readFileSync(`/proc/${gw.pid}/status`, 'utf8'));
  assert.ok(running.sandbox.text.includes(`gets no new rights: yes; starts no programs: ${filtered ? 'yes' : 'no'}; writes in DATA_DIR only: `), running.sandbox.text);
  assert.equal(running.sandbox.verdict, filtered ? 'ok' : 'warn');
  const people = await cli(gw, 'doctor');
  assert.match(people.stdout, /^ok    settings  valid$/m);

  const other = await start();
  await other.stop();
  const stopped = await look(other, 0);
  assert.match(stopped.port.text, /is free; no gateway is running/);
  assert.match(stopped.store.text, /gateway\.db is intact, schema \d+/);
  fs.chmodSync(path.join(other.dataDir, 'jwt.secret'), 0o644);
  const open = (await look(other, 1)).rights;
  assert.deepEqual([open.verdict, open.text.includes('jwt.secret')], ['bad', true]);
  assert.match((await look(gw, 1, '--journal', 'maybe')).settings.text, /JOURNAL: 'maybe' \(flag\) is not allowed/);
});

test('doctor looks at Redis too', async () => {
  const { RedisServer } = await import('./redis.mjs');
  const redis = await RedisServer.start();
  const look = async (url) => {
    const { code, stdout } = await run(binary, ['doctor', '--json'], { cwd: tempDir(), env: { REDIS_URL: url, JWT_SECRET: newSecret(), ADMIN_API_KEY: newSecret(), PORT: '0', GATEWAY_URL: 'http://127.0.0.1:1' } });
    const { verdict, findings } = JSON.parse(stdout);
    return { code, verdict, store: findings.find(({ what }) => what === 'store') };
  };
  const good = await look(redis.url);
  assert.equal(good.code, 0);
  assert.match(good.store.text, /answers as master in \d+\.\d\d ms/);
  assert.equal(good.store.verdict, 'ok');
  await redis.command('CONFIG', 'SET', 'appendfsync', 'everysec');
  const weak = await look(redis.url);
  assert.deepEqual([weak.code, weak.store.verdict], [0, 'warn']);
  assert.match(weak.store.hint, /appendfsync always/);
  await redis.end();
  assert.deepEqual((({ code, store }) => [code, store.verdict])(await look(redis.url)), [1, 'bad']);
});

test('backup under load: no payment waits for it, and all that was told before it is in it', async () => {
  const till = await gw.kiosk(sayYes, { id: 'till' });
  const told = [];
  let going = true;
  let slowest = 0;
  const lanes = Array.from({ length: 4 }, async () => {
    while (going) {
      const began = Date.now();
      const answer = await gw.send(till, { note: 'x'.repeat(20000) });
      slowest = Math.max(slowest, Date.now() - began);
      assert.equal(answer.status, 200, answer.text);
      told.push(answer.json.request_id);
    }
  });
  await until('there is something to copy', () => told.length > 300);
  const before = [...told];
  const file = path.join(tempDir(), 'backup');
  const done = await cli(gw, 'backup', file);
  going = false;
  await Promise.all(lanes);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^Backed up to \S+ \(kiosks: \d+, requests: \d+, \d+ KB\)\.$/m);
  assert.ok(told.length > before.length, 'payments went on');
  pace('the slowest payment', slowest, 5000);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  assert.ok(!done.stdout.includes(gw.adminKey));
  const twice = await cli(gw, 'backup', file);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /already exists/);

  // Not under a gateway, not over a state; then on another machine, where the kiosk's token and the key go on.
  const here = await cli(gw, 'restore', file, '--force');
  assert.equal(here.code, 1);
  assert.match(here.stderr, new RegExp(`in use by the process with pid ${gw.pid}`));
  const dir = tempDir();
  const there = { dataDir: path.join(dir, 'data'), url: gw.url, port: 0 };
  const restored = await cli(there, 'restore', file);
  assert.equal(restored.code, 0, restored.stderr);
  const over = await cli(there, 'restore', file);
  assert.equal(over.code, 1);
  assert.match(over.stderr, /--force/);
  const moved = await start({ dir });
  assert.equal(moved.adminKey, gw.adminKey);
  for (const id of before) assert.equal((await moved.request(id)).state, 'answered', id);
  till.drop();
  const again = await moved.kiosk(sayYes, { of: { id: 'till', token: till.token } });
  assert.equal((await moved.send(again)).status, 200);
  await moved.stop();
});

test('a backup by root is the gateway\'s when it is restored; an interrupted restore stops the start', async () => {
  const old = await start();
  await old.addKiosk({ id: 'one' });
  const file = path.join(tempDir(), 'backup');
  assert.equal((await cli(old, 'backup', file)).code, 0);
  await old.stop();
  assert.equal((await cli(old, 'restore', file, '--force')).code, 0);
  const aside = fs.readdirSync(old.dataDir).filter((name) => name.startsWith('replaced-'));
  assert.equal(aside.length, 1);
  assert.deepEqual(fs.readdirSync(path.join(old.dataDir, aside[0])).sort().filter((name) => !name.includes('-')), ['admin.key', 'gateway.db', 'jwt.secret']);
  const owner = fs.statSync(old.dataDir).uid;
  for (const name of fs.readdirSync(old.dataDir)) assert.equal(fs.statSync(path.join(old.dataDir, name)).uid, owner, name);

  fs.writeFileSync(path.join(old.dataDir, 'restore.unfinished'), '');
  const stopped = await Gateway.start({ dir: old.dir, env: EMBEDDED, expectListening: false });
  const { code } = await stopped.exited;
  assert.equal(code, 1);
  assert.match(stopped.stderr, /a restore into \S+ was interrupted: run `kiosk-gateway restore FILE` again/);
  assert.equal((await cli(old, 'restore', file)).code, 0, 'it may be repeated without --force');
  const whole = await start({ dir: old.dir });
  assert.equal((await whole.kioskInfo('one')).id, 'one');
  await whole.stop();
});

test('compact: gives the space of an old journal back, on a gateway that is stopped', async () => {
  const old = await start();
  await old.addKiosk({ id: 'one' });
  const refused = await cli(old, 'compact');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Stop that gateway first/);
  await old.stop();
  // As a version before 0.2 made it, with free pages.
  const python = `import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('PRAGMA auto_vacuum=NONE'); db.execute('VACUUM'); db.execute('CREATE TABLE gone(x)')
db.execute('INSERT INTO gone VALUES(zeroblob(8000000))'); db.execute('DROP TABLE gone'); db.execute('PRAGMA journal_mode=DELETE')`;
  const journal = path.join(old.dataDir, 'gateway.db');
  assert.equal((await run('/usr/bin/python3', ['-c', python, journal])).code, 0);
  const vacuumOf = async () => (await run('/usr/bin/python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA auto_vacuum").fetchone()[0])', journal])).stdout.trim();
  assert.ok(fs.statSync(journal).size > 8000000);
  assert.equal(await vacuumOf(), '0');
  const done = await cli(old, 'compact');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /Compacted \S+gateway\.db: 8\.\d MB before, 0\.\d MB now\./);
  assert.ok(fs.statSync(journal).size < 1000000);
  assert.equal(await vacuumOf(), '2');
  const again = await start({ dir: old.dir });
  assert.equal((await again.kioskInfo('one')).id, 'one');
  // After a crash as well: what only its log holds goes into the file.
  await again.addKiosk({ id: 'two' });
  again.kill('SIGKILL');
  await again.exited;
  assert.equal((await cli(old, 'compact')).code, 0);
  const last = await start({ dir: old.dir });
  assert.equal((await last.kioskInfo('two')).id, 'two');
  await last.stop();
});

test('with Redis they say what to do instead', async () => {
  for (const args of [['backup', 'x'], ['restore', 'x']]) {
    const { code, stderr } = await run(binary, args, { cwd: tempDir(), env: { REDIS_URL: 'redis://127.0.0.1:1', JWT_SECRET: newSecret() } });
    assert.equal(code, 1);
    assert.match(stderr, /state is in Redis[^\n]*kiosk-gateway export FILE[^\n]*kiosk-gateway import FILE/);
  }
});

test('a warning at start when the state is on a disk that a redeploy forgets', async () => {
  const memory = fs.mkdtempSync('/dev/shm/kgw-e2e-');
  try {
    const forgetful = await start({ env: { DATA_DIR: memory, RAILWAY_PROJECT_ID: 'p' } });
    const line = await forgetful.waitLog('data_dir_is_forgetful');
    assert.equal(line.level, 'warning');
    assert.match(line.why, /is on memory \(tmpfs\): the next deploy or restart loses the journal/);
    const found = await run(binary, ['doctor', '--json'], { cwd: tempDir(), env: { DATA_DIR: memory, PORT: '0', RAILWAY_PROJECT_ID: 'p' } });
    assert.equal(JSON.parse(found.stdout).findings.find(({ what }) => what === 'space').verdict, 'warn');
    await forgetful.stop();
  } finally {
    fs.rmSync(memory, { recursive: true, force: true });
  }
});
