// Clients that are many, or slow to read, or both: the others must not notice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, assertError, pace, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, RawKiosk, sendText } from './raw.mjs';

let gw, good;
before(async () => {
  gw = await Gateway.start();
  good = await gw.kiosk(sayYes);
});
after(() => gw.stop());

// A payment goes through at once, whatever else goes on.
async function paymentWorks(what) {
  for (let n = 0; n < 5; ++n) {
    const began = Date.now();
    const answer = await gw.send(good, { n });
    assert.equal(answer.status, 200, `${what}: ${answer.text}`);
    pace(what, Date.now() - began, 6000);  // generous: kiosks and callers live in this one busy process
  }
}

test('1,000 requests in one write', async () => {
  const raw = await RawConnection.open(gw);
  raw.write(Array.from({ length: 1000 }, (_, n) => `GET ${n % 2 ? '/health/live' : `/n${n}`} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''));
  for (let n = 0; n < 1000; ++n) assert.equal((await raw.response()).status, n % 2 ? 200 : 404, `answer ${n}`);
  raw.write(Array.from({ length: 1000 }, (_, n) => sendText(good.id, `{"n":${n}}`)).join(''));
  for (let n = 0; n < 1000; ++n) assert.equal((await raw.response()).status, 200, `payment ${n}`);
  assert.deepEqual(good.messages.entries.slice(-1000).map((message) => message.body.n), Array.from({ length: 1000 }, (_, n) => n));
  raw.destroy();
});

test('2,000 idle connections', async () => {
  const raws = [];
  for (let n = 0; n < 2000; n += 100) raws.push(...await Promise.all(Array.from({ length: 100 }, () => RawConnection.open(gw))));
  for (const raw of raws.slice(0, 1000)) raw.write('GET /health HTTP/1.1\r\nHost: loc');
  await paymentWorks('2,000 idle');
  for (const raw of raws.slice(0, 1000)) raw.write('alhost\r\n\r\n');
  for (const raw of raws.slice(0, 1000)) assert.equal((await raw.response()).status, 200);
  for (const raw of raws) raw.reset();
  await paymentWorks('2,000 resets');
});

test('callers that do not read their answers', async () => {
  const big = await gw.kiosk((message) => ({ request_id: message.request_id, pad: 'x'.repeat(900000) }), { max_in_flight: 1000 });
  const before = gw.rssBytes();
  const raws = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(gw)));
  for (const raw of raws) {
    raw.socket.pause();
    raw.write(sendText(big.id, '{}').repeat(30));
  }
  await until('all first answers came', () => big.messages.entries.length >= 20);
  await paymentWorks('unread answers');
  await paymentWorks('unread answers, later');
  assert.ok(gw.rssBytes() - before < 250 << 20, `an unread answer holds back the next request: ${gw.rssBytes() - before}`);
  assert.ok(big.messages.entries.length < 20 * 30, 'and pipelined requests wait for their reader');
  raws[0].socket.resume();
  for (let n = 0; n < 30; ++n) assert.equal((await raws[0].response()).body.length > 900000, true, `answer ${n}, once it reads`);
  for (const raw of raws) raw.destroy();
});

test('a kiosk that stops reading', async () => {
  const { id, token } = await gw.addKiosk({ max_in_flight: 1000 });
  const deaf = await RawKiosk.connect(gw, token);
  deaf.socket.pause();
  const before = gw.rssBytes();
  const body = `{"pad":"${'y'.repeat(1000000)}"}`;
  const calls = Array.from({ length: 60 }, () => gw.send(id, body, { timeout: 3 }));
  await paymentWorks('a deaf kiosk');
  const answers = await Promise.all(calls);
  for (const answer of answers) assert.ok(['timeout', 'kiosk_busy'].includes(answer.json?.error), answer.text);
  await paymentWorks('a deaf kiosk, later');
  await until('it is no longer taken for online', async () => !(await gw.kioskInfo(id)).online);
  assert.ok(gw.rssBytes() - before < 200 << 20, `${gw.rssBytes() - before}`);
  // What was refused was surely not sent; what may have left is a timeout.
  const refused = answers.filter((one) => one.json.error === 'kiosk_busy');
  assert.ok(refused.length > 40, `${refused.length}`);
  for (const answer of refused) assertError(answer, 429, 'kiosk_busy');
  deaf.destroy();
});

test('connections that only come and go', async () => {
  for (let round = 0; round < 10; ++round) {
    const raws = await Promise.all(Array.from({ length: 200 }, () => RawConnection.open(gw)));
    raws.forEach((raw, n) => (n % 3 === 0 ? raw.reset() : n % 3 === 1 ? raw.destroy() : raw.socket.end('GET')));
  }
  await paymentWorks('2,000 visits');
});
