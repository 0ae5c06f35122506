// What the gateway says about itself: one JSON object a line, no secret in any, and never a reason to wait.
// (Gateway.stop() checks every line of every other test as well.)
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, newSecret, until } from './harness.mjs';
import { Kiosk, sayYes } from './kiosk.mjs';
import { RawConnection } from './raw.mjs';

test('no secret in any line, however it came in', async () => {
  const env = { LOG_LEVEL: 'DEBUG', JWT_SECRET: newSecret(), JWT_SECRET_PREVIOUS: newSecret(), ADMIN_API_KEY: newSecret() };
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk(sayYes, { query: true });
  await gw.send(kiosk, {}, { key: gw.adminKey });
  await gw.send(kiosk, {}, { key: newSecret() });
  await gw.get(`/requests/1?key=${gw.adminKey}`);
  await gw.get(`/api/kiosks?token=${kiosk.token}`, { key: gw.adminKey, garbage: true });
  await gw.get(`/${gw.adminKey}`);
  await gw.send(kiosk, {}, { op: 'x'.repeat(65), headers: { 'Header-Order-Id': kiosk.token, Authorization: `Basic ${gw.adminKey}` } });
  for (const token of [`${kiosk.token}x`, env.JWT_SECRET, gw.adminKey]) {
    const bad = new Kiosk(gw, 'x', token, undefined, { query: true });
    await bad.settled;
  }
  const second = new Kiosk(gw, kiosk.id, kiosk.token, undefined, { query: true });
  await second.settled;
  const raw = await RawConnection.open(gw);
  raw.write(`GET /ws?token=${kiosk.token} HTTP/1.1\r\nAuthorization: Bearer ${gw.adminKey}\r\nNo colon ${kiosk.token}\r\n\r\n`);
  await raw.response();
  kiosk.send({ token: kiosk.token });
  kiosk.send(`nonsense ${kiosk.token}`);
  await kiosk.settle();
  await gw.api('POST', `/api/kiosks/${kiosk.id}/token`, { force: true });
  await kiosk.closedWithin();
  await gw.stop();
  assert.ok(gw.lines.length > 8);
});

test('what stands in a line', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes, { name: 'a "name"\u2028 with \\ all' });
  const { json } = await gw.send(kiosk, {}, { op: 'print' });
  await gw.waitConnected(kiosk.id);
  const line = await gw.waitLog('request_finished', (entry) => entry.request_id === json.request_id);
  assert.deepEqual([line.kiosk_id, line.operation, line.result, line.outcome, line.level], [kiosk.id, 'print', 'success', 'known', 'info']);
  assert.ok(line.duration_ms >= 0 && line.gateway_ms >= 0 && line.gateway_ms <= line.duration_ms);
  const raw = gw.lines.find((text) => text.includes(json.request_id));
  assert.match(raw, /^\{"timestamp":"[^"]+","level":"info","event":"request_finished",/);
  assert.ok(gw.logged('gateway_started').length === 1 && gw.logged('kiosk_added').length === 1);
  await kiosk.close();
  await gw.waitLog('kiosk_disconnected', (entry) => entry.kiosk_id === kiosk.id);
  await gw.stop();
});

// A gateway whose "listening" can't be read: started on a port that was free a moment ago.
async function startUnheard(options) {
  const gw = await Gateway.start({ ...options, expectListening: false, env: { ...options.env, PORT: String(await freePort()) } });
  gw.port = Number(gw.settings.PORT);
  await until('it listens', () => gw.get('/health').then((answer) => answer.status === 200, () => false));
  gw.adminKey = fs.readFileSync(path.join(gw.dataDir, 'admin.key'), 'utf8').trim();
  return gw;
}

async function freePort() {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
  });
}

test('LOG_LEVEL=ERROR is quiet', async () => {
  const gw = await startUnheard({ env: { LOG_LEVEL: 'ERROR' } });
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk)).status, 200);
  await gw.stop();
  assert.deepEqual(gw.lines, []);
});

for (const [name, spoil] of [['closed', (gw) => gw.child.stdout.destroy()], ['not read', (gw) => gw.child.stdout.pause()]]) {
  test(`a stdout that is ${name} stops nothing`, async () => {
    const gw = await Gateway.start();
    const kiosk = await gw.kiosk(sayYes);
    spoil(gw);
    for (let round = 0; round < 30; ++round)
      for (const answer of await Promise.all(Array.from({ length: 100 }, () => gw.send(kiosk, {}, { op: 'o'.repeat(64) })))) assert.equal(answer.status, 200);
    assert.equal((await gw.get('/health')).status, 200);
    if (name === 'not read') gw.child.stdout.resume();
    await gw.stop();
  });
}

test('stdout to a full device stops nothing', async () => {
  const full = fs.openSync('/dev/full', 'w');
  const gw = await startUnheard({ stdout: full });
  fs.closeSync(full);
  const kiosk = await gw.kiosk(sayYes);
  for (let n = 0; n < 20; ++n) assert.equal((await gw.send(kiosk)).status, 200);
  await gw.stop();
});

test('a check of ours that failed fails the test that runs it', () => {
  const source = fs.readFileSync(new URL('../../src/base/check.cpp', import.meta.url), 'utf8');
  const line = JSON.parse(`"${/"(\{.*?)\\n"/.exec(source)[1]}"`);  // as the program prints it, but for its %s
  assert.match(line, /check_failed/);
  const says = (stderr) => Object.assign(Object.create(Gateway.prototype), { log: { entries: [] }, lines: [], stderr });
  says('').checkOutput();
  for (const text of [line, `before\n${line}\nafter`, 'SUMMARY: AddressSanitizer: x', 'a.cpp:1: runtime error: x', 'terminate called after'])
    assert.throws(() => says(text).checkOutput(), assert.AssertionError, text);
});
