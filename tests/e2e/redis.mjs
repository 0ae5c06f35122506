// A real redis-server of a test's own: on a free port, in a directory of its own, gone with the test's process.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { startProcess, tempDir, until, within } from './harness.mjs';

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
    server.url = `redis://127.0.0.1:${server.port}`;
    server.options = ['--bind', '127.0.0.1', '--save', '', ...(durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []), ...options];
    await server.restart();
    return server;
  }
  async restart() {
    const log = path.join(this.dir, 'redis.log');
    this.child = startProcess('redis-server', ['--port', String(this.port), '--dir', this.dir, '--logfile', log, ...this.options], { stdio: 'ignore' });
    await until(() => `redis-server answers: ${fs.existsSync(log) ? fs.readFileSync(log, 'utf8').slice(-500) : ''}`, () => this.command('PING').then((reply) => reply.startsWith('+PONG'), () => false));
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
}
