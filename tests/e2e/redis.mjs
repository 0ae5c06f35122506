// Real Redis of a test's own: servers and sentinels on free ports, in directories of their own, gone with the test's
// process; and what stands between a gateway and its Redis, to be slow or silent on purpose.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { newSecret, startProcess, tempDir, until, within } from './harness.mjs';

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class RedisServer {
  // options: more of redis-server's. durable: what the gateway calls strict. port: of an earlier one.
  static async start({ options = [], durable = true, dir = tempDir(), port } = {}) {
    const server = new RedisServer();
    server.dir = dir;
    server.port = port ?? await freePort();
    server.log = path.join(dir, `redis-${server.port}.log`);
    server.url = `redis://127.0.0.1:${server.port}`;
    server.options = ['--bind', '127.0.0.1', '--save', '', ...(durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []), ...options];
    await server.restart();
    return server;
  }
  async restart() {
    this.child = startProcess('redis-server', ['--port', String(this.port), '--dir', this.dir, '--logfile', this.log, ...this.options], { stdio: 'ignore' });
    this.child.unref();  // it ends with the process, and keeps no test file alive
    await this.#answers();
  }
  #answers() {
    return until(() => `redis-server answers: ${fs.existsSync(this.log) ? fs.readFileSync(this.log, 'utf8').slice(-500) : ''}`, () => this.command('PING').then((reply) => /^(\+PONG|-NOAUTH)/.test(reply), () => false));
  }
  kill(signal = 'SIGKILL') { process.kill(this.child.pid, signal); }
  async end(signal = 'SIGKILL') {
    this.kill('SIGCONT');
    this.kill(signal);
    await within(this.child.exited, 'redis-server ends');
  }
  // One command, on a connection of its own; -> the raw reply.
  command(...words) {
    return within(new Promise((resolve, reject) => {
      const socket = net.connect(this.port, '127.0.0.1');
      let reply = '';
      socket.on('error', reject).on('close', () => reject(new Error('closed')));
      socket.on('data', (bytes) => {
        reply += bytes;
        if (reply.endsWith('\r\n')) { resolve(reply); socket.destroy(); }
      });
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    }), `redis: ${words[0]}`);
  }
  // What a gateway needs to have its state here.
  settings(more = {}) {
    this.secret ??= newSecret();
    return { REDIS_URL: this.url, JWT_SECRET: this.secret, ...more };
  }

  // A sentinel that watches `master` under the name "kgw"; two of three decide.
  static async sentinel(master) {
    const sentinel = new RedisServer();
    sentinel.dir = tempDir();
    sentinel.port = await freePort();
    sentinel.log = path.join(sentinel.dir, 'sentinel.log');
    const file = path.join(sentinel.dir, 'sentinel.conf');
    fs.writeFileSync(file, `bind 127.0.0.1
port ${sentinel.port}
dir ${sentinel.dir}
logfile ${sentinel.log}
sentinel monitor kgw 127.0.0.1 ${master.port} 2
sentinel down-after-milliseconds kgw 1000
sentinel failover-timeout kgw 3000
`);
    sentinel.child = startProcess('redis-sentinel', [file], { stdio: 'ignore' });
    sentinel.child.unref();
    await sentinel.#answers();
    return sentinel;
  }
}

// Stands between a gateway and its Redis.
export class RedisProxy {
  wayMs = 0;            // what every command waits; lost when its gateway is
  delayMs = 0;          // what every reply waits
  connections = [];     // when each came
  #sockets = new Set();
  #holdFrom;            // the command from which on replies are kept back holds this text
  #held;                // set: they are
  static async start(port) {
    const proxy = new RedisProxy();
    proxy.server = net.createServer((outside) => {
      proxy.connections.push(Date.now());
      const inside = net.connect(port, '127.0.0.1');
      for (const socket of [outside, inside]) proxy.#sockets.add(socket.on('error', () => {}).on('close', () => { outside.destroy(); inside.destroy(); proxy.#sockets.delete(socket); }));
      outside.on('data', (bytes) => {
        if (proxy.#holdFrom && bytes.includes(proxy.#holdFrom)) proxy.#held ??= [];
        if (proxy.wayMs) setTimeout(() => inside.write(bytes), proxy.wayMs);
        else inside.write(bytes);
      });
      inside.on('data', (bytes) => proxy.#reply(outside, bytes));
    });
    await new Promise((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.server.unref();
    proxy.port = proxy.server.address().port;
    proxy.url = `redis://127.0.0.1:${proxy.port}`;
    return proxy;
  }
  #reply(outside, bytes) {
    if (this.#held) return this.#held.push(() => outside.write(bytes));
    if (this.delayMs) return setTimeout(() => outside.write(bytes), this.delayMs);
    return outside.write(bytes);
  }
  hold(text) { this.#holdFrom = text; }
  get held() { return this.#held?.length ?? 0; }
  release() {
    const held = this.#held;
    this.#held = this.#holdFrom = undefined;
    for (const write of held) write();
  }
  close() { this.server.close(); for (const socket of this.#sockets) socket.destroy(); }
}
