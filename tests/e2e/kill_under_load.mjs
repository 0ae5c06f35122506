// The gateway killed with SIGKILL under load, at random moments, again and again, with kiosks and backends (kill_backends.mjs)
// that write down all that they see; kill_check.mjs holds their books against each other.
import crypto from 'node:crypto';
import { Gateway, secret, tempDir, until } from './harness.mjs';
import { Backends, hangsUp } from './kill_backends.mjs';
import { Kiosk } from './kiosk.mjs';
import { Receiver } from './receiver.mjs';

const WORKERS = 40;
const RUN_MS = [300, 1500];  // under load, before each kill: some longer than the shortest timeout, and than two marks of what was told

// What everybody saw. Times play no part: only what must hold whenever.
class Books {
  calls = [];           // a backend's: kill_backends.mjs
  cancels = [];         // what it was told then: {id, status, state}
  read = new Map();     // id -> what GET said of an answer
  frames = [];          // a kiosk's: {n, kiosk, id}
  answers = new Map();  // id -> {kiosk, text}: the first that the kiosk sent
  callbacks = [];       // the receiver's: its entries, and whether it took them
  finished = [];        // the gateways' log lines request_finished
}

// A kiosk that says yes, late, never, or only in its next life; the body's n decides which.
class LoadKiosk {
  open = [];  // what it answers when it is connected again
  // silence: of so many calls it leaves one unanswered.
  constructor(record, silence, books) { this.record = record; this.silence = silence; this.books = books; }
  connect(gw) {
    this.link = new Kiosk(gw, this.record.id, this.record.token, (message) => { this.#take(message); });
    gw.kiosks.push(this.link);
    return this.link.opened.then(() => { for (const message of this.open.splice(0)) this.#answer(message); });
  }
  async #take(message) {
    const { n } = message.body;
    this.books.frames.push({ n, kiosk: this.record.id, id: message.request_id });
    if (hangsUp(n)) await this.backends.hangUp(n);
    const how = n % 97;
    if (n % this.silence === 0) return undefined;
    if (how === 1) return this.open.push(message);  // after the crash
    if (how < 20) return setTimeout(() => this.#answer(message), how * 5);  // out of order
    return this.#answer(message);
  }
  #answer(message) {
    // Bytes that nobody could make up, and that a JSON library would change.
    const text = `{"request_id":"${message.request_id}","status":"success","n":${message.body.n},"sum":10.10,"nonce":"${crypto.randomBytes(9).toString('hex')}"}`;
    if (!this.books.answers.has(message.request_id)) this.books.answers.set(message.request_id, { kiosk: this.record.id, text });
    if (this.link.ws.readyState === 1) this.link.send(text);
  }
}

// Refuses the first try of some, and breaks the connection of others: both have to come again.
function receive(receiver, books) {
  const seen = new Set();
  receiver.reply = (entry) => {
    const id = `${entry.id}.${entry.n}`;
    const taken = seen.has(id) || seen.size % 6 !== 1;
    seen.add(id);
    books.callbacks.push({ ...entry, taken });
    return taken ? 200 : seen.size % 4 < 2 ? 503 : null;
  };
}

const CALLBACKS = { CALLBACK_ALLOWED_HOSTS: '127.0.0.1', CALLBACK_ALLOW_HTTP: 'true' };

// settings(): the environment of the next life; each is on the same data. during(gw, life, books): what else happens under
// load, before the kill. died(): called when one has been killed. -> {books, gw, lives, backends, receiver}
export async function killUnderLoad({ kills, settings, during = () => {}, died = () => {}, dir = tempDir() }) {
  const books = new Books();
  const start = async () => {
    const gw = await Gateway.start({ dir, env: { ...CALLBACKS, ...settings() } });
    await until('it serves', async () => (await gw.get('/health/ready')).status === 200);
    return gw;
  };
  const lives = [await start()];
  let gw = lives[0];
  const receiver = await Receiver.start();
  receiver.server.unref();  // a test that fails before its end is not held up
  receive(receiver, books);
  const { key } = (await gw.api('POST', '/api/keys', { name: 'shop', scopes: ['send'] })).json;
  receiver.secrets = [secret((await gw.api('POST', '/api/webhook-secrets/shop')).json.secret)];
  const kiosks = [];
  for (const [max_in_flight, silence] of [[32, 89], [32, 83], [4, 101], [1, 3]]) kiosks.push(new LoadKiosk(await gw.addKiosk({ max_in_flight }), silence, books));
  const backends = new Backends(books, kiosks, receiver, secret(key));
  for (const kiosk of kiosks) kiosk.backends = backends;
  for (let kill = 0; kill <= kills; ++kill) {
    await Promise.all(kiosks.map((kiosk) => kiosk.connect(gw)));
    let stop = false;
    const workers = Array.from({ length: WORKERS }, () => backends.work(gw, () => stop));
    const end = Date.now() + RUN_MS[0] + Math.random() * (RUN_MS[1] - RUN_MS[0]), answered = books.answers.size;
    await Promise.all([until('there is load', () => Date.now() > end && books.answers.size > answered + 50), during(gw, kill, books)]);
    stop = true;
    if (kill < kills) gw.kill('SIGKILL');
    await Promise.all(workers);
    if (kill === kills) break;
    await gw.exited;
    if (gw.breach) throw gw.breach;
    gw.checkOutput();
    await died();
    gw = await start();
    lives.push(gw);
  }
  for (const life of lives) books.finished.push(...life.logged('request_finished'));
  return { books, gw, lives, backends, receiver };
}
