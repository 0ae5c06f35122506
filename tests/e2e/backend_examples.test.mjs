// The feed's reader and the receiver of callbacks in examples/backends/python, run as they stand there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Gateway, cleanEnv, secret, startProcess, tempDir, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { freePort } from './redis.mjs';

const examples = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../examples/backends/python');
function program(name, args, env) {
  const child = startProcess('/usr/bin/python3', ['-B', path.join(examples, name), ...args], { env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] });
  child.lines = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { const lines = (rest + text).split('\n'); rest = lines.pop(); child.lines.push(...lines); });
  return child;
}

test('the feed\'s reader misses nothing and repeats nothing when it is started again', async () => {
  const gw = await Gateway.start();
  const key = secret((await gw.api('POST', '/api/keys', { name: 'shop', scopes: ['send'] })).json.key);
  const kiosk = await gw.kiosk(sayYes), file = path.join(tempDir(), 'cursor');
  const pay = async (order) => (await gw.send(kiosk, { order_id: order }, { key })).headers['x-request-id'];
  const read = () => program('feed.py', [file], { GATEWAY_URL: gw.url, GATEWAY_KEY: key });
  const first = await pay('a'), one = read();
  await until('the first is read, and its cursor is saved', () => one.lines.length === 1 && fs.existsSync(file));
  const second = await pay('b');
  await until('the second is read', () => one.lines.length === 2);
  await until('and saved', () => fs.readFileSync(file, 'utf8') !== '' && fs.readFileSync(file, 'utf8') >= '2');
  one.kill('SIGKILL');
  const third = await pay('c'), two = read();
  await until('the third is read', () => two.lines.length === 1);
  assert.deepEqual([...one.lines, ...two.lines], [[first, 'a'], [second, 'b'], [third, 'c']].map(([id, order]) => `${id} ${order} answered success`));
  two.kill('SIGKILL');
  await gw.stop();
});

test('the receiver takes what is genuine, once', async () => {
  const port = await freePort(), url = `http://127.0.0.1:${port}/hook`;
  const gw = await Gateway.start({ env: { CALLBACK_ALLOWED_HOSTS: '127.0.0.1', CALLBACK_ALLOW_HTTP: 'true' } });
  const key = secret((await gw.api('POST', '/api/keys', { name: 'shop', scopes: ['send'] })).json.key);
  const signing = secret((await gw.api('POST', '/api/webhook-secrets/shop')).json.secret);
  const receiver = program('callbacks.py', [String(port)], { KIOSK_WEBHOOK_SECRET: signing });
  await until('it listens', () => new Promise((resolve) => { const probe = net.connect(port, '127.0.0.1', () => { probe.destroy(); resolve(true); }).on('error', () => resolve(false)); }));
  const kiosk = await gw.kiosk(sayYes);
  const { headers } = await gw.send(kiosk, {}, { key, headers: { 'Header-Callback-Url': url } });
  await until('it is there', () => receiver.lines.length === 1);
  assert.equal(receiver.lines[0], `${headers['x-request-id']} answered success`);
  await until('it is delivered', async () => (await gw.api('GET', '/api/callbacks')).json.callbacks[0].state === 'delivered');
  const forged = { 'webhook-id': 'x.1', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)), 'webhook-signature': 'v1,AAAA' };
  for (const one of [forged, {}, { ...forged, 'webhook-timestamp': 'now' }]) assert.equal((await fetch(url, { method: 'POST', headers: one, body: '{}' })).status, 401);
  assert.equal(receiver.lines.length, 1);
  receiver.kill('SIGKILL');
  await gw.stop();
});
