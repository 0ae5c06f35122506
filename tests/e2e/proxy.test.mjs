// A proxy on the same machine: a real nginx with nothing but `proxy_pass`, as most people first write it. Whoever comes
// through it comes from 127.0.0.1 with Host 127.0.0.1; on the internet that is anyone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, startProcess, tempDir, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

// Listens at a socket in the file system: no port is taken.
class Nginx {
  static async start(gateway, ...directives) {
    const nginx = new Nginx();
    const dir = tempDir();
    nginx.socket = path.join(dir, 'socket');
    const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`).join(' ');
    fs.writeFileSync(path.join(dir, 'nginx.conf'), `
      daemon off; master_process off; pid ${dir}/pid; error_log ${dir}/error;
      events {}
      http { access_log off; ${scratch}
        server { listen unix:${nginx.socket}; location / { proxy_pass http://127.0.0.1:${gateway.port}; ${directives.join(' ')} } } }\n`);
    nginx.child = startProcess('/usr/sbin/nginx', ['-p', dir, '-c', 'nginx.conf', '-e', path.join(dir, 'error')], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    nginx.child.stderr.on('data', (text) => { said += text; });
    nginx.child.exited.then(() => { nginx.ended = true; });
    await until(() => `nginx listens: ${said}`, () => { assert.ok(!nginx.ended, `nginx ended: ${said}`); return fs.existsSync(nginx.socket); });
    return nginx;
  }
  // As somebody out there asks.
  call(method, target, headers = {}, body = undefined) {
    return within(new Promise((resolve, reject) => {
      const request = http.request({ socketPath: this.socket, method, path: target, headers: { host: 'pay.example', ...headers }, agent: false });
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => resolve({ status: response.statusCode, text }));
      }).on('error', reject);
      request.end(body);
    }), `${method} ${target} through nginx`);
  }
  async stop() { this.child.kill('SIGTERM'); await within(this.child.exited, 'nginx ends'); }
}

const payment = (kiosk, more = {}) => ['POST', '/send', { 'Header-Kiosk-Id': kiosk.id, 'Header-Operation-Type': 'payment', 'Content-Type': 'application/json', ...more }, '{"sum":1000}'];

async function nobodyGetsIn(gw, kiosk, ...directives) {
  const nginx = await Nginx.start(gw, ...directives);
  const paid = await nginx.call(...payment(kiosk));
  assert.equal(paid.status, 401, paid.text);
  for (const target of ['/requests/01890000-0000-7000-8000-000000000000', '/api/kiosks', '/api/stats', '/metrics', '/dashboard/session'])
    assert.equal((await nginx.call('GET', target)).status, 401, target);
  assert.equal(kiosk.messages.entries.length, 0, 'nothing reached the kiosk');
  const keyed = await nginx.call(...payment(kiosk, { authorization: `Bearer ${gw.adminKey}` }));
  assert.equal(keyed.status, 200, `with a key it goes through: ${keyed.text}`);
  kiosk.messages.entries.length = 0;
  await nginx.stop();
}

test('behind nginx with nothing but proxy_pass nobody pays without a key, whichever HTTP it speaks', async () => {
  const gw = await Gateway.start({ env: { ALLOW_UNAUTHENTICATED_SEND: '' } });
  const kiosk = await gw.kiosk(sayYes);
  await nobodyGetsIn(gw, kiosk);
  await nobodyGetsIn(gw, kiosk, 'proxy_http_version 1.1;', 'proxy_set_header Connection "";');
  const here = await gw.send(kiosk);
  assert.equal(here.status, 401, 'nor does a program on this machine');
  await gw.stop();
});

test('ALLOW_UNAUTHENTICATED_SEND=loopback: nginx as it is by default is no local caller', async () => {
  const gw = await Gateway.start({ env: { ALLOW_UNAUTHENTICATED_SEND: 'loopback' } });
  const kiosk = await gw.kiosk(sayYes);
  await nobodyGetsIn(gw, kiosk);
  await nobodyGetsIn(gw, kiosk, 'proxy_http_version 1.1;', 'proxy_set_header X-Forwarded-Proto $scheme;');
  await nobodyGetsIn(gw, kiosk, 'proxy_http_version 1.1;', 'proxy_set_header Host $host;');
  assert.equal((await gw.send(kiosk)).status, 200, 'a program on this machine is one');
  await gw.stop();
});
