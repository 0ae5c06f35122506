// Backends for kill_under_load.mjs: what they call, and what they do when they don't get their answer. The number of an
// order decides: with an Idempotency-Key (and then again, by its key, until they are told), with a callback, with
// `Prefer: respond-async`, cancelled, or hanging up before the kiosk has answered. Each call stands in books.calls:
// {n, kiosk, operation, key, kind, began, ended, status, text, json, replayed}; status null: no answer came.
const TRIES = 4;

export const keyOf = (n) => (n % 3 === 0 ? `order-${n}` : undefined);
// What a callback is owed for: an operation of its own, so that the books show it.
export const operationOf = (n) => (n % 8 === 1 || n % 12 === 9 ? 'fiscal' : 'payment');
export const hangsUp = (n) => n % 13 === 5;
const preferOf = (n) => (n % 17 === 3 || n % 80 === 7 ? 'respond-async' : n % 17 === 8 ? 'respond-async, wait=1' : undefined);
const cancels = (n) => n % 80 === 7;

export class Backends {
  #n = 0;
  #clock = 0;       // counts beginnings and ends of calls: what was before what
  #again = [];      // orders whose key is to be tried again: {n, kiosk, tries}
  #open = new Map();  // n -> the socket of one who hangs up
  constructor(books, kiosks, receiver, key) { Object.assign(this, { books, kiosks, receiver, key }); }

  // Calls until stopped(): one order, or one that is owed an answer, after the other.
  async work(gw, stopped) {
    while (!stopped()) {
      const order = this.#again.shift() ?? this.#order();
      const twin = keyOf(order.n) && order.n % 5 === 0 && order.tries === 1;
      await Promise.all([this.#try(gw, order), ...(twin ? [this.#call(gw, order)] : [])]);
    }
  }
  // The last kiosk takes one at a time: sooner or later one that it never answers stands before all others.
  #order() {
    const n = ++this.#n;
    return { n, kiosk: this.kiosks[n % 40 === 7 ? 3 : n % 3].record.id, tries: 1 };
  }
  async #try(gw, order) {
    const call = await this.#call(gw, order);
    if (call.status === 202) return this.#follow(gw, call);
    const told = call.status === 200 || (call.status === 504 && order.n % 2 === 0);
    // Some give up all the same: what they were not told has to stand on a list.
    if (!call.key || told || (hangsUp(order.n) && order.n % 2 === 0) || order.tries >= TRIES) return undefined;
    return this.#again.push({ ...order, tries: order.tries + 1 });
  }
  // After a 202: half of them ask for the answer, some want no answer any more.
  async #follow(gw, { n, json: { request_id: id } }) {
    const ask = (method, target) => gw.call(method, target, { key: this.key }).catch(() => undefined);
    if (cancels(n)) {
      const answer = await ask('POST', `/requests/${id}/cancel`);
      if (answer) this.books.cancels.push({ id, status: answer.status, state: answer.json.state });
    } else if (n % 2 === 0) {
      const answer = await ask('GET', `/requests/${id}?wait=1`);
      if (answer?.json.state === 'answered') this.books.read.set(id, answer.json);
    }
  }

  // Once, now. -> the call as it stands in the books
  async #call(gw, { n, kiosk }) {
    const call = { n, kiosk, operation: operationOf(n), key: keyOf(n), began: ++this.#clock, status: null };
    this.books.calls.push(call);
    const headers = {};
    if (call.key) headers['Idempotency-Key'] = call.key;
    if (call.operation === 'fiscal') headers['Header-Callback-Url'] = this.receiver.url;
    if (preferOf(n)) headers.Prefer = preferOf(n);
    const options = { key: this.key, op: call.operation, timeout: 1 + (n % 3), headers };
    if (hangsUp(n)) Object.assign(options, { agent: false, onSocket: (request) => request.on('socket', (socket) => this.#open.set(n, socket)) });
    const answer = await gw.send(kiosk, { n }, options).catch((error) => { call.error = error; });
    call.ended = ++this.#clock;
    if (answer) Object.assign(call, { status: answer.status, text: answer.text, json: answer.json, replayed: answer.headers['idempotency-replayed'] === 'true' });
    return call;
  }
  // The kiosk has the order, and not answered yet: its caller is gone before it does.
  async hangUp(n) {
    const socket = this.#open.get(n);
    if (!socket || socket.destroyed) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
  }
  // The same once more, for whoever checks what a key says.
  again(gw, { n, kiosk }) { return this.#call(gw, { n, kiosk }); }
}
