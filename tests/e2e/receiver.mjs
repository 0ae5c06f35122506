// A backend's receiver of callbacks: verifies each with npm standardwebhooks and answers as it is told.
import http from 'node:http';
import { Webhook } from 'standardwebhooks';
import { Feed, within } from './harness.mjs';

export class Receiver {
  got = new Feed();  // {id, n, body, verified, headers, path}
  secrets = [];      // any of them verifies
  reply = () => 200; // a status, or [status, headers]; null: the connection breaks

  static async start(host = '127.0.0.1') {
    const receiver = new Receiver();
    receiver.server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('utf8');
      const verified = receiver.secrets.map((secret) => {
        try { new Webhook(secret).verify(text, request.headers); return true; } catch { return false; }
      });
      const [, id, n] = /^(.*)\.(\d+)$/.exec(request.headers['webhook-id'] ?? '') ?? [];
      const entry = { id, n: Number(n), text, body: JSON.parse(text), verified, headers: request.headers, path: request.url };
      const reply = receiver.reply(entry);
      receiver.got.push(entry);
      if (reply === null) return request.socket.destroy();
      const [status, headers] = Array.isArray(reply) ? reply : [reply, {}];
      return response.writeHead(status, headers).end();
    });
    await new Promise((resolve) => { receiver.server.listen(0, host, resolve); });
    receiver.port = receiver.server.address().port;
    receiver.url = `http://${host}:${receiver.port}/hook`;
    return receiver;
  }
  wait(match, what, options = {}) { return this.got.wait(match, what, options); }
  async stop() {
    this.server.closeAllConnections();
    await within(new Promise((resolve) => { this.server.close(resolve); }), 'the receiver ends');
  }
}
