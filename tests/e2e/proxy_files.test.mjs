// deploy/proxy: each file with the real proxy it is for (nginx, HAProxy, Caddy), changed in names and ports only, over TLS.
// Traefik is not in Debian: its file is read, not run.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { Gateway, Feed, run, startProcess, tempDir, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { freePort } from './redis.mjs';
import { certificate } from './tls.mjs';

const folder = fileURLToPath(new URL('../../deploy/proxy', import.meta.url));
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');

// Each wish must be met once, or the test would run something else than the file.
function changed(text, changes) {
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `the file says no more: ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

const PROXIES = {
  nginx: (dir, port, gateway, { cert, key }) => {
    const server = changed(read('nginx.conf'), [
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`], ['    listen [::]:443 ssl;\n', ''], ['server_name pay.example.com', 'server_name localhost'],
      ['/etc/letsencrypt/live/pay.example.com/fullchain.pem', cert], ['/etc/letsencrypt/live/pay.example.com/privkey.pem', key], ['127.0.0.1:8000', `127.0.0.1:${gateway}`]]);
    const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join(' ');
    fs.writeFileSync(path.join(dir, 'nginx.conf'), `daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error;\nevents {}\nhttp { access_log off; ${scratch}\n${server}}\n`);
    return ['/usr/sbin/nginx', ['-p', dir, '-c', 'nginx.conf', '-e', path.join(dir, 'error')]];
  },
  haproxy: (dir, port, gateway, { cert, key }) => {
    const pem = path.join(dir, 'edge.pem');
    fs.writeFileSync(pem, fs.readFileSync(cert, 'utf8') + fs.readFileSync(key, 'utf8'));
    const file = path.join(dir, 'haproxy.cfg');
    fs.writeFileSync(file, changed(read('haproxy.cfg'), [['maxconn 20000', 'maxconn 100'], ['bind :443', `bind 127.0.0.1:${port}`], ['/etc/haproxy/pay.example.com.pem', pem], ['127.0.0.1:8000', `127.0.0.1:${gateway}`]]));
    return ['/usr/sbin/haproxy', ['-db', '-f', file]];
  },
  caddy: (dir, port, gateway, { cert, key }) => {
    const file = path.join(dir, 'Caddyfile');
    fs.writeFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n${changed(read('Caddyfile'), [
      ['pay.example.com {', `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${cert} ${key}`], ['127.0.0.1:8000', `127.0.0.1:${gateway}`]])}`);
    return ['/usr/bin/caddy', ['run', '--adapter', 'caddyfile', '--config', file]];
  },
};

let edge;
before(async () => { edge = await certificate('DNS:localhost'); });

class Proxy {
  static async start(kind, gatewayPort) {
    const proxy = new Proxy();
    const dir = tempDir();
    proxy.port = await freePort();
    const [command, args] = PROXIES[kind](dir, proxy.port, gatewayPort, edge);
    proxy.child = startProcess(command, args, { env: { ...process.env, HOME: dir }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [proxy.child.stdout, proxy.child.stderr]) stream.on('data', (text) => { said += text; });
    let ended = false;
    proxy.child.exited.then(() => { ended = true; });
    await until(() => `${kind} listens: ${said}`, async () => {
      assert.ok(!ended, `${kind} ended: ${said}`);
      return new Promise((resolve) => { const probe = net.connect(proxy.port, '127.0.0.1', () => { probe.destroy(); resolve(true); }).on('error', () => resolve(false)); });
    });
    return proxy;
  }
  // -> {status, text}, or what onResponse makes of the response
  call(method, target, { headers = {}, body, localAddress, onResponse } = {}) {
    return within(new Promise((resolve, reject) => {
      const request = https.request({ host: 'localhost', family: 4, port: this.port, method, path: target, headers, localAddress, ca: fs.readFileSync(edge.ca), agent: false });
      request.on('response', (response) => {
        if (onResponse) return onResponse(response, resolve, request);
        let text = '';
        return response.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => resolve({ status: response.statusCode, text })).on('error', reject);
      }).on('error', reject);
      request.end(body);
    }), `${method} ${target} through the proxy`);
  }
  kiosk({ token }, headers = {}) {
    const ws = new WebSocket(`wss://localhost:${this.port}/ws`, { ca: fs.readFileSync(edge.ca), family: 4, perMessageDeflate: false, headers: { authorization: `Bearer ${token}`, ...headers } });
    return within(new Promise((resolve, reject) => { ws.on('open', () => resolve(ws)).on('error', reject); }), 'the kiosk connects through the proxy');
  }
  async stop() { this.child.kill('SIGKILL'); await within(this.child.exited, 'the proxy ends'); }
}

const payment = (id, key, body, more = {}) => ({ body, headers: { 'Header-Kiosk-Id': id, 'Header-Operation-Type': 'payment', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), authorization: `Bearer ${key}`, ...more } });

for (const kind of Object.keys(PROXIES)) {
  test(`${kind}: kiosk and backend through TLS; addresses are the callers' own; events at once; a large body`, async () => {
    const gw = await Gateway.start({ env: { TRUST_PROXY: 'true', ALLOW_UNAUTHENTICATED_SEND: '' } });
    const proxy = await Proxy.start(kind, gw.port);
    const record = await gw.addKiosk();
    const ws = await proxy.kiosk(record, { 'X-Real-IP': '203.0.113.7' });
    const frames = new Feed();
    ws.on('message', (data) => { const frame = JSON.parse(data); frames.push(data.toString()); ws.send(JSON.stringify(sayYes(frame))); });
    const body = '{"sum": 1.50e2,  "note":"Ж\\u0416"}';
    const paid = await proxy.call('POST', '/send', payment(record.id, gw.adminKey, body));
    assert.equal(paid.status, 200, paid.text);
    assert.ok(frames.entries[0].includes(body), 'byte for byte');
    const large = await proxy.call('POST', '/send', payment(record.id, gw.adminKey, `{"x":"${'x'.repeat(1_000_000)}"}`));
    assert.equal(large.status, 200, large.text.slice(0, 200));

    // Whose address: the peer of the proxy, whatever it claims.
    const refused = await proxy.call('POST', '/send', { ...payment(record.id, 'kgw_wrong', body, { 'X-Real-IP': '203.0.113.7' }), localAddress: '127.0.0.9' });
    assert.equal(refused.status, 401, refused.text);
    await gw.waitLog('access_refused', (line) => line.address === '127.0.0.9');
    assert.equal(gw.logged('kiosk_connected')[0].address, '127.0.0.1');

    // A live stream is not held back until a buffer is full.
    const first = await proxy.call('GET', '/api/events', { headers: { authorization: `Bearer ${gw.adminKey}` }, onResponse: (response, resolve, request) => response.once('data', (part) => { request.destroy(); resolve(part.toString()); }) });
    assert.match(first, /^(event|id|retry|data|:)/m);
    ws.terminate();
    await proxy.stop();
    await gw.stop();
  });

  test(`${kind}: a payment whose connection breaks is not sent a second time`, async () => {
    let seen = 0;
    const server = net.createServer((socket) => { socket.on('error', () => {}).once('data', (head) => { if (head.toString('latin1').startsWith('POST /send')) ++seen; socket.destroy(); }); });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const proxy = await Proxy.start(kind, server.address().port);
    for (let n = 1; n <= 3; ++n) {
      const answer = await proxy.call('POST', '/send', payment('k', 'kgw_any', '{}'));
      assert.ok([502, 503, 504].includes(answer.status), `${answer.status}`);
      assert.equal(seen, n, 'once each');
    }
    await proxy.stop();
    server.close();
  });
}

test('every proxy waits longer than the longest Header-Timeout, and none repeats a caller\'s X-Real-IP', async () => {
  const { stdout } = await run(process.env.KGW_BUILD_DIR + '/kiosk-gateway', ['settings', '--env'], { cwd: tempDir() });
  const longest = Number(/^#KIOSK_RESPONSE_TIMEOUT_MAX=(\d+)$/m.exec(stdout)[1]);
  const waits = { 'nginx.conf': /proxy_read_timeout (\d+)s/, 'haproxy.cfg': /timeout server (\d+)s/, Caddyfile: /response_header_timeout (\d+)s/, 'traefik.yaml': /responseHeaderTimeout: (\d+)s/ };
  assert.deepEqual(fs.readdirSync(folder).sort(), Object.keys(waits).sort());
  for (const [name, pattern] of Object.entries(waits)) assert.ok(Number(pattern.exec(read(name))[1]) > longest, name);
});
