// A v1 kiosk over npm's ws: another's client, so that it is not our own reading of RFC 6455 that is tested.
import WebSocket from 'ws';
import { Feed, within } from './harness.mjs';

export class Kiosk {
  messages = new Feed();  // requests: {raw, ...the parsed frame}
  pongs = new Feed();
  #answered = 0;

  // options.query: the token in ?token= instead of in Authorization.
  constructor(gateway, id, token, handler, options = {}) {
    this.id = id;
    this.token = token;
    this.handler = handler;
    const url = gateway.tls ? `wss://localhost:${gateway.port}/ws` : `ws://127.0.0.1:${gateway.port}/ws`;
    const base = { ...gateway.tls, perMessageDeflate: false, maxPayload: 1 << 20, localAddress: options.localAddress };
    this.ws = options.query
      ? new WebSocket(`${url}?token=${token}`, base)
      : new WebSocket(url, { ...base, headers: { authorization: `Bearer ${token}`, ...options.headers } });
    // 'open' or {refused: status, body}
    const settled = new Promise((resolve, reject) => {
      this.ws.on('open', () => resolve('open'));
      this.ws.on('unexpected-response', (request, response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part) => { body += part; });
        response.on('end', () => {
          request.destroy();
          const { statusCode: status, headers } = response;
          let json;
          try { json = JSON.parse(body); } catch { /* the contract says what it must be */ }
          try {
            gateway.checkContract({ method: 'GET', target: request.path, headers: request.getHeaders() }, { status, headers, text: body, body, json });
          } catch (error) { return reject(error); }
          return resolve({ refused: status, headers, body });
        });
      });
      this.ws.on('error', reject);
    });
    settled.catch(() => {});
    this.settled = within(settled, 'the handshake ends');
    this.settled.catch(() => {});
    this.opened = this.settled.then((how) => {
      if (how !== 'open') throw new Error(`the kiosk was refused: ${JSON.stringify(how)}`);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.ws.on('message', (data) => this.#receive(data.toString('utf8')));
  }

  #receive(raw) {
    const message = { raw, ...JSON.parse(raw) };
    if (message.type === 'pong') return this.pongs.push(message);
    this.messages.push(message);
    const answer = this.handler?.(message, this);
    if (answer !== undefined) this.send(answer);
  }

  // The next request that nobody took yet; taken in the order of arrival.
  take(ms) {
    const from = this.#answered++;
    return this.messages.wait((message) => this.messages.entries.indexOf(message) >= from, `request ${from} at ${this.id}`, { from, ms });
  }
  send(answer) { this.ws.send(typeof answer === 'string' ? answer : JSON.stringify(answer)); }
  answer(message, extra = {}) { this.send({ request_id: message.request_id, status: 'success', ...extra }); }
  // Sends one text message in so many fragments.
  sendFragments(text, parts) {
    const bytes = Buffer.from(text);
    const size = Math.ceil(bytes.length / parts);
    for (let i = 0; i < parts; ++i)
      this.ws.send(bytes.subarray(i * size, (i + 1) * size), { binary: false, fin: i === parts - 1 });
  }
  // All that was sent so far has been read by the gateway: it answered what came behind it.
  async settle() {
    const from = this.pongs.entries.length;
    this.send('{"type":"ping"}');
    await this.pongs.wait(() => true, 'pong', { from });
  }
  closedWithin() { return within(this.closed, `${this.id} is closed`); }
  close() { this.ws.close(1000); return this.closedWithin(); }
  drop() { this.ws.terminate(); }
}

// The plain one: says yes to everything.
export const sayYes = (message) => ({ request_id: message.request_id, status: 'success', transaction_id: 'TXN1' });
