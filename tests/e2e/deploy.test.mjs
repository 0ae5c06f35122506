// What hosting companies and systemd read: it must agree with the program. tools/dockerfile_in_chroot carries the
// Dockerfile out for real; that takes too long for here.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Gateway, binary, buildDir, cleanEnv, run, startProcess, tempDir, until, within } from './harness.mjs';
import { freePort } from './redis.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const LAST_WORDS = 2;  // seconds after DRAIN_TIMEOUT in which the last answers leave

async function drainTimeout() {
  const { stdout } = await run(binary, ['settings', '--env'], { cwd: tempDir() });
  return Number(/^#DRAIN_TIMEOUT=(\d+)$/m.exec(stdout)[1]);
}

test('railway.json and the systemd unit let running payments end', async () => {
  const railway = JSON.parse(read('railway.json'));
  assert.equal(railway.build.builder, 'DOCKERFILE');
  assert.ok(fs.existsSync(path.join(root, railway.build.dockerfilePath)));
  assert.equal(railway.deploy.healthcheckPath, '/health/ready');
  assert.equal(typeof railway.deploy.drainingSeconds, 'number', 'Railway refuses a text');
  const needed = await drainTimeout() + LAST_WORDS;
  assert.ok(railway.deploy.drainingSeconds > needed);
  assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(read('deploy/systemd/kiosk-gateway.service'))[1]) > needed);
});

test('the image starts the gateway itself, not as root, and no shell is in between', () => {
  const last = read('Dockerfile').split(/^FROM /m).at(-1);
  for (const instruction of ['ENTRYPOINT', 'CMD'])
    assert.match(last, new RegExp(`^${instruction} \\[".*"\\]$`, 'm'));
  assert.match(last, /^HEALTHCHECK [^\n]*CMD \["kiosk-gateway", "healthcheck"\]$/m);
  assert.match(last, /^USER (?!root|0)\S+$/m);
  assert.doesNotMatch(last, /^VOLUME/m, 'Railway refuses it');
  const ignored = read('.dockerignore').split('\n');
  for (const name of ['.git', 'data', '.env']) assert.ok(ignored.includes(name), name);
});

test('Procfile\'s line: PORT from the environment, and SIGTERM reaches the gateway', async () => {
  const [, command] = /^web: (.+)$/m.exec(read('Procfile'));
  const cwd = tempDir(), port = await freePort();
  fs.symlinkSync(buildDir, path.join(cwd, 'build'));
  const child = startProcess('/bin/sh', ['-c', command], { cwd, env: cleanEnv({ PORT: String(port), HOST: '127.0.0.1' }), stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  await within(new Promise((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text) => { said += text; if (said.includes('"listening"')) resolve(); });
  }), 'it listens');
  assert.equal((await run(binary, ['healthcheck'], { cwd: tempDir(), env: { PORT: String(port) } })).code, 0);
  process.kill(child.pid, 'SIGTERM');
  assert.deepEqual(await within(child.exited, 'it ends'), { code: 0, signal: null });
});

// What systemd would hear: python3 is the service manager's end, since Node has no such sockets.
test('the gateway tells systemd when it listens and when it stops; the unit waits for that', async () => {
  assert.match(read('deploy/systemd/kiosk-gateway.service'), /^Type=notify$/m);
  const dir = tempDir(), socket = path.join(dir, 'notify');
  const manager = startProcess('/usr/bin/python3', ['-c', 'import socket, sys\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("bound", flush=True)\nwhile True: print(s.recv(100).decode(), flush=True)', socket],
    { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  manager.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
  await until('it is bound', () => said === 'bound\n');
  const gw = await Gateway.start({ env: { NOTIFY_SOCKET: socket } });
  await until('it is told', () => said === 'bound\nREADY=1\n');
  await gw.stop();
  await until('and told again', () => said === 'bound\nREADY=1\nSTOPPING=1\n');
  manager.kill('SIGKILL');
});
