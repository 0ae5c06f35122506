// The gateway's end, wanted and unwanted, and its next life: PROTOCOL.md 1.2 and 2.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, UUIDV7, assertError, newSecret, pace, preload, tempDir, until, within } from './harness.mjs';
import { Kiosk, sayYes } from './kiosk.mjs';
import { RawConnection, sendText } from './raw.mjs';

test('SIGTERM: the running one is answered, new ones are refused, kiosks hear 1012, exit 0', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 1 });
  const idle = await gw.kiosk(sayYes);
  const running = gw.send(kiosk, { n: 1 });
  const request = await kiosk.take();
  const waiting = gw.send(kiosk, { n: 2 });
  await until('one waits', async () => (await gw.kioskInfo(kiosk.id)).waiting === 1);
  const open = await RawConnection.open(gw);
  const ask = async (text) => { open.write(text); return open.response(); };
  assert.equal((await ask('GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n')).status, 200);

  gw.kill('SIGTERM');
  await gw.waitLog('stopping');
  assert.equal((await ask('GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n')).status, 503);
  for (const fresh of [idle, kiosk]) {
    const refused = await RawConnection.open(gw).then(async (raw) => { raw.write(sendText(fresh.id, '{}')); return raw.response(); }).catch(() => null);
    if (refused) assertError(refused, 503, 'draining', { kiosk_id: fresh.id });  // null: the door is closed for good
  }
  const late = new Kiosk(gw, idle.id, idle.token);
  const how = await late.settled.catch(() => 'door closed');
  assert.ok(how === 'door closed' || how.refused === 503, JSON.stringify(how));
  assert.equal(idle.messages.entries.length, 0);
  assert.equal(idle.ws.readyState, 1, 'alone: kiosks are told at the very end');
  kiosk.answer(request, { done: true });
  assert.equal((await running).json.done, true);
  // The one that waited got its turn, or was refused; never silence.
  const last = await Promise.race([waiting, kiosk.take().then((next) => { kiosk.answer(next); return waiting; })]);
  assert.ok(last.status === 200 || last.json.error === 'draining', last.text);
  for (const one of [kiosk, idle]) assert.equal((await one.closedWithin()).code, 1012);
  assert.deepEqual(await within(gw.exited, 'it ends'), { code: 0, signal: null });
  assert.equal(gw.logged('stopped').length, 1);
  gw.checkOutput();
});

test('SIGINT as well; and at once when nothing runs', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  await gw.send(kiosk);
  const began = Date.now();
  gw.kill('SIGINT');
  assert.deepEqual(await within(gw.exited, 'it ends'), { code: 0, signal: null });
  pace('the end', Date.now() - began, 4000);
  assert.equal((await kiosk.closedWithin()).code, 1012);
});

test('names that DNS never answers do not hold the exit', async () => {
  const seen = tempDir();
  const gw = await Gateway.start({ env: preload('libmute_names.so', { MUTE_NAMES_SEEN: seen, GRAFANA_PROMETHEUS_URL: 'http://metrics.mute.test/push', GRAFANA_PROMETHEUS_USERNAME: '1', GRAFANA_PROMETHEUS_PASSWORD: newSecret(),
    TELEGRAM_API_URL: 'http://telegram.mute.test', TELEGRAM_BOT_TOKEN: `123456:${newSecret()}`, TELEGRAM_ADMIN_IDS: '1' }) });
  for (const name of ['metrics.mute.test', 'telegram.mute.test']) await until(`${name} is asked for`, () => fs.existsSync(path.join(seen, name)));
  const began = Date.now();
  gw.kill('SIGTERM');
  assert.deepEqual(await within(gw.exited, 'it ends'), { code: 0, signal: null });  // an answer would come after ten minutes
  pace('the end', Date.now() - began, 4000);
});

test('DRAIN_TIMEOUT: callers that still wait get a 504 with the id', async () => {
  const gw = await Gateway.start({ env: { DRAIN_TIMEOUT: '1' } });
  const kiosk = await gw.kiosk(undefined);
  const running = gw.send(kiosk, {});
  const request = await kiosk.take();
  const began = Date.now();
  gw.kill('SIGTERM');
  const answer = assertError(await running, 504, 'timeout', { kiosk_id: kiosk.id, request_id: true });
  assert.equal(answer.json.request_id, request.request_id);
  const took = Date.now() - began;
  assert.ok(took >= 950, `${took} ms`);
  pace('DRAIN_TIMEOUT=1', took, 5000);
  assert.equal((await within(gw.exited, 'it ends')).code, 0);

  // Its deadline has not passed: the kiosk may still answer, in the next life.
  const next = await Gateway.start({ dir: gw.dir, env: { PORT: String(gw.port) } });
  assert.equal((await next.request(request.request_id)).state, 'dispatched');
  const again = await next.kiosk(undefined, { of: kiosk });
  again.answer(request, { after: 'the restart' });
  await until('it is answered', async () => (await next.request(request.request_id)).state === 'answered');
  const seen = await next.request(request.request_id);
  assert.deepEqual([seen.response.after, seen.late, seen.outcome], ['the restart', false, 'known']);
  await next.stop();
});

test('SIGKILL: dispatched ones are answered or time out, undispatched ones are rejected, nothing is sent twice', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined, { max_in_flight: 2 });
  const done = await (async () => { const call = gw.send(kiosk, { n: 0 }); kiosk.answer(await kiosk.take(), { n: 0 }); return call; })();
  const calls = [gw.send(kiosk, { n: 1 }), gw.send(kiosk, { n: 2 }, { timeout: 3 })];
  const requests = [await kiosk.take(), await kiosk.take()].sort((a, b) => a.body.n - b.body.n);
  const waiting = gw.send(kiosk, { n: 3 });
  await until('one waits', async () => (await gw.kioskInfo(kiosk.id)).waiting === 1);
  // Records are committed in order: once a later one is answered, the waiting one's acceptance is on disk.
  assert.equal((await gw.send(await gw.kiosk(sayYes))).status, 200);
  gw.kill('SIGKILL');
  for (const { status } of await Promise.allSettled([...calls, waiting])) assert.equal(status, 'rejected', 'the connection breaks: unknown to the caller');
  await gw.exited;

  const next = await Gateway.start({ dir: gw.dir });
  const again = await next.kiosk(undefined, { of: kiosk });
  assert.deepEqual((await next.request(done.json.request_id)).response, done.json, 'what a caller was told');
  const rejected = await next.waitLog('request_finished', (line) => line.kiosk_id === kiosk.id && line.result !== 'timeout' && line.request_id !== requests[0].request_id && line.request_id !== requests[1].request_id);
  assert.match(rejected.request_id, UUIDV7);
  assert.deepEqual(await next.request(rejected.request_id).then((seen) => [seen.state, seen.outcome]), ['rejected', 'not_executed']);
  again.answer(requests[0], { after: 'the crash' });
  await until('it is answered', async () => (await next.request(requests[0].request_id)).state === 'answered');
  assert.equal((await next.request(requests[0].request_id)).response.after, 'the crash');
  await until('it is timed out', async () => (await next.request(requests[1].request_id)).state === 'timed_out');
  const out = await next.request(requests[1].request_id);
  assert.equal(out.outcome, 'unknown');
  again.answer(requests[1], { late: 1 });
  await next.waitLog('late_answer');
  assert.equal((await next.request(requests[1].request_id)).late, true);
  assert.equal(again.messages.entries.length, 0, 'nothing was sent again');
  const fresh = next.send(again, { n: 4 });
  again.answer(await again.take());
  assert.equal((await fresh).status, 200);
  await next.stop();
});

test('a deadline that passes while the gateway is down', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const call = gw.send(kiosk, {}, { timeout: 1 });
  const request = await kiosk.take();
  const { deadline_at: deadline } = await gw.request(request.request_id);
  gw.kill('SIGKILL');
  await assert.rejects(call);
  await gw.exited;
  await until('the deadline is past', () => Date.now() > Date.parse(deadline));
  const next = await Gateway.start({ dir: gw.dir });
  await until('it is timed out', async () => (await next.request(request.request_id)).state === 'timed_out');
  assert.equal((await next.request(request.request_id)).deadline_at, deadline, 'a restart never grants more');
  await next.stop();
});

test('crash after crash, under load: every caller\'s answer is in the journal', async () => {
  let gw = await Gateway.start();
  const of = await gw.addKiosk({ max_in_flight: 100 });
  const { dir } = gw;
  const told = new Map();
  const executed = new Map();
  for (let round = 0; round < 4; ++round) {
    const kiosk = await gw.kiosk((message) => {
      executed.set(message.request_id, (executed.get(message.request_id) ?? 0) + 1);
      return sayYes(message);
    }, { of });
    let stop = false;
    const worker = async () => {
      while (!stop) {
        const answer = await gw.send(kiosk, {}).catch(() => null);
        if (!answer) return;
        assert.equal(answer.status, 200, answer.text);
        told.set(answer.json.request_id, answer.text);
      }
    };
    const target = told.size + 200;
    const workers = Array.from({ length: 20 }, worker);
    await until('200 more are answered', () => told.size >= target);
    gw.kill('SIGKILL');
    await gw.exited;
    stop = true;
    await Promise.all(workers);
    gw = await Gateway.start({ dir });
  }
  for (const [id, text] of told) {
    const seen = await gw.get(`/requests/${id}`);
    assert.ok(seen.json.state === 'answered' && seen.text.includes(text), `${id}: ${seen.text}`);
  }
  assert.ok([...executed.values()].every((times) => times === 1), 'at most once to a v1 kiosk');
  await gw.stop();
});
