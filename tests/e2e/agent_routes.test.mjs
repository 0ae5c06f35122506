// The kiosk-agent's file of routes: what a route changes about a call, what SIGHUP does, and what check-config says.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Agent, Terminal, agentProgram } from './agent.mjs';
import { Gateway, cleanEnv, run, startProcess, tempDir, within } from './harness.mjs';

let gw, terminal;
before(async () => {
  gw = await Gateway.start();
  terminal = await Terminal.start();
});
after(async () => { terminal.close(); await gw.stop(); });

async function agentWith(routesFile) {
  const kiosk = await gw.addKiosk();
  const agent = new Agent(`ws://127.0.0.1:${gw.port}/ws`, kiosk.token, { routesFile });
  await agent.wait('gateway_connected');
  return { kiosk, agent };
}

test('a route has a method of its own, and one route serves all others', async () => {
  const { kiosk, agent } = await agentWith(`
routes:
  payment: {url: "${terminal.url}/pay", method: PUT}
default: {url: "${terminal.url}/rest"}
`);
  assert.equal((await gw.send(kiosk.id, { order_id: 'r1' })).json.status, 'success');
  assert.equal((await gw.send(kiosk.id, { order_id: 'r2' }, { op: 'anything' })).json.status, 'success');
  assert.deepEqual(terminal.journal.entries.filter((entry) => /^r[12]$/.test(entry.order_id)),
    [{ order_id: 'r1', method: 'PUT', url: '/pay' }, { order_id: 'r2', method: 'POST', url: '/rest' }]);
  await agent.stop();
});

test('SIGHUP: a new file counts, a broken one keeps the old and says why', async () => {
  const { kiosk, agent } = await agentWith(`routes: {payment: {url: "${terminal.url}/old"}}\n`);
  const at = async (order) => {
    assert.equal((await gw.send(kiosk.id, { order_id: order })).json.status, 'success');
    return terminal.journal.entries.at(-1).url;
  };
  assert.equal(await at('h1'), '/old');
  fs.writeFileSync(agent.routesFile, `routes:\n  payment:\n    url: ftp://nowhere\n`);
  agent.child.kill('SIGHUP');
  assert.match((await agent.wait('routes_kept')).reason, /routes\.yaml' is not valid:\n {2}line 3, column 10: the URL/);
  assert.equal(await at('h2'), '/old');
  fs.writeFileSync(agent.routesFile, `routes: {payment: {url: "${terminal.url}/new"}}\n`);
  agent.child.kill('SIGHUP');
  assert.equal((await agent.wait('routes_changed')).routes, 'payment');
  assert.equal(await at('h3'), '/new');
  await agent.stop();
});

test('check-config: what is wrong and where, or what is set', async () => {
  const file = path.join(tempDir(), 'routes.yaml');
  const check = (text, env = { WS_TOKEN: 'abc' }) => {
    fs.writeFileSync(file, text);
    return run(agentProgram, ['check-config'], { env: { ROUTING_CONFIG_PATH: file, ...env } });
  };
  const good = await check('routes: {fiscal: {url: "http://127.0.0.1:1/f", timeout: 90, lookup: {url: "http://127.0.0.1:1/{order_id}"}, colour: red}}');
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /fiscal +http:\/\/127\.0\.0\.1:1\/f +the request's +90 s +1 +report +lookup/);
  assert.match(good.stderr, /^Warning: line 1, column \d+: 'colour' is not known here and ignored/);
  const bad = await check('routes:\n  payment: {url: http://x, concurrency: many}\n  kds: {}\n');
  assert.equal(bad.code, 78);
  assert.match(bad.stderr, /line 2, column 41: 'many' is not how many/);
  const noToken = await check('routes: {payment: {url: "http://x"}}', {});
  assert.equal(noToken.code, 78);
  assert.match(noToken.stderr, /There is no token/);
  const none = await run(agentProgram, ['check-config'], {});
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--routes FILE/);
});

test('simulated devices: what a bridge answers with 500 or never, the look-up finds out', async () => {
  const devices = startProcess(agentProgram, ['simulate', '--port', '0', '--takes', '0'],
    { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] });
  const url = /http:\/\/\S+:\d+/.exec(await within(new Promise((resolve) => devices.stdout.once('data', (bytes) => resolve(String(bytes)))), 'it listens'))[0];
  const { kiosk, agent } = await agentWith(`
routes:
  payment: {url: "${url}/payment", timeout: 300ms, lookup: {url: "${url}/payment/{order_id}", absent: {http_status: 404}}}
`);
  for (const fault of ['error', 'garbage', 'unknown', 'busy']) {
    await fetch(`${url}/simulator/next`, { method: 'POST', body: JSON.stringify({ fault }) });
    const answer = await gw.send(kiosk.id, { order_id: fault });
    if (fault === 'busy') assert.equal(answer.json.error, 'not_done', answer.text);
    else assert.equal(answer.json.status, 'success', `${fault}: ${answer.text}`);
    assert.equal(answer.headers['x-result'], fault === 'busy' ? 'declined' : 'success');
  }
  assert.equal((await (await fetch(`${url}/simulator/journal`)).json()).done, 3);
  await agent.stop();
  devices.kill('SIGKILL');
});
