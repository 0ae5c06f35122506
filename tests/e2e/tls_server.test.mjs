// The gateway with a certificate of its own: real clients over TLS, what is refused, renewal while kiosks are connected,
// and each fault of the files in words.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { Agent, Terminal } from './agent.mjs';
import { Gateway, binary, run, tempDir, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { certificate } from './tls.mjs';

let gw, files;
const settings = ({ cert, key }) => ({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key });
before(async () => {
  files = await certificate('DNS:localhost');
  gw = await Gateway.start({ env: settings(files), ca: files.ca });
});
after(() => gw.stop());

const curl = (...args) => run('curl', ['-sS', '--cacert', files.ca, ...args]);
const url = (target) => `https://localhost:${gw.port}${target}`;
// What openssl s_client says; `input` is typed into it.
const client = async (args, input = 'Q\n') => {
  const { stdout, stderr } = await run('openssl', ['s_client', '-connect', `localhost:${gw.port}`, '-CAfile', files.ca, ...args], { input });
  return stdout + stderr;
};

test('a payment over TLS: Node, ws and curl', async () => {
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk, { sum: 1 })).json.transaction_id, 'TXN1');
  for (const version of ['--tlsv1.3', '--tls-max']) {
    const args = version === '--tls-max' ? [version, '1.2'] : [version];
    const { code, stdout, stderr } = await curl(...args, '-d', '{"sum":2}', '-H', `Header-Kiosk-Id: ${kiosk.id}`, '-H', 'Header-Operation-Type: payment', '-H', 'Content-Type: application/json', url('/send'));
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).transaction_id, 'TXN1', stdout);
  }
});

test('a mebibyte each way', async () => {
  const kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, status: 'success', text: message.payload?.text ?? 'x'.repeat(1_000_000) }));
  const answer = await gw.send(kiosk, { text: 'y'.repeat(1_000_000) });
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.ok(answer.json.text.length >= 1_000_000);
});

test('a kiosk in Python', async () => {
  const { id, token } = await gw.addKiosk();
  const program = `
import asyncio, json, ssl, sys, websockets
async def main():
    trust = ssl.create_default_context(cafile=sys.argv[1])
    async with websockets.connect(sys.argv[2], ssl=trust, extra_headers={"Authorization": "Bearer " + sys.stdin.readline().strip()}) as ws:
        message = json.loads(await ws.recv())
        await ws.send(json.dumps({"request_id": message["request_id"], "status": "success", "transaction_id": "PY"}))
        await ws.wait_closed()
asyncio.run(main())`;
  const python = run('/usr/bin/python3', ['-c', program, files.ca, `wss://localhost:${gw.port}/ws`], { input: `${token}\n` });
  await gw.waitLog('kiosk_connected', (line) => line.kiosk_id === id);
  assert.equal((await gw.send(id, { sum: 1 })).json.transaction_id, 'PY');
  await gw.api('PATCH', `/api/kiosks/${id}`, { enabled: false });
  await python;
});

test('the agent with wss and a CA of its own', async () => {
  const { id, token } = await gw.addKiosk();
  const terminal = await Terminal.start();
  const agent = new Agent(`wss://localhost:${gw.port}/ws`, token, { routes: [`payment=${terminal.url}/payment`], env: { SSL_CERT_FILE: files.ca } });
  await agent.wait('gateway_connected');
  assert.equal((await gw.send(id, { sum: 1 })).status, 200);
  await agent.stop();
  terminal.close();
});

test('versions, ciphers, ALPN, early data and renegotiation', async () => {
  assert.match(await client(['-tls1_3', '-alpn', 'h2,http/1.1']), /Verification: OK[^]*ALPN protocol: http\/1\.1/);
  assert.match(await client(['-tls1_2']), /Protocol *: TLSv1\.2[^]*Cipher *: ECDHE-ECDSA-AES/);
  assert.match(await client(['-tls1_1', '-cipher', 'ALL@SECLEVEL=0']), /alert protocol version|alert internal error/);
  assert.match(await client(['-tls1_2', '-cipher', 'AES128-SHA256:AES128-SHA']), /handshake failure|no ciphers available/);
  assert.match(await client(['-alpn', 'h2']), /no application protocol/);
  assert.match(await client(['-tls1_2'], 'R\n'), /no renegotiation|NO_RENEGOTIATION/i);
  const ticket = path.join(tempDir(), 'ticket');
  await client(['-tls1_3', '-sess_out', ticket, '-ign_eof'], 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const early = path.join(tempDir(), 'early');
  fs.writeFileSync(early, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  const again = await client(['-tls1_3', '-sess_in', ticket, '-early_data', early]);
  assert.match(again, /Reused, TLSv1\.3/);
  assert.match(again, /Early data was not sent/);
});

test('plain HTTP on the TLS port is told what to do', async () => {
  const { stdout } = await run('curl', ['-sS', '-i', `http://localhost:${gw.port}/health`]);
  assert.match(stdout, /^HTTP\/1\.1 400 [^]*text\/plain[^]*Use https:\/\/ instead of http:\/\//);
});

test('a client that distrusts the certificate is in the log', async () => {
  await run('curl', ['-sS', url('/health')]);
  const line = await gw.waitLog('tls_handshake_failed');
  assert.ok(line.why.length > 0, JSON.stringify(line));
});

test('garbage and cut handshakes leave nothing behind', async () => {
  const hello = await new Promise((resolve) => {
    const server = net.createServer((socket) => socket.once('data', (bytes) => { socket.destroy(); server.close(); resolve(bytes); }));
    server.listen(0, '127.0.0.1', () => tls.connect({ port: server.address().port, host: '127.0.0.1', servername: 'localhost' }).on('error', () => {}));
  });
  const attack = (i) => within(new Promise((resolve) => {
    const socket = net.connect(gw.port, '127.0.0.1', () => {
      const bytes = Buffer.from(hello);
      if (i % 2) bytes[(i * 13) % bytes.length] ^= 1 << i % 8;
      socket.end(i % 3 ? bytes : bytes.subarray(0, 1 + (i % bytes.length)));
    });
    socket.on('error', () => {}).on('close', resolve).resume();
  }), 'it is closed');
  const wave = async (from, count) => { for (let i = from; i < from + count; i += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => attack(i + k))); };
  await wave(0, 500);
  const before = gw.rssBytes();
  await wave(500, 1500);
  const grown = gw.rssBytes() - before;
  assert.ok(grown < 4 << 20, `${grown} bytes more`);
  assert.equal((await gw.get('/health')).status, 200);
});

test('the command line and the health check of this machine', async () => {
  const env = { DATA_DIR: gw.dataDir, GATEWAY_URL: gw.url };
  assert.equal((await run(binary, ['healthcheck'], { cwd: gw.dir, env })).code, 0);
  const { code, stderr } = await run(binary, ['kiosk', 'list'], { cwd: gw.dir, env });
  assert.equal(code, 0, stderr);
});

test('SIGHUP shows a renewed certificate, and drops nobody; a bad one changes nothing', async () => {
  const dir = tempDir();
  const file = (name) => path.join(dir, name);
  const use = (from) => { fs.copyFileSync(from.cert, file('cert.pem')); fs.copyFileSync(from.key, file('key.pem')); };
  use(files);
  const own = await Gateway.start({ env: settings({ cert: file('cert.pem'), key: file('key.pem') }), ca: files.ca });
  const kiosk = await own.kiosk(sayYes);
  const shown = () => within(new Promise((resolve, reject) => {
    const socket = tls.connect({ port: own.port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost' }, () => { resolve(socket.getPeerCertificate().fingerprint256); socket.destroy(); });
    socket.on('error', reject);
  }), 'a certificate is shown');
  const first = await shown();
  const other = await certificate('DNS:localhost');
  fs.copyFileSync(other.cert, file('cert.pem'));  // half of a renewal
  own.kill('SIGHUP');
  const { reason } = await own.waitLog('settings_not_reloaded');
  assert.match(reason, /TLS_KEY_FILE: .* holds a key that does not belong to the certificate/);
  assert.equal(await shown(), first);
  use(other);
  own.kill('SIGHUP');
  await own.waitLog('certificate_renewed');
  assert.notEqual(await shown(), first);
  assert.equal((await own.send(kiosk, { sum: 1 })).json.transaction_id, 'TXN1', 'the kiosk is connected still');
  assert.equal(own.logged('kiosk_disconnected').length, 0);
  await own.stop();
});

test('every fault of the files is a sentence, and the gateway does not start', async () => {
  const dir = tempDir();
  const text = path.join(dir, 'text');
  fs.writeFileSync(text, 'hello\n');
  const other = await certificate('DNS:localhost');
  const cases = [
    [{ TLS_CERT_FILE: files.cert }, /TLS_KEY_FILE: it is required with TLS_CERT_FILE/],
    [{ TLS_KEY_FILE: files.key }, /TLS_CERT_FILE: it is required with TLS_KEY_FILE/],
    [settings({ cert: path.join(dir, 'none'), key: files.key }), /TLS_CERT_FILE: '.*none' can't be read: No such file/],
    [settings({ cert: text, key: files.key }), /TLS_CERT_FILE: '.*text' is not a certificate in PEM/],
    [settings({ cert: files.cert, key: text }), /TLS_KEY_FILE: '.*text' is not a private key in PEM/],
    [settings({ cert: files.cert, key: other.key }), /TLS_KEY_FILE: .* does not belong to the certificate/],
  ];
  for (const [env, fault] of cases) {
    const { code, stderr } = await run(binary, ['check-config'], { cwd: dir, env });
    assert.notEqual(code, 0);
    assert.match(stderr, fault);
  }
});
