// The kiosks of docs/kiosk.md, each in one file, and its card terminal: run as they stand there, against the real gateway.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Gateway, cleanEnv, startProcess, tempDir, until } from './harness.mjs';
import { freePort } from './redis.mjs';

const here = path.dirname(fileURLToPath(import.meta.url)), examples = path.join(here, '../../examples/kiosks');
// A copy beside the tests' packages, where Node finds `ws`.
const copy = fs.mkdtempSync(path.join(here, 'node_modules/.kiosk-'));
fs.copyFileSync(path.join(examples, 'kiosk.mjs'), path.join(copy, 'kiosk.mjs'));
after(() => fs.rmSync(copy, { recursive: true }));
const languages = { python: ['/usr/bin/python3', '-B', path.join(examples, 'kiosk.py')], node: [process.execPath, path.join(copy, 'kiosk.mjs')] };

let terminal, url;
before(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/payment`;
  terminal = startProcess('/usr/bin/python3', ['-B', path.join(examples, 'terminal.py'), String(port)], { env: cleanEnv(), stdio: 'ignore' });
  await until('the terminal listens', () => fetch(url).then(() => true, () => false));
});
after(() => terminal.kill('SIGKILL'));

async function kioskOf(gw, command, { id, token, at = url }) {
  const file = path.join(tempDir(), 'token');
  fs.writeFileSync(file, `${token}\n`);
  const child = startProcess(command[0], [...command.slice(1), `ws://127.0.0.1:${gw.port}/ws`, file, at], { env: cleanEnv(), stdio: 'ignore' });
  const online = () => until(`${id} is online`, async () => (await gw.kioskInfo(id)).online);
  await online();
  return { child, file, online };
}

for (const [language, command] of Object.entries(languages)) {
  test(`${language}: paid, declined, and no terminal there`, async () => {
    const gw = await Gateway.start();
    const one = await gw.addKiosk(), two = await gw.addKiosk();
    const kiosk = await kioskOf(gw, command, one), dead = await kioskOf(gw, command, { ...two, at: `http://127.0.0.1:${await freePort()}/payment` });
    const results = await Promise.all([1000, 100001, 5].map((sum, i) => gw.send(one, { order_id: i, sum })));
    assert.deepEqual(results.map(({ status, headers }) => [status, headers['x-result']]), [[200, 'success'], [200, 'declined'], [200, 'success']]);
    assert.deepEqual([results[0].json.transaction_id, results[0].json.sum], ['TXN0', 1000]);
    assert.equal((await gw.send(two, { order_id: 1, sum: 1 })).headers['x-result'], 'failed');
    for (const { child } of [kiosk, dead]) child.kill('SIGKILL');
    await gw.stop();
  });

  test(`${language}: what the terminal does not say for sure is unknown`, async () => {
    const gw = await Gateway.start();
    const answers = [[500, '{}'], [200, 'not JSON']];
    const bad = http.createServer((request, response) => { const [code, text] = answers.shift(); request.resume(); response.writeHead(code).end(text); });
    await new Promise((resolve) => bad.listen(0, '127.0.0.1', resolve));
    const one = await gw.addKiosk();
    const kiosk = await kioskOf(gw, command, { ...one, at: `http://127.0.0.1:${bad.address().port}/payment` });
    for (const error of ['http_error', 'invalid_response']) {
      const { headers, json } = await gw.send(one, { order_id: 1, sum: 1 });
      assert.deepEqual([headers['x-result'], json.error], ['unknown', error]);
    }
    kiosk.child.kill('SIGKILL');
    bad.close();
    await gw.stop();
  });

  test(`${language}: an answer that has no connection waits for the next one, and a new token is read from the file`, async () => {
    const gw = await Gateway.start();
    let finish, calls = 0;
    const slow = http.createServer((request, response) => { ++calls; request.resume(); finish = () => response.end('{"status":"success"}'); });
    await new Promise((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const one = await gw.addKiosk();
    const kiosk = await kioskOf(gw, command, { ...one, at: `http://127.0.0.1:${slow.address().port}/payment` });
    const paying = gw.send(one, { order_id: 1, sum: 1 });
    await until('the terminal has it', () => calls === 1);
    fs.writeFileSync(kiosk.file, 'not a token');
    assert.equal((await gw.api('POST', `/api/kiosks/${one.id}/kick`)).status, 200);
    await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === one.id);
    const renewed = (await gw.api('POST', `/api/kiosks/${one.id}/token`)).json.token;
    finish();
    fs.writeFileSync(kiosk.file, renewed);
    assert.deepEqual([(await paying).headers['x-result'], calls], ['success', 1]);
    await kiosk.online();
    kiosk.child.kill('SIGKILL');
    slow.close();
    await gw.stop();
  });
}
