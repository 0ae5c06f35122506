// What `kiosk-gateway demo` and `serve` print for the person who started them: each line, run as it is, does what is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import { Gateway, UUIDV7, binary, cleanEnv, run, startProcess, tempDir, until, within } from './harness.mjs';

async function demo(...args) { return demoIn(tempDir(), {}, ...args); }
async function demoIn(dir, env, ...args) {
  const child = startProcess(binary, ['demo', ...args], { cwd: dir, env: cleanEnv({ PORT: '0', HOST: '127.0.0.1', ...env }), stdio: ['ignore', 'pipe', 'pipe'] });
  const self = { child, dir, text: '', async stop() {
    child.kill('SIGINT');
    assert.deepEqual(await within(child.exited, 'Ctrl-C ends all of it'), { code: 0, signal: null }, self.text);
  } };
  child.exited.then(() => { self.ended = true; });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { self.text += text; });
  // The line as a person would copy it: a backslash at its end goes on.
  self.line = await until('the curl line', () => {
    assert.ok(!self.ended, `it ended: ${self.text}`);
    return /^[ \t]*(curl (?:[^\n]*\\\n)*[^\n]*[^\\\n])\n/m.exec(self.text)?.[1];
  });
  self.pay = async () => {
    const { code, stdout, stderr } = await run('bash', ['-c', self.line], { cwd: tempDir() });
    return { code, stdout, stderr };
  };
  return self;
}

test('the curl line answers with a transaction', async () => {
  const self = await demo();
  assert.match(self.line, /Header-Kiosk-Id: kiosk_001/i);
  assert.match(self.line, /\/send/);
  for (let n = 0; n < 2; ++n) {
    const { code, stdout, stderr } = await self.pay();
    assert.equal(code, 0, stderr);
    const json = JSON.parse(stdout);
    assert.match(json.request_id, UUIDV7);
    assert.equal(json.status, 'success');
    assert.match(json.transaction_id, /^TXN\w+$/);
  }
  await self.stop();
});

test('several kiosks, and again on the same data', async () => {
  const self = await demo('--kiosks', '3');
  const url = /https?:\/\/[^/\s'"]+/.exec(self.line)[0];
  await until('three are online', async () => JSON.parse((await run('curl', ['-s', `${url}/health`])).stdout).active_kiosks === 3);
  const third = { ...self, line: self.line.replace('kiosk_001', 'kiosk_003') };
  const { stdout } = await run('bash', ['-c', third.line]);
  assert.equal(JSON.parse(stdout).status, 'success');
  await self.stop();
});

test('faults on demand', async () => {
  for (const [fault, expected] of [['mute', /timeout/], ['wrong-id', /timeout/], ['duplicate', /success/], ['late', /timeout/]]) {
    const self = await demo('--fault', fault);
    const line = self.line.replace('curl ', "curl -H 'Header-Timeout: 1' ");
    const { stdout } = await run('bash', ['-c', fault === 'duplicate' ? self.line : line]);
    assert.match(stdout, expected, `${fault}: ${stdout}`);
    assert.deepEqual([...self.text.matchAll(/^ *Fault on: ([a-z-]+): \w.+\.$/gm)].map(([, name]) => name), [fault]);
    assert.match(self.text, new RegExp(`The line above, with the fault ${fault}: `));
    await self.stop();
  }
});

// The rest of the first line in `text` that begins with the program's name and `words`, the program's name included.
const printed = (text, words) => {
  const line = text.split('\n').map((each) => each.replace(/^[^/]*: +/, '').trim()).find((each) => each.startsWith(`${binary} ${words}`));
  assert.ok(line, `a line with ${words}: ${text}`);
  return line;
};

test('the link to the dashboard logs in as an administrator, once', async () => {
  const self = await demo();
  const [, url, code] = /^ *(http:\S+)\/dashboard#code=(\S+)$/m.exec(self.text);
  const logIn = () => fetch(`${url}/dashboard/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
  const first = await logIn();
  assert.equal(first.status, 200);
  assert.equal((await first.json()).read_only, false);
  assert.equal((await logIn()).status, 401);
  const another = await run('bash', ['-c', printed(self.text, 'dashboard-link')], { cwd: self.dir });
  assert.match(another.stdout, /\/dashboard#code=\S+/, another.stderr);
  await self.stop();
});

test('what to try next: a decline, a late answer, the list of requests', async () => {
  const self = await demo();
  assert.match(self.text, /No fault is on/);
  const [, sum] = /A decline: .*"sum":(\d+)/.exec(self.text);
  const declined = await run('bash', ['-c', self.line.replace('"sum":1000', `"sum":${sum}`)]);
  const { status, reason } = JSON.parse(declined.stdout);
  assert.deepEqual([status, reason], ['declined', 'insufficient_funds']);

  const [, header] = /A late answer: add (-H '.*?')/.exec(self.text);
  const late = JSON.parse((await run('bash', ['-c', self.line.replace('curl ', `curl ${header} `)])).stdout);
  assert.equal(late.error, 'timeout');
  const show = printed(self.text, 'requests show').replace('REQUEST_ID', late.request_id);
  await until('the late answer', async () => {
    const { code, stdout, stderr } = await run('bash', ['-c', show], { cwd: self.dir });
    assert.equal(code, 0, stderr);
    return /TXN\w+/.test(stdout) && /late/.test(stdout);
  });
  const list = await run('bash', ['-c', printed(self.text, 'requests list')], { cwd: self.dir });
  assert.ok(list.stdout.includes(late.request_id), list.stdout + list.stderr);
  await self.stop();
});

test('serve says where the dashboard is and how to make a key: to a person on a terminal, and in the log', async () => {
  const dir = tempDir();
  const env = cleanEnv({ PORT: '0', HOST: '127.0.0.1' });
  const terminal = startProcess('script', ['-qec', `echo pid $$; exec ${binary} serve`, '/dev/null'], { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  terminal.stdout.setEncoding('utf8').on('data', (more) => { text += more.replaceAll('\r', ''); });
  const pid = await until('the gateway runs', () => /^pid (\d+)$/m.exec(text)?.[1]);
  try {
    await until('what to do next', () => text.includes('kiosk add'));
    const [, url] = /^ *The dashboard: +(http:\S+)\/dashboard$/m.exec(text);
    assert.equal((await fetch(`${url}/dashboard`)).status, 200);
    const made = await run('bash', ['-c', printed(text, 'key add').replace('NAME', 'till')], { cwd: dir });
    assert.match(made.stdout, /kgw_\S+/, made.stderr);
    const link = await run('bash', ['-c', printed(text, 'dashboard-link')], { cwd: dir });
    assert.ok(link.stdout.includes(`${url}/dashboard#code=`), link.stdout + link.stderr);
  } finally {
    process.kill(Number(pid), 'SIGTERM');
  }
  await within(terminal.exited, 'it ends');

  const piped = await Gateway.start({ env: { ALLOW_UNAUTHENTICATED_SEND: 'false' } });
  assert.equal((await piped.waitLog('listening')).dashboard, `${piped.url}/dashboard`);
  assert.match((await piped.waitLog('no_key_may_send')).what_to_do, /kiosk-gateway key add/);
  await piped.stop();
});

const demoEnds = (dir, env) => run(binary, ['demo'], { cwd: dir, env: { PORT: '0', HOST: '127.0.0.1', ...env } });

test('the line goes on when keys are made, also from elsewhere, and its key ends with the demo', async () => {
  const self = await demo();
  const url = /https?:\/\/[^/\s'"]+/.exec(self.line)[0];
  const cli = (...args) => run(binary, args, { cwd: self.dir, env: { GATEWAY_URL: url } });
  const made = await cli('key', 'add', 'till');
  assert.equal(made.code, 0, `the commands find the demo's key: ${made.stderr}`);
  assert.equal(JSON.parse((await self.pay()).stdout).status, 'success');
  // What comes from outside a container does not come from 127.0.0.1; a proxy's field has the same effect.
  const outside = await run('bash', ['-c', self.line.replace('curl ', "curl -H 'X-Forwarded-For: 192.0.2.1' ")]);
  assert.equal(JSON.parse(outside.stdout).status, 'success', outside.stdout);
  const keyless = self.line.replace(/-H 'Authorization[^']*' \\\n/, '');
  assert.notEqual(keyless, self.line);
  assert.equal(JSON.parse((await run('bash', ['-c', keyless])).stdout).status, 'success', 'on this machine the demo asks for no key');
  await self.stop();

  const key = /Bearer (kgw_\S+)'/.exec(self.line)[1];
  const after = await Gateway.start({ dir: self.dir, env: { DATA_DIR: path.join(self.dir, 'demo-data'), REDIS_URL: '' } });
  assert.equal((await after.get('/api/kiosks', { key })).status, 401);
  const { keys } = (await after.api('GET', '/api/keys')).json;
  assert.deepEqual(keys.map(({ name }) => name), ['till']);
  await after.stop();
});

test('its state is in a folder of its own, and never in a real gateway\'s', async () => {
  const self = await demo();
  await self.pay();
  await self.stop();
  assert.ok(!fs.existsSync(path.join(self.dir, 'data')));
  assert.ok(fs.existsSync(path.join(self.dir, 'demo-data', 'gateway.db')));
  await (await demoIn(self.dir, {})).stop();

  const real = await Gateway.start({ env: { REDIS_URL: '' } });
  await real.addKiosk({ id: 'kiosk_001', name: 'Main street' });
  await real.stop();
  const refused = await demoEnds(real.dir, { DATA_DIR: real.dataDir });
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /real gateway/);
  assert.match(refused.stderr, /--data-dir/);
});

test('a kiosk of that name that is none of the demo\'s: exit 1, and the name of what is in the way', async () => {
  const self = await demo();
  await self.stop();
  const inside = await Gateway.start({ dir: self.dir, env: { DATA_DIR: path.join(self.dir, 'demo-data'), REDIS_URL: '' } });
  assert.equal((await inside.api('PATCH', '/api/kiosks/kiosk_001', { name: 'Main street' })).status, 200);
  await inside.stop();
  const refused = await demoEnds(self.dir, {});
  assert.equal(refused.code, 1, refused.stdout + refused.stderr);
  assert.match(refused.stderr, /kiosk_001/);
});
