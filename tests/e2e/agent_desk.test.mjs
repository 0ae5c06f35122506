// What a person at the kiosk has of its agent: settings from everywhere, the health page, status, test and doctor; and the
// link's part of it: several gateways, an authority of one's own, a kiosk that is disabled.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Agent, Terminal, agentProgram } from './agent.mjs';
import { Gateway, cleanEnv, run, startProcess, tempDir, until, within } from './harness.mjs';
import { TlsEdge, certificate } from './tls.mjs';

let gw, terminal;
before(async () => { gw = await Gateway.start(); terminal = await Terminal.start(); });
after(async () => { terminal.close(); await gw.stop(); });

const program = agentProgram;
const url = () => `ws://127.0.0.1:${gw.port}/ws`;
const routes = () => [`payment=${terminal.url}/payment`];
// A port where nothing listens.
async function deadPort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
async function started(options = {}, gateway = url()) {
  const kiosk = await gw.addKiosk();
  const agent = new Agent(gateway, kiosk.token, { routes: routes(), ...options });
  return { kiosk, agent };
}
async function healthPort(agent) { return (await agent.wait('health_page')).port; }
async function get(port, target, headers = {}) {
  const answer = await fetch(`http://127.0.0.1:${port}${target}`, { headers });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

test('the health page: JSON, metrics, and a page in two languages', async () => {
  const { kiosk, agent } = await started();
  const port = await healthPort(agent);
  await agent.wait('gateway_connected');
  await gw.send(kiosk.id, '{"order_id":"h1"}');
  const health = JSON.parse((await get(port, '/health')).text);
  assert.equal(health.status, 'ok');
  assert.equal(health.kiosk_id, kiosk.id);
  assert.equal(health.ws_connected, true);
  assert.equal(health.stats.requests_answered, 1);
  assert.equal(health.queue_size, 0);
  assert.deepEqual(health.routes, ['payment']);
  assert.equal(health.last_error, null);
  await until('the round trip is measured', async () => JSON.parse((await get(port, '/health')).text).round_trip_ms !== null);
  assert.match((await get(port, '/metrics')).text, /^kiosk_agent_requests_total\{result="answered"\} 1$/m);
  const english = await get(port, '/');
  assert.match(english.type, /^text\/html/);
  assert.match(english.text, /connected to the gateway since \d\d:\d\d/);
  assert.match((await get(port, '/', { 'accept-language': 'ru-RU,ru' })).text, /связь со шлюзом есть с \d\d:\d\d/);
  await agent.stop();
});

test('a device that is not ready is on the page, with the reason and since when', async () => {
  const devices = startProcess(program, ['simulate', '--port', '0', '--takes', '0', '--fault', 'not_ready'],
    { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] });
  const at = /http:\/\/\S+:\d+/.exec(await within(new Promise((resolve) => devices.stdout.once('data', (bytes) => resolve(String(bytes)))), 'it listens'))[0];
  const { agent } = await started({ routes: [], routesFile: `routes: {fiscal: {url: "${at}/fiscal", health: {url: "${at}/health/fiscal"}}}` });
  const port = await healthPort(agent);
  assert.equal((await agent.wait('device_not_ready')).reason, 'no paper');
  assert.match((await get(port, '/?lang=en')).text, /fiscal printer: .*no paper since \d\d:\d\d/);
  assert.match((await get(port, '/?lang=ru')).text, /фискальный принтер: .*no paper с \d\d:\d\d/);
  assert.equal(JSON.parse((await get(port, '/health')).text).status, 'degraded');
  await agent.stop();
  devices.kill('SIGTERM');
  await within(devices.exited, 'the devices end');
});

test('a port that is taken costs the page, not the payments', async () => {
  const port = Number(new URL(terminal.url).port);
  const { kiosk, agent } = await started({ env: { HEALTH_CHECK_PORT: String(port) } });
  assert.match((await agent.wait('health_page_off')).reason, new RegExp(String(port)));
  await agent.wait('gateway_connected');
  assert.equal((await gw.send(kiosk.id, '{"order_id":"p1"}')).json.status, 'success');
  await agent.stop();
});

test('status: in words, and by its exit status', async () => {
  const { kiosk, agent } = await started();
  const port = await healthPort(agent);
  await agent.wait('gateway_connected');
  const status = () => run(program, ['status', '--health-port', String(port)]);
  const good = await status();
  assert.equal(good.code, 0, good.stdout);
  assert.match(good.stdout, new RegExp(`^Kiosk ${kiosk.id}, agent .*\nConnected to ${url()} since `));
  await agent.stop();
  const none = await status();
  assert.equal(none.code, 1);
  assert.match(none.stdout, /^No agent runs on this machine/);
});

test('settings from .env, by the names of the older client', async () => {
  const { id, token } = await gw.addKiosk();
  const cwd = tempDir();
  fs.writeFileSync(path.join(cwd, 'routes.yaml'), `routes: {payment: {url: "${terminal.url}/payment", timeout: 90}}`);
  fs.writeFileSync(path.join(cwd, '.env'),
    `WS_SERVER_URL=${url()}\nWS_TOKEN=${token}\nROUTING_CONFIG_PATH=routes.yaml\nLOG_LEVEL=INFO\nHEALTH_CHECK_PORT=0\n`);
  const checked = await run(program, ['check-config'], { cwd });
  assert.equal(checked.code, 0, checked.stderr);
  assert.match(checked.stdout, /WS_SERVER_URL +ws:\/\/127\.0\.0\.1:\d+\/ws +\.env/);
  assert.match(checked.stdout, /WS_TOKEN +\*+ +\.env/);
  assert.doesNotMatch(checked.stdout + checked.stderr, /eyJ/);
  const child = startProcess(program, [], { cwd, env: cleanEnv(), stdio: ['ignore', 'ignore', 'inherit'] });
  await until('the kiosk is online', async () => (await gw.kioskInfo(id)).online);
  child.kill('SIGTERM');
  assert.equal((await within(child.exited, 'it ends')).code, 0);
  fs.appendFileSync(path.join(cwd, '.env'), 'HEALTH_CHECK_PORT=70000\nLOG_LEVEL=LOUD\n');
  const wrong = await run(program, ['check-config'], { cwd });
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /HEALTH_CHECK_PORT \(\.env\): .*\n?[^]*LOG_LEVEL \(\.env\): |LOG_LEVEL \(\.env\): [^]*HEALTH_CHECK_PORT \(\.env\): /);
});

test('several gateways in order: the next one when one is dead', async () => {
  const dead = `ws://127.0.0.1:${await deadPort()}/ws`;
  const { kiosk, agent } = await started({}, `${dead},${url()}`);
  const { gateway, next, reason } = await agent.wait('gateway_unreachable');
  assert.deepEqual([gateway, next], [dead, url()]);
  assert.match(reason, /^Nothing answers at the gateway's address/);
  assert.equal((await agent.wait('gateway_connected')).gateway, url());
  assert.equal((await gw.send(kiosk.id, '{"order_id":"g1"}')).json.status, 'success');
  await agent.stop();
});

test('--ca-file: an authority of one\'s own', async () => {
  const files = await certificate('DNS:localhost');
  const edge = await TlsEdge.start(gw.port, files);
  const { agent } = await started({ args: ['--ca-file', files.ca] }, `wss://localhost:${edge.port}/ws`);
  await agent.wait('gateway_connected');
  await agent.stop();
  edge.close();
  const broken = path.join(tempDir(), 'ca.pem');
  fs.writeFileSync(broken, 'no certificate');
  const checked = await run(program, ['check-config', '--ca-file', broken, '--route', 'payment=http://x'], { env: { WS_TOKEN: 'abc' } });
  assert.equal(checked.code, 78);
  assert.match(checked.stderr, /PEM/);
});

// A proxy that opens a way with CONNECT, for one user, and remembers where to.
async function startProxy() {
  const proxy = http.createServer();
  proxy.asked = [];
  proxy.on('connect', (request, client, head) => {
    proxy.asked.push(request.url);
    if (request.headers['proxy-authorization'] !== `Basic ${Buffer.from('till:pa@ss').toString('base64')}`)
      return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const [host, port] = request.url.split(':');
    const way = net.connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      way.write(head);
      way.pipe(client).pipe(way);
    });
    for (const [one, other] of [[way, client], [client, way]]) one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  proxy.place = `127.0.0.1:${proxy.address().port}`;
  return proxy;
}

test('through a proxy, with TLS inside; its refusals are explained, its password is not shown', async () => {
  const proxy = await startProxy();
  const files = await certificate('DNS:localhost');
  const edge = await TlsEdge.start(gw.port, files);
  const target = `wss://localhost:${edge.port}/ws`;
  const args = (credentials) => ['--ca-file', files.ca, '--proxy', `http://${credentials}@${proxy.place}`];
  const { kiosk, agent } = await started({ args: args('till:pa%40ss') }, target);
  await agent.wait('gateway_connected');
  assert.deepEqual(proxy.asked, [`localhost:${edge.port}`]);
  assert.equal((await gw.send(kiosk.id, '{"order_id":"x1"}')).json.status, 'success');
  await agent.stop();
  const { agent: refused } = await started({ args: args('till:wrong') }, target);
  assert.match((await refused.wait('gateway_unreachable')).reason, /^The proxy 127\.0\.0\.1, port \d+ wants a user name and a password/);
  await refused.stop();
  const checked = await run(program, ['check-config', '--gateway', target, ...args('till:pa%40ss'), '--route', routes()[0]], { env: { WS_TOKEN: 'abc' } });
  assert.equal(checked.code, 0, checked.stderr);
  assert.doesNotMatch(agent.text + refused.text + checked.stdout + checked.stderr, /pa(%40|@)ss|wrong/);
  edge.close();
  proxy.close();
});

test('a kiosk that is disabled asks again every 10 s, and says so', async () => {
  const { id, token } = await gw.addKiosk();
  assert.equal((await gw.api('PATCH', `/api/kiosks/${id}`, { enabled: false })).status, 200);
  const agent = new Agent(url(), token, { routes: routes() });
  const { reason, retry_ms } = await agent.wait('gateway_refused');
  assert.match(reason, /disabled/);
  assert.equal(retry_ms, 10_000);
  await agent.stop();
});

test('test: calls the local service as for the gateway, and shows what it would hear', async () => {
  const calls = terminal.journal.entries.length;
  const tried = await run(program, ['test', 'payment', '{"order_id":"t1"}', '--route', routes()[0]]);
  assert.equal(tried.code, 0, tried.stderr);
  assert.equal(tried.stdout, '{"request_id":"test","status":"success"}\n');
  assert.deepEqual(terminal.journal.entries.slice(calls), [{ order_id: 't1', method: 'POST', url: '/payment' }]);
  const dead = await run(program, ['test', 'payment', '{}', '--route', `payment=http://127.0.0.1:${await deadPort()}/`]);
  assert.equal(dead.code, 1);
  assert.equal(JSON.parse(dead.stdout).error, 'connection_refused');
  const unknown = await run(program, ['test', 'kds', '{}', '--route', routes()[0]]);
  assert.match(unknown.stderr, /no route for the operation 'kds'; there are: payment/);
  const broken = await run(program, ['test', 'payment', '{order', '--route', routes()[0]]);
  assert.match(broken.stderr, /not JSON/);
  assert.deepEqual([unknown.code, broken.code, terminal.journal.entries.length], [1, 1, calls + 1]);
});

test('doctor: a verdict on each part of the way', async () => {
  const { token } = await gw.addKiosk();
  const port = await deadPort();
  const doctor = (args, env) => run(program, ['doctor', '--gateway', url(), '--health-port', String(port), ...args], { env: { WS_TOKEN: token, ...env } });
  const calls = terminal.journal.entries.length;
  const good = await doctor(['--route', routes()[0]]);
  assert.equal(good.code, 0, good.stdout);
  for (const line of [/^ok +token: of kiosk /m, /^ok +gateway ws:.*: name and connection are fine$/m, /^ok +clock: within /m,
    /^ok +link: .* lets this kiosk in/m, /^ok +route payment: something listens/m]) assert.match(good.stdout, line);
  assert.equal(terminal.journal.entries.length, calls, 'no device was called');
  const bad = await doctor(['--route', `payment=http://127.0.0.1:${port}/`], { WS_TOKEN: `${token}x` });
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /^PROBLEM link: The gateway does not accept this kiosk's token/m);
  assert.match(bad.stdout, /^PROBLEM route payment: .*Nothing listens there/m);
  assert.doesNotMatch(good.stdout + bad.stdout, /eyJ/);
});
