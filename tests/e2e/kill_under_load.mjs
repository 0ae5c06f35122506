// The gateway killed with SIGKILL under load, again and again; then the logs of backends, kiosks and gateways are held
// against each other and against what the last gateway says of every request. DESIGN's statements, by their numbers:
// 1 an answer reaches only its own caller, with the kiosk's own bytes; 2 a v1 kiosk gets a request at most once;
// 3 every accepted request ends; 4 what was called not sent was not sent; 5 what a caller was told stays true.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { Gateway, tempDir, until } from './harness.mjs';
import { Kiosk } from './kiosk.mjs';

const WORKERS = 40;
const RUN_MS = 1300;  // under load, before each kill: longer than the shortest timeout
const FINAL = new Set(['answered', 'timed_out', 'rejected', 'cancelled']);
const RESULTS = new Set(['success', 'declined', 'failed', 'error', 'unknown', 'unclassified']);  // of an answer, in the log
const NOT_SENT = new Set([400, 401, 403, 404, 422, 429, 503]);

// What everybody saw. Times play no part: only what must hold whenever.
class Books {
  calls = [];                // a backend's: {n, kiosk, status, text, json}; status null: the connection broke
  frames = [];               // a kiosk's: {n, kiosk, id}
  answers = new Map();       // id -> {kiosk, text}: the first that the kiosk sent
  finished = [];             // the gateways' log lines request_finished
}

// A kiosk that says yes, late, never, or only in its next life; the body's n decides which.
class LoadKiosk {
  open = [];  // what it answers when it is connected again
  // silence: of so many calls it leaves one unanswered.
  constructor(record, silence, books) { this.record = record; this.silence = silence; this.books = books; }
  connect(gw) {
    this.link = new Kiosk(gw, this.record.id, this.record.token, (message) => this.#take(message));
    gw.kiosks.push(this.link);
    return this.link.opened.then(() => { for (const message of this.open.splice(0)) this.#answer(message); });
  }
  #take(message) {
    this.books.frames.push({ n: message.body.n, kiosk: this.record.id, id: message.request_id });
    const how = message.body.n % 97;
    if (message.body.n % this.silence === 0) return;
    if (how === 1) { this.open.push(message); return; }       // after the crash
    if (how < 20) { setTimeout(() => this.#answer(message), how * 5); return; }  // out of order
    this.#answer(message);
  }
  #answer(message) {
    // Bytes that nobody could make up, and that a JSON library would change.
    const text = `{"request_id":"${message.request_id}","status":"success","n":${message.body.n},"sum":10.10,"nonce":"${crypto.randomBytes(9).toString('hex')}"}`;
    if (!this.books.answers.has(message.request_id)) this.books.answers.set(message.request_id, { kiosk: this.record.id, text });
    if (this.link.ws.readyState === 1) this.link.send(text);
  }
}

// settings(): the environment of the next life; each is on the same data. -> {books, gw, lives}
export async function killUnderLoad({ kills, settings }) {
  const dir = tempDir();
  const books = new Books();
  const start = async () => {
    const gw = await Gateway.start({ dir, env: settings() });
    await until('it serves', async () => (await gw.get('/health/ready')).status === 200);
    return gw;
  };
  const lives = [await start()];
  let gw = lives[0];
  const kiosks = [];
  for (const [max_in_flight, silence] of [[32, 89], [32, 83], [4, 101], [1, 3]]) kiosks.push(new LoadKiosk(await gw.addKiosk({ max_in_flight }), silence, books));
  let n = 0;
  for (let kill = 0; kill <= kills; ++kill) {
    await Promise.all(kiosks.map((kiosk) => kiosk.connect(gw)));
    let stop = false;
    const worker = async () => {
      while (!stop) {
        // The last kiosk takes one at a time: sooner or later one that it never answers stands before all others.
        const call = { n: ++n, kiosk: kiosks[n % 40 === 7 ? 3 : n % 3].record.id, status: null };
        books.calls.push(call);
        const answer = await gw.send(call.kiosk, { n: call.n }, { timeout: 1 + (n % 3) }).catch((error) => { call.error = error; });
        if (!answer) return;
        Object.assign(call, { status: answer.status, text: answer.text, json: answer.json });
      }
    };
    const workers = Array.from({ length: WORKERS }, worker);
    const from = Date.now(), answered = books.answers.size;
    await until('there is load', () => Date.now() - from > RUN_MS && books.answers.size > answered + 50);
    if (kill === kills) stop = true;
    else gw.kill('SIGKILL');
    await Promise.all(workers);
    if (kill === kills) break;
    await gw.exited;
    if (gw.breach) throw gw.breach;
    gw.checkOutput();
    gw = await start();
    lives.push(gw);
  }
  for (const life of lives) books.finished.push(...life.logged('request_finished'));
  return { books, gw, lives };
}

// Every request that the store knows, from the newest on.
async function everyRequest(gw) {
  const all = new Map();
  for (let before = ''; before !== null;) {
    const { status, json, text } = await gw.api('GET', `/api/requests?limit=500${before}`);
    assert.equal(status, 200, text);
    for (const row of json.requests) all.set(row.request_id, row);
    before = json.next ? `&cursor=${encodeURIComponent(json.next)}` : null;
  }
  return all;
}

// Throws at the first thing that is not as it must be. -> what was looked at, in numbers.
export async function check({ books, gw }) {
  const stored = await until('every accepted request has ended', async () => {
    const all = await everyRequest(gw);
    return [...all.values()].every((row) => FINAL.has(row.state)) && all;
  }, 20000);  // 3: past the longest timeout

  const framesOf = new Map();  // n -> frames
  const seenIds = new Set();
  for (const frame of books.frames) {
    assert.ok(!seenIds.has(frame.id), `2: sent twice: ${JSON.stringify(frame)}`);
    assert.ok(!framesOf.has(frame.n), `2: one call, two requests: ${JSON.stringify(frame)}`);
    seenIds.add(frame.id);
    framesOf.set(frame.n, frame);
    const row = stored.get(frame.id);
    assert.ok(row, `sent and not recorded: ${JSON.stringify(frame)}`);
    assert.equal(row.kiosk_id, frame.kiosk, '1: the kiosk that it was for');
    assert.ok(row.state !== 'rejected' && row.state !== 'cancelled', `4: sent, and ${row.state}: ${JSON.stringify(row)}`);
  }

  const told = { answered: 0, timeout: 0, refused: 0, unknown: 0 };
  for (const call of books.calls) {
    const frame = framesOf.get(call.n);
    const id = call.json?.request_id;
    const shown = `${JSON.stringify(call)} ${JSON.stringify(frame)} ${JSON.stringify(stored.get(id))}`;
    if (call.status === 200) {
      ++told.answered;
      assert.equal(frame?.id, id, `1: another's answer: ${shown}`);
      assert.equal(frame.kiosk, call.kiosk, `1: another kiosk's answer: ${shown}`);
      assert.equal(call.text, books.answers.get(id).text, `1: not the kiosk's own bytes: ${shown}`);
      const seen = await gw.request(id);
      assert.deepEqual([seen.state, seen.late], ['answered', false], `5: ${shown}`);
      assert.deepEqual(seen.response, call.json, `5: ${shown}`);
    } else if (call.status === 504) {
      ++told.timeout;
      const row = stored.get(id);
      assert.ok(row?.state === 'timed_out' || (row?.state === 'answered' && row.late), `5: told that the time is over: ${shown}`);
    } else if (call.status === null) {
      ++told.unknown;
      if (!['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(call.error.code)) throw call.error;
    } else {
      assert.ok(NOT_SENT.has(call.status), shown);
      ++told.refused;
      assert.ok(!frame, `4: refused and sent: ${shown}`);
      if (id) assert.ok(!stored.has(id) || stored.get(id).state === 'rejected', `5: ${shown}`);
    }
  }

  // What the gateways said in their logs, they said as well.
  for (const line of books.finished) {
    const row = stored.get(line.request_id);
    if (RESULTS.has(line.result)) assert.equal(row?.state, 'answered', JSON.stringify(line));
    else if (line.result === 'timeout') assert.ok(row && row.state !== 'rejected', JSON.stringify(line));
  }
  for (const [id, answer] of books.answers) {
    const row = stored.get(id);
    if (row.state === 'answered') assert.equal((await gw.request(id)).response.nonce, JSON.parse(answer.text).nonce, `1: another answer of ${id}`);
  }
  const states = {};
  for (const row of stored.values()) states[row.state] = (states[row.state] ?? 0) + 1;
  assert.ok(told.answered > 100 && states.timed_out > 0 && states.rejected > 0 && told.unknown > 0, `enough happened: ${JSON.stringify({ told, states })}`);
  return { calls: books.calls.length, told, stored: states, frames: books.frames.length };
}
