// A v2 kiosk over npm's ws (PROTOCOL.md 4): another's client, not our own agent. What is on its disk outlives its
// connections: a test hands the same Outbox to the next one.
import crypto from 'node:crypto';
import WebSocket from 'ws';
import { Feed, within } from './harness.mjs';

export const PROTOCOL = 'kiosk-gateway.v2';

export class Outbox {
  id = `disk-${crypto.randomUUID()}`;
  accepted = new Set();
  finished = new Map();  // request_id -> its message, until it is stored
}

export class KioskV2 {
  all = new Feed();       // every message, in order
  requests = new Feed();  // {raw, ...the parsed message}
  stored = new Feed();

  // options.silent: it does not say what it has. options.accepts: false: it says nothing about a request.
  constructor(gateway, { id, token }, outbox = new Outbox(), { silent = false, accepts = true, max_in_flight, protocols = [PROTOCOL] } = {}) {
    Object.assign(this, { id, token, outbox, accepts });
    this.ws = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`, protocols,
      { perMessageDeflate: false, maxPayload: 1 << 20, headers: { authorization: `Bearer ${token}` } });
    this.opened = within(new Promise((resolve, reject) => { this.ws.on('open', resolve); this.ws.on('error', reject); }), 'the handshake ends');
    this.closed = new Promise((resolve) => { this.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() })); });
    this.ws.on('open', () => { if (!silent) this.resume({ max_in_flight }); });
    this.ws.on('message', (data) => this.#receive(data.toString('utf8')));
  }

  static async up(gateway, who, outbox, options) {
    const kiosk = new KioskV2(gateway, who, outbox, options);
    await kiosk.opened;
    await kiosk.hello();
    if (!options?.silent) await kiosk.settle(gateway);
    return kiosk;
  }

  #receive(raw) {
    const message = { raw, ...JSON.parse(raw) };
    this.all.push(message);
    if (message.type === 'stored') {
      this.outbox.finished.delete(message.request_id);
      this.stored.push(message);
    }
    if (message.type !== 'request') return;
    if (this.accepts) {
      this.outbox.accepted.add(message.request_id);
      this.send({ type: 'accepted', request_id: message.request_id });
    }
    this.requests.push(message);
  }

  send(message) { this.ws.send(typeof message === 'string' ? message : JSON.stringify(message)); }
  hello() { return this.all.wait((message) => message.type === 'hello', 'hello'); }
  resume(extra = {}) {
    this.send({ type: 'resume', outbox_id: this.outbox.id, accepted: [...this.outbox.accepted], executing: [],
      finished: [...this.outbox.finished.keys()], agent_version: 'test', routes: [{ operation: 'payment', concurrency: 1 }], ...extra });
    for (const message of this.outbox.finished.values()) this.send(message);
  }
  take(n = 0) { return this.requests.wait((message) => this.requests.entries.indexOf(message) >= n, `request ${n} at ${this.id}`, { from: n }); }
  // Keeps it until it is stored.
  say(message) {
    this.outbox.accepted.delete(message.request_id);
    this.outbox.finished.set(message.request_id, message);
    this.send(message);
  }
  result(request, response = { status: 'success' }, how = 'answer') { this.say({ type: 'result', request_id: request.request_id, how, response }); }
  decline(request, reason = 'busy', extra = {}) { this.say({ type: 'declined', request_id: request.request_id, reason, ...extra }); }
  isStored(request) { return this.stored.wait((message) => message.request_id === request.request_id, `stored ${request.request_id}`); }
  // All that it sent so far has been read: a pong comes behind it.
  settle() {
    return within(new Promise((resolve) => { this.ws.once('pong', resolve); this.ws.ping(); }), 'a pong');
  }
  closedWithin() { return within(this.closed, `${this.id} is closed`); }
  drop() { this.ws.terminate(); return this.closedWithin(); }
}
