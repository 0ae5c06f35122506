// Who is too slow is given up: heads, bodies, answers that nobody reads, kiosks that answer no ping. These take their
// bounds of 20 to 30 seconds, so they run side by side.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Gateway, assertError, pace, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, RawKiosk, sendText, wsFrame } from './raw.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const send = (fields, rest = '') => sendText('nobody', '', { length: false, fields }) + rest;

describe('too slow', { concurrency: 10 }, () => {
  const starts = {
    'half a request line': ['GET /health HT'],
    'a head that drips': ['GET /health HTTP/1.1\r\nHost: localhost\r\n', 'X: y\r\n'],
    'a body that drips': [send(['Content-Length: 100'], '{"a":'), ' '],
    'half a chunk': [send(['Transfer-Encoding: chunked'], '5\r\n{"a"')],
    'an answered request, then half a one': ['GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\nGET /'],
  };
  for (const [name, [text, drip]] of Object.entries(starts)) {
    it(`${name}: 408 after 20 s`, async () => {
      const raw = await RawConnection.open(gw);
      const began = Date.now();
      raw.write(text);
      if (name.startsWith('an answered')) assert.equal((await raw.response()).status, 200);
      const drops = drip && setInterval(() => raw.write(drip), 1000);
      const answer = await raw.response({ ms: 60_000 }).finally(() => clearInterval(drops));
      const took = Date.now() - began;
      assertError(answer, 408, 'request_timeout');
      assert.ok(took > 18500, `${took} ms`);
      pace(name, took, 25_000);
      await raw.end();
      raw.destroy();
    });
  }

  it('a kiosk that answers no ping is closed 10 s after it; any byte from it counts as life', async () => {
    const [mute, alive] = [await gw.addKiosk(), await gw.addKiosk()];
    const [silent, talks, proper] = [await RawKiosk.connect(gw, mute.token), await RawKiosk.connect(gw, alive.token), await gw.kiosk(sayYes)];
    const began = Date.now();
    const talk = setInterval(() => talks.write(wsFrame(10, '')), 4000);
    const ping = await silent.frame(60_000);
    assert.equal(ping.opcode, 9);
    const pinged = Date.now();
    pace('a ping', pinged - began, 24_000);  // every 20 s; the first may come earlier
    await silent.end(60_000).finally(() => clearInterval(talk));
    const took = Date.now() - pinged;
    assert.ok(took > 9000, `closed ${took} ms after the ping`);
    pace('closed after the ping', took, 15_000);
    await until('it is offline', async () => !(await gw.kioskInfo(mute.id)).online);
    assert.equal((await gw.kioskInfo(alive.id)).online, true);
    assert.equal((await gw.send(proper)).status, 200);
    talks.destroy();
  });

  it('a caller that reads nothing of its answer is given up', async () => {
    const big = await gw.kiosk((message) => ({ request_id: message.request_id, pad: 'x'.repeat(1000000) }));
    const raw = await RawConnection.open(gw);
    raw.socket.pause();
    raw.write(sendText(big.id, '{}').repeat(40));
    await until('the kiosk was asked', () => big.messages.entries.length > 0);
    // Its end shows when something is written: nothing is read here.
    const poke = setInterval(() => raw.write('\r\n'), 500);
    await until('its connection is reset', () => raw.error || raw.ended || raw.socket.destroyed).finally(() => clearInterval(poke));
    assert.ok(big.messages.entries.length < 40);
    raw.destroy();
  });
});
