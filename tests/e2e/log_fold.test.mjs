// Whoever is outside can't write the log full: the first lines of each source are whole, the rest is a number.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, until } from './harness.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

test('a kiosk\'s flood of frames is a few lines and a number; another kiosk\'s are whole', async () => {
  const [loud, other] = [await gw.kiosk(), await gw.kiosk()];
  const FRAMES = 5000;
  for (let n = 0; n < FRAMES; ++n) loud.send('x');
  loud.send('{"type":"ping"}');
  await until('all were read', () => loud.pongs.entries.length > 0);
  other.send('x');
  await gw.waitLog('unmatched_answer', (line) => line.kiosk_id === other.id);
  const whole = gw.logged('unmatched_answer').filter((line) => line.kiosk_id === loud.id).length;
  assert.ok(whole >= 1 && whole <= 60, `${whole} lines of ${FRAMES}`);
  let told = whole;
  for (let from = 0; told < FRAMES;) {
    const line = await gw.waitLog('lines_left_out', (one) => one.of === 'unmatched_answer' && one.source === loud.id, { from });
    from = gw.log.entries.indexOf(line) + 1;
    told += line.lines;
  }
  assert.equal(told, FRAMES);
});

test('wrong tokens and logins of one address', async () => {
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
  const knock = (n) => gw.get('/ws', { headers: upgrade, key: `wrong${n}`, localAddress: '127.0.8.8' });
  const login = (n) => gw.call('POST', '/dashboard/login', { headers: { 'content-type': 'application/json' }, body: `{"key":"wrong${n}"}`, localAddress: '127.0.8.9' });
  for (let n = 0; n < 300; n += 25) await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? knock(n + i) : login(n + i))));
  for (const [event, source] of [['kiosk_refused', '127.0.8.8'], ['access_refused', '127.0.8.9']]) {
    const { lines } = await gw.waitLog('lines_left_out', (line) => line.of === event && line.source === source);
    const whole = gw.logged(event).filter((line) => line.address === source).length;
    assert.ok(whole >= 1 && whole <= 30 && lines > 200, `${whole} lines, ${lines} left out`);
  }
});
