// `kiosk-gateway demo`: the line that it prints, run as it is, makes a payment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UUIDV7, binary, cleanEnv, run, startProcess, tempDir, until, within } from './harness.mjs';

async function demo(...args) {
  const dir = tempDir();
  const child = startProcess(binary, ['demo', ...args], { cwd: dir, env: cleanEnv({ PORT: '0', HOST: '127.0.0.1' }), stdio: ['ignore', 'pipe', 'pipe'] });
  const self = { child, text: '', async stop() {
    child.kill('SIGINT');
    assert.deepEqual(await within(child.exited, 'Ctrl-C ends all of it', 20000), { code: 0, signal: null }, self.text);
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
