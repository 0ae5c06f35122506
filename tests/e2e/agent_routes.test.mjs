// The kiosk-agent's file of routes: what a route changes about a call, what SIGHUP does, and what check-config says.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Agent, Terminal, agentProgram } from './agent.mjs';
import { Gateway, cleanEnv, run, startProcess, tempDir, until, within } from './harness.mjs';

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

// The program, as the simulated devices of its own; returns the process and its URL.
async function simulated(...args) {
  const devices = startProcess(agentProgram, ['simulate', '--port', '0', ...args], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit'] });
  const text = await within(new Promise((resolve) => devices.stdout.once('data', (bytes) => resolve(String(bytes)))), 'it listens');
  return { devices, url: /http:\/\/\S+:\d+/.exec(text)[0] };
}

test('devices with a queue of their own: begun once, whatever goes wrong, also through a kill', async () => {
  const { devices, url } = await simulated('--takes', '300');
  const routesFile = `
routes:
  fiscal:
    kind: poll
    url: ${url}/api/v2/requests
    body: '{"uuid":"{request_id}","request":[{body}]}'
    id: "{request_id}"
    status: {url: "${url}/api/v2/requests/{id}", every: 50ms, done: {when: {results.0.status: [ready, error]}}, absent: {http_status: 404}}
    timeout: 400ms
  payment:
    kind: poll
    url: ${url}/v2/payment
    id: data.processId
    status: {url: "${url}/v2/status?processId={id}", every: 50ms, done: {when: {data.status: [success, fail]}}}
`;
  const { kiosk, agent } = await agentWith(routesFile);
  const done = async () => (await (await fetch(`${url}/simulator/journal`)).json()).done;
  const fault = (name) => fetch(`${url}/simulator/next`, { method: 'POST', body: JSON.stringify({ fault: name }) });
  const send = (operation, order_id) => gw.send(kiosk.id, { order_id }, { op: operation });
  const paid = await send('payment', 'a');
  assert.equal(paid.json.data.status, 'success', paid.text);
  for (const name of ['none', 'error', 'garbage', 'unknown', 'slow']) {
    await fault(name);
    const printed = await send('fiscal', name);
    assert.equal(printed.json.results?.[0].status, 'ready', `${name}: ${printed.text}`);
  }
  await fault('not_ready');
  assert.equal((await send('fiscal', 'no paper')).json.results[0].status, 'error');
  await fault('busy');
  assert.equal((await send('fiscal', 'busy')).json.error, 'http_error', 'the device said no, and knows of no job');
  assert.equal(await done(), 6, 'each was done once');

  const cut = send('fiscal', 'cut');
  await until('the device has the job', async () => await done() === 7);
  await agent.kill();
  const again = new Agent(`ws://127.0.0.1:${gw.port}/ws`, kiosk.token, { routesFile, dir: agent.dir });
  const answer = await cut;
  assert.equal(answer.json.results?.[0].status, 'ready', answer.text);
  assert.equal(await done(), 7, 'nothing was printed twice');
  await again.stop();
  devices.kill('SIGKILL');
});

test("a vendor's program: its file in its encoding is the answer, its exit code the result", async () => {
  const dir = tempDir();
  const program = path.join(dir, 'pilot');
  // As a bank's program does it: the first line of a file has code and text, in the encoding of its time.
  fs.writeFileSync(program, `#!/bin/sh
echo "$@" >> ${dir}/journal
[ "$2" = 13 ] && exit 4
printf '0,\\216\\204\\216\\201\\220\\205\\215\\216\\n' > ${dir}/e
`, { mode: 0o755 });
  const { kiosk, agent } = await agentWith(`
routes:
  payment:
    kind: exec
    command: [${program}, "1", "{body.sum}"]
    directory: ${dir}
    output: {file: ${dir}/e, encoding: cp866}
    codes: {0: success, 4: declined}
`);
  const paid = await gw.send(kiosk.id, { order_id: 'x1', sum: 100 });
  assert.deepEqual(paid.json, { status: 'success', exit_code: 0, output: '0,ОДОБРЕНО\n', ...(paid.json.request_id && { request_id: paid.json.request_id }) });
  assert.equal((await gw.send(kiosk.id, { order_id: 'x2', sum: 13 })).json.status, 'declined');
  assert.equal((await gw.send(kiosk.id, { order_id: 'x3', sum: '-1; id' })).json.error, 'route_not_found');
  assert.deepEqual(fs.readFileSync(path.join(dir, 'journal'), 'utf8'), '1 100\n1 13\n');
  await agent.stop();
});

test('each example in configs/ is valid', async () => {
  const folder = path.join(path.dirname(new URL(import.meta.url).pathname), '../../configs');
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  assert.ok(files.length >= 6, files.join());
  for (const name of files) {
    const checked = await run(agentProgram, ['check-config'], { env: { ROUTING_CONFIG_PATH: path.join(folder, name), WS_TOKEN: 't' } });
    assert.equal(checked.code, 0, `${name}: ${checked.stderr}`);
    assert.equal(checked.stderr, '', name);
  }
});

test('simulated devices: what a bridge answers with 500 or never, the look-up finds out', async () => {
  const { devices, url } = await simulated('--takes', '0');
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
