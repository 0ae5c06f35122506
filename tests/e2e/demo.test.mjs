// `kiosk-gateway demo`: the line that it prints, run as it is, makes a payment.
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
    await self.stop();
  }
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
