// A Redis that loses what it was given while the gateway is there: noticed on a live connection, under traffic and when
// nobody asks for anything; what is known is written again; nobody is taken for another gateway.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RedisServer } from './redis.mjs';

const healthy = (gw) => until('it is healthy', async () => (await gw.get('/health')).json.status === 'healthy', 10000);

// Callers without pause until `done` has ended; -> how many were told 200.
async function underTraffic(gw, kiosk, done) {
  let stop = false, good = 0;
  const worker = async () => {
    while (!stop) {
      const { status, text } = await gw.send(kiosk, {}, { timeout: 10 });
      assert.ok([200, 503, 504].includes(status), text);
      good += status === 200;
    }
  };
  const workers = Array.from({ length: 4 }, worker);
  const more = async (n) => { const to = good + n; await until('it goes on', () => good >= to); };
  await more(20);
  await done(more);
  await more(20);
  stop = true;
  await Promise.all(workers);
  return good;
}

// A gateway that starts on what is there now knows the kiosk and the key.
async function knownAfterwards(gw, server, kiosk, key) {
  await gw.stop();
  const again = await Gateway.start({ env: server.settings(), dir: gw.dir });
  const back = await again.kiosk(sayYes, { of: kiosk });
  assert.equal((await again.send(back, {}, { key })).status, 200);
  await again.stop();
}

for (const [what, command, lost] of [['FLUSHALL', ['FLUSHALL'], true], ['DEL kgw:lease', ['DEL', 'kgw:lease'], false]])
  test(`${what} under traffic: it goes on, with its kiosks and keys`, async () => {
    const server = await RedisServer.start();
    const gw = await Gateway.start({ env: server.settings() });
    const kiosk = await gw.kiosk(sayYes, { max_in_flight: 50 });
    await underTraffic(gw, kiosk, async (more) => {
      await server.command(...command);
      await gw.waitLog('store_recovered', ({ lost_data }) => lost_data === lost);
      await more(1);
    });
    await healthy(gw);
    assert.equal(gw.logged('store_taken_over').length, 0);
    if (lost) await gw.waitLog('registry_restored');
    assert.equal(gw.logged('kiosk_disconnected').length, 0);
    await knownAfterwards(gw, server, kiosk);
    await server.end();
  });

test('FLUSHALL when nobody asks for anything is noticed, told and made good', async () => {
  const server = await RedisServer.start();
  const gw = await Gateway.start({ env: server.settings() });
  const kiosk = await gw.kiosk(sayYes);
  const made = await gw.api('POST', '/api/keys', { name: 'shop', scopes: ['send', 'read'] });
  assert.equal(made.status, 201, made.text);
  const { key } = made.json;
  assert.equal((await gw.send(kiosk, {}, { key })).status, 200);
  await server.command('FLUSHALL');
  await gw.waitLog('store_recovered', ({ lost_data }) => lost_data);
  await gw.waitLog('registry_restored');
  await healthy(gw);
  assert.equal(kiosk.ws.readyState, 1);
  await knownAfterwards(gw, server, kiosk, key);
  await server.end();
});

test('stopped for longer than its lease without another gateway: it goes on', async () => {
  const server = await RedisServer.start();
  const gw = await Gateway.start({ env: server.settings() });
  const kiosk = await gw.kiosk(sayYes, { max_in_flight: 50 });
  await underTraffic(gw, kiosk, async (more) => {
    gw.kill('SIGSTOP');
    // What eight seconds do to the lease, and no other gateway.
    await server.command('DEL', 'kgw:lease');
    gw.kill('SIGCONT');
    await more(20);
  });
  await healthy(gw);
  assert.equal(gw.logged('store_taken_over').length, 0);
  await gw.stop();
  await server.end();
});

test('what /health says is wrong is what is wrong now', async () => {
  const server = await RedisServer.start();
  const gw = await Gateway.start({ env: server.settings() });
  await healthy(gw);
  const says = (why) => until(`it says ${why}`, async () => why.test((await gw.get('/health')).json.message ?? ''), 10000);
  server.kill('SIGSTOP');
  await says(/does not answer in time/);
  await server.end();
  await says(/Connection refused/);
  server.options.push('--requirepass', 'another');
  await server.restart();
  await says(/NOAUTH/);
  await gw.stop();
  await server.end();
});
