// The books of kill_under_load.mjs, held against each other and against what the last gateway says of every request.
// DESIGN's statements by their numbers: 1 an answer reaches only its own caller, with the kiosk's own bytes; 2 a v1 kiosk
// gets a request at most once, and an order with a key too; 3 every accepted request ends; 4 what was called not sent was
// not sent; 5 what a caller was told stays true; 6 a key says again what it said. And: 7 an answer that nobody was told is
// on the list of the unclaimed; 8 a callback that is owed comes at least once, and no other ever.
import assert from 'node:assert/strict';
import { until } from './harness.mjs';
import { keyOf, operationOf } from './kill_backends.mjs';

const FINAL = new Set(['answered', 'timed_out', 'rejected', 'cancelled']);
const RESULTS = new Set(['success', 'declined', 'failed', 'error', 'unknown', 'unclassified']);  // of an answer, in the log
const NOT_SENT = new Set([400, 401, 403, 404, 422, 429, 503]);
const BROKEN = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'];

// Every row of a list, page by page.
async function everyRow(gw, target, name) {
  const all = [];
  for (let cursor = ''; cursor !== null;) {
    const { status, json, text } = await gw.api('GET', `${target}${target.includes('?') ? '&' : '?'}limit=500${cursor}`);
    assert.equal(status, 200, text);
    all.push(...json[name]);
    cursor = json.next === null || json.next === undefined ? null : `&cursor=${encodeURIComponent(json.next)}`;
  }
  return all;
}
const everyRequest = async (gw, query = '') => new Map((await everyRow(gw, `/api/requests${query}`, 'requests')).map((row) => [row.request_id, row]));

// Some at a time: there are thousands.
async function each(items, what) {
  const left = [...items];
  await Promise.all(Array.from({ length: 16 }, async () => { while (left.length > 0) await what(left.pop()); }));
}

// An operator's look claims nothing.
async function look(gw, id) {
  const answer = await gw.api('GET', `/requests/${id}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

function checkFrames({ books, stored, framesOf }) {
  const seenIds = new Set();
  for (const frame of books.frames) {
    assert.ok(!seenIds.has(frame.id), `2: sent twice: ${JSON.stringify(frame)}`);
    assert.ok(!framesOf.has(frame.n), `2: ${keyOf(frame.n) ? 'one key, two executions' : 'one call, two requests'}: ${JSON.stringify([framesOf.get(frame.n), frame])}`);
    seenIds.add(frame.id);
    framesOf.set(frame.n, frame);
    const row = stored.get(frame.id);
    assert.ok(row, `sent and not recorded: ${JSON.stringify(frame)}`);
    assert.equal(row.kiosk_id, frame.kiosk, '1: the kiosk that it was for');
    assert.equal(row.operation_type, operationOf(frame.n));
    assert.ok(row.state !== 'rejected' && row.state !== 'cancelled', `4: sent, and ${row.state}: ${JSON.stringify(row)}`);
  }
}

async function checkCalls({ books, gw, stored, framesOf }, told) {
  const count = { answered: 0, timeout: 0, refused: 0, accepted: 0, unknown: 0 };
  await each(books.calls, async (call) => {
    const frame = framesOf.get(call.n);
    const id = call.json?.request_id;
    const row = stored.get(id);
    const shown = `${JSON.stringify(call)} ${JSON.stringify(frame)} ${JSON.stringify(row)}`;
    if (call.status === 200) {
      ++count.answered;
      assert.equal(frame?.id, id, `1: another's answer: ${shown}`);
      assert.equal(frame.kiosk, call.kiosk, `1: another kiosk's answer: ${shown}`);
      assert.equal(call.text, books.answers.get(id).text, `1: not the kiosk's own bytes: ${shown}`);
      const seen = await look(gw, id);
      assert.deepEqual([seen.state, seen.late && !call.replayed], ['answered', false], `5: ${shown}`);
      assert.deepEqual(seen.response, call.json, `5: ${shown}`);
      told.add(id);
    } else if (call.status === 504) {
      ++count.timeout;
      assert.ok(row?.state === 'timed_out' || (row?.state === 'answered' && (row.late || call.replayed)), `5: told that the time is over: ${shown}`);
      if (frame) assert.equal(id, frame.id, `6: not its own: ${shown}`);
    } else if (call.status === 202) {
      ++count.accepted;
      assert.ok(row, `5: told that it was accepted, and not recorded: ${shown}`);
      if (frame) assert.equal(id, frame.id, `6: not its own: ${shown}`);
    } else if (call.status === null) {
      ++count.unknown;
      if (!BROKEN.includes(call.error.code)) throw call.error;
    } else {
      assert.ok(NOT_SENT.has(call.status), shown);
      ++count.refused;
      assert.ok(!frame || (call.key && frame.id !== id), `4: refused and sent: ${shown}`);
      // Refused while the store was gone, and killed before that could be written: it may stand as sent, and was not.
      const in_outage = call.json.error === 'store_unavailable' && row?.state === 'timed_out';
      if (id) assert.ok(!row || row.state === 'rejected' || row.state === 'cancelled' || in_outage, `5: ${shown}`);
    }
  });
  for (const { id, status, state } of books.cancels) {
    assert.ok([200, 409, 501, 503].includes(status), `cancelled: ${status}`);
    if (status === 200) assert.deepEqual([state, stored.get(id)?.state], ['cancelled', 'cancelled'], `5: cancelled: ${id}`);
  }
  return count;
}

// What a key was told is what it is told ever after; by order of the calls, where one ended before the other began.
function checkKeys({ books }) {
  const answered = new Map();  // n -> the call that was answered first
  for (const call of books.calls)
    if (call.key && call.status === 200 && !(answered.get(call.n)?.ended < call.ended)) answered.set(call.n, call);
  for (const call of books.calls) {
    const first = answered.get(call.n);
    if (!first || call.began < first.ended) continue;
    const shown = `${JSON.stringify(first)} ${JSON.stringify(call)}`;
    if (call.status === 200) assert.equal(call.text, first.text, `6: its key says something else: ${shown}`);
    else assert.ok(call.status === null || call.status === 503, `6: its key was answered, and now says ${call.status}: ${shown}`);
  }
}

// What the gateways said in their logs, they said as well; what a kiosk said first is what counts.
async function checkAnswers({ books, gw, stored }, told) {
  for (const line of books.finished) {
    const row = stored.get(line.request_id);
    if (RESULTS.has(line.result)) assert.equal(row?.state, 'answered', JSON.stringify(line));
    else if (line.result === 'timeout') assert.ok(row && row.state !== 'rejected', JSON.stringify(line));
  }
  const nonceOf = (id) => JSON.parse(books.answers.get(id).text).nonce;
  await each(books.answers.keys(), async (id) => {
    if (stored.get(id).state === 'answered') assert.equal((await look(gw, id)).response.nonce, nonceOf(id), `1: another answer of ${id}`);
  });
  for (const [id, seen] of books.read) {
    assert.equal(seen.response.nonce, nonceOf(id), `5: read another answer of ${id}`);
    told.add(id);
  }
}

// 8: `webhook-id` is the request's id and the number of its end.
async function checkCallbacks({ books, gw, stored }, told) {
  await until('every callback has been delivered', async () => (await everyRow(gw, '/api/callbacks?state=owed', 'callbacks')).length === 0, 60000);
  const owed = new Set();
  for (const [id, row] of stored) {
    if (row.operation_type !== 'fiscal') continue;
    owed.add(`${id}.1`);
    if (row.late) owed.add(`${id}.2`);
  }
  for (const { id, n, taken, verified, body } of books.callbacks) {
    const shown = `${id}.${n} ${JSON.stringify(body)} ${JSON.stringify(stored.get(id))}`;
    assert.ok(verified[0] && body.request_id === id, `8: not signed, or another's: ${shown}`);
    assert.ok(owed.has(`${id}.${n}`), `8: a callback that nobody owes: ${shown}`);
    if (body.state === 'answered') {
      assert.equal(body.response.nonce, JSON.parse(books.answers.get(id).text).nonce, `8: another answer: ${shown}`);
      if (taken) told.add(id);
    } else {
      assert.ok(body.state === stored.get(id).state || stored.get(id).late, `8: not how it ended: ${shown}`);
    }
  }
  const came = new Set(books.callbacks.filter((one) => one.taken).map(({ id, n }) => `${id}.${n}`));
  for (const id of owed) assert.ok(came.has(id), `8: a callback that was owed never came: ${id} ${JSON.stringify(stored.get(id.slice(0, -2)))}`);
  return owed.size;
}

// 7, and then every order with a key that ran is asked for once more: the same answer, which is known from now on.
async function checkUnclaimed(facts, told) {
  const { books, gw, backends, stored, framesOf } = facts;
  const unclaimed = await everyRequest(gw, '?unclaimed=true');
  const untold = [...stored.values()].filter((row) => row.state === 'answered' && !told.has(row.request_id));
  for (const row of untold) assert.ok(unclaimed.has(row.request_id), `7: answered, told to nobody, and not on the list: ${JSON.stringify(row)} ${JSON.stringify(books.calls.filter((call) => framesOf.get(call.n)?.id === row.request_id))}`);
  const frames = books.frames.length;
  const keyed = [...framesOf.values()].filter((frame) => keyOf(frame.n));
  await each(keyed, async (frame) => {
    const call = await backends.again(gw, frame);
    const row = stored.get(frame.id);
    const shown = `${JSON.stringify(call)} ${JSON.stringify(row)}`;
    assert.deepEqual([call.status, call.json?.request_id, call.replayed], [row.state === 'answered' ? 200 : 504, frame.id, true], `6: its key ran: ${shown}`);
    if (call.status === 200) assert.equal(call.text, books.answers.get(frame.id).text, `6: its key says something else: ${shown}`);
  });
  assert.equal(books.frames.length, frames, '2: one key, two executions');
  const read = new Set(keyed.map((frame) => frame.id));
  await until('what was told by its key is off the list', async () => [...(await everyRequest(gw, '?unclaimed=true')).keys()].every((id) => !read.has(id)));
  return { untold: untold.length, listed: unclaimed.size, by_key: keyed.length };
}

// Throws at the first thing that is not as it must be. -> what was looked at, in numbers.
export async function check({ books, gw, backends }) {
  const stored = await until('3: every accepted request has ended', async () => {
    const all = await everyRequest(gw);
    return [...all.values()].every((row) => FINAL.has(row.state)) && all;
  }, 20000);  // past the longest timeout
  const facts = { books, gw, backends, stored, framesOf: new Map() };
  const known = new Set();  // whose answers somebody has got
  checkFrames(facts);
  const told = await checkCalls(facts, known);
  checkKeys(facts);
  await checkAnswers(facts, known);
  const callbacks = await checkCallbacks(facts, known);
  const { untold, listed, by_key } = await checkUnclaimed(facts, known);
  const states = {};
  for (const row of stored.values()) states[row.state] = (states[row.state] ?? 0) + 1;
  const done = { calls: books.calls.length, told, stored: states, frames: books.frames.length, by_key, callbacks, callback_tries: books.callbacks.length, untold, listed };
  assert.ok(told.answered > 100 && told.accepted > 0 && states.timed_out > 0 && states.rejected > 0 && told.unknown > 0 && by_key > 0 && callbacks > 0 && untold > 0
    && books.callbacks.some((one) => !one.taken) && books.calls.some((call) => call.replayed) && books.read.size > 0, `enough happened: ${JSON.stringify(done)}`);
  return done;
}
