// A gateway that did not run for a while (stopped, swapped out, on a machine that was busy with others): nobody is judged
// by that time, and nobody is charged who left meanwhile. PROTOCOL.md 1.2, 2; docs/adr/0003.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as standStill } from 'node:timers/promises';
import { Gateway, assertError, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, sendText } from './raw.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

// Does `meanwhile` while the gateway is stopped. The pause itself is what is tested, so it is a time.
async function stalled(ms, meanwhile, which = gw) {
  which.kill('SIGSTOP');
  await until('it is stopped', () => /^State:\s+T/m.test(fs.readFileSync(`/proc/${which.pid}/status`, 'utf8')));
  try {
    await meanwhile();
    await standStill(ms);
  } finally {
    which.kill('SIGCONT');
  }
}

test('who left while the gateway stood still is not charged; a deadline counts from the arrival', async () => {
  const kiosk = await gw.kiosk(sayYes);
  const known = await RawConnection.open(gw);
  known.write(sendText(kiosk.id, '{"n":"before"}'));
  assert.equal((await known.response()).status, 200);
  const left = [known];
  let late, patient, reset;
  await stalled(1500, async () => {
    for (let n = 0; n < 10; ++n) left.push(await RawConnection.open(gw));
    for (const raw of left) {
      raw.write(sendText(kiosk.id, '{"n":"left"}', { fields: ['Header-Timeout: 40'] }));
      raw.socket.end();
    }
    reset = await RawConnection.open(gw);
    reset.write(sendText(kiosk.id, '{"n":"reset"}'));
    late = await RawConnection.open(gw);
    late.write(sendText(kiosk.id, '{"n":"late"}', { fields: ['Header-Timeout: 1'] }));
    patient = await RawConnection.open(gw);
    patient.write(sendText(kiosk.id, '{"n":"patient"}', { fields: ['Header-Timeout: 40'] }));
    await standStill(100);  // what is written reaches the kernel before the reset discards it
    reset.reset();
  });
  for (const raw of left) {
    const answer = assertError(await raw.response(), 503, 'caller_gone', { kiosk_id: kiosk.id });
    assert.equal(answer.headers['x-request-id'], undefined, 'it was never accepted');
  }
  assert.match(assertError(await late.response(), 503, 'overloaded', { kiosk_id: kiosk.id }).json.message, /Header-Timeout/);
  assert.equal((await patient.response()).status, 200);
  assert.equal((await gw.send(kiosk, { n: 'after' })).status, 200);
  assert.deepEqual(kiosk.messages.entries.map((message) => message.body.n), ['before', 'patient', 'after']);
  late.destroy();
  patient.destroy();
});

test('a kiosk that answered while the gateway stood still is heard, though the deadline passed meanwhile', async () => {
  const kiosk = await gw.kiosk(undefined);
  const call = gw.send(kiosk, { n: 1 }, { timeout: 1 });
  const request = await kiosk.take();
  await stalled(1500, () => kiosk.answer(request, { in: 'time' }));
  const answer = await call;
  assert.deepEqual([answer.status, answer.json.in], [200, 'time']);
  const seen = await gw.request(request.request_id);
  assert.deepEqual([seen.state, seen.late], ['answered', false]);
});

test('a drain that ends while the gateway stands still: who waits in line is told that nothing was sent', async () => {
  const ends = await Gateway.start({ env: { DRAIN_TIMEOUT: '5' } });
  const kiosk = await ends.kiosk(undefined, { max_in_flight: 1 });
  const runs = ends.send(kiosk, { n: 1 });
  await kiosk.take();
  const waits = ends.send(kiosk, { n: 2 });
  await until('the second waits', async () => (await ends.kioskInfo(kiosk.id)).waiting === 1);
  ends.kill('SIGTERM');
  await ends.waitLog('stopping');
  await stalled(7500, () => {}, ends);  // past its last words, too
  assertError(await runs, 504, 'timeout', { kiosk_id: kiosk.id, request_id: true });
  assertError(await waits, 503, 'draining', { kiosk_id: kiosk.id });
  assert.equal((await ends.exited).code, 0);
});
