// The real kiosk-agent as a child process, and a terminal with a journal of its own behind it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Feed, buildDir, cleanEnv, startProcess, tempDir, within } from './harness.mjs';

// Another build of it, as `make agent-static` makes one.
export const agentProgram = process.env.KGW_AGENT ?? path.join(buildDir, 'kiosk-agent');

export class Agent {
  log = new Feed();
  text = '';
  // dir: of an earlier one, whose token and outbox it goes on with. routesFile: what is in it.
  constructor(gateway, token, { routes = [], routesFile, args = [], env = {}, dir = tempDir() } = {}) {
    this.dir = dir;
    this.routesFile = path.join(dir, 'routes.yaml');
    if (routesFile !== undefined) { fs.writeFileSync(this.routesFile, routesFile); args = [...args, '--routes', this.routesFile]; }
    fs.writeFileSync(path.join(dir, 'token'), `${token}\n`);
    const all = ['--gateway', gateway, '--token-file', path.join(dir, 'token'), '--outbox', path.join(dir, 'outbox'),
      ...routes.flatMap((route) => ['--route', route]), ...args];
    this.child = startProcess(agentProgram, all, { env: cleanEnv({ HEALTH_CHECK_PORT: '0', RECONNECT_MAX: '1', ...env }), stdio: ['ignore', 'pipe', 'pipe'] });
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      this.text += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) this.log.push(JSON.parse(line));
    });
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.text += text; });
  }
  wait(event, options) { return this.log.wait((line) => line.event === event, `the agent's ${event}: ${this.text}`, options); }
  logged(event) { return this.log.entries.filter((line) => line.event === event); }
  async kill() {
    this.child.kill('SIGKILL');
    await within(this.child.exited, 'the agent is dead');
  }
  async stop() {
    this.child.kill('SIGTERM');
    assert.deepEqual(await within(this.child.exited, 'the agent ends'), { code: 0, signal: null }, this.text);
    assert.doesNotMatch(this.text, /eyJ/, 'no token in its log');
  }
}

// A card terminal: each payment is in its journal before it is answered, as real ones have it. GET /orders/ID says what
// became of an order.
export class Terminal {
  journal = new Feed();  // {order_id, method, url}
  static async start({ takesMs = 0 } = {}) {
    const terminal = new Terminal();
    terminal.server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (part) => { body += part; });
      request.on('end', () => terminal.#serve(request, body, response, takesMs));
    });
    await new Promise((resolve) => terminal.server.listen(0, '127.0.0.1', resolve));
    terminal.url = `http://127.0.0.1:${terminal.server.address().port}`;
    return terminal;
  }
  #serve(request, body, response, takesMs) {
    const answer = (status, json) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    const asked = /^\/orders\/(.+)$/.exec(request.url);
    if (request.method === 'GET' && asked) {
      const paid = this.times(decodeURIComponent(asked[1])) > 0;
      return paid ? answer(200, { status: 'success', looked_up: true }) : answer(404, { status: 'not_found' });
    }
    this.journal.push({ order_id: String(JSON.parse(body).order_id), method: request.method, url: request.url });
    setTimeout(() => answer(200, { status: 'success' }), takesMs);
  }
  times(orderId) { return this.journal.entries.filter((entry) => entry.order_id === orderId).length; }
  close() { this.server.close(); this.server.closeAllConnections(); }
}
