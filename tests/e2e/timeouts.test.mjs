// Timeouts that fit together (PROTOCOL.md 1.7): the gateway learns which are the wrong way round, and the API, doctor and the
// bot say what to set.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, binary, run, secret, tempDir, until } from './harness.mjs';
import { TelegramApi } from './telegram_api.mjs';

let api, gw;
before(async () => {
  api = await TelegramApi.start();
  gw = await Gateway.start({ env: api.env({ TELEGRAM_ADMIN_IDS: '101,102' }) });
});
after(async () => {
  await gw.stop();
  api.end();
});

const keyOf = async (owner, more = {}) => secret((await gw.api('POST', '/api/keys', { name: owner, owner, scopes: ['send'], ...more })).json.key);
const timeouts = async (options) => (await gw.api('GET', '/api/stats', undefined, options)).json.timeouts;
// Calls, hears nothing and hangs up when its own time is over.
const hangUp = (kiosk, key, ms) => gw.send(kiosk, {}, { key, agent: false, onSocket: (request) => setTimeout(() => request.destroy(), ms) }).then(() => assert.fail('it was answered'), () => {});

test('a backend that hangs up sooner than the gateway gives up; one that cancels now and then has no timeout', async () => {
  assert.deepEqual(await timeouts(), []);
  const mute = await gw.kiosk(undefined);
  const [shop, person] = [await keyOf('shop'), await keyOf('person')];
  await Promise.all([
    ...[2000, 2000, 2000].map((ms) => hangUp(mute, shop, ms)),
    ...[1500, 3000, 4500].map((ms) => hangUp(mute, person, ms)),
  ]);
  await gw.get('/health');  // whatever came before it has been seen
  const found = await until('it is known', async () => (await timeouts()).length > 0 && timeouts());
  assert.equal(found.length, 1, JSON.stringify(found));
  const { took_ms: took, last_at: at, ...rest } = found[0];
  assert.deepEqual(rest, { kind: 'caller_hangs_up', owner: 'shop', operation_type: null, times: 3, gateway_waits_ms: 45000, set_seconds: 50, header_timeout_seconds: null });
  assert.ok(took >= 1000 && took < 45000, took);
  assert.match(at, RFC3339);
  for (const message of mute.messages.entries) mute.answer(message);
  await mute.settle();
});

test('a device that answers after the 504', async () => {
  const slow = await gw.kiosk(undefined);
  for (let n = 0; n < 3; ++n) {
    const sent = gw.send(slow, { n }, { op: 'fiscal', timeout: 1 });
    const request = await slow.take();
    assert.equal((await sent).status, 504);
    slow.answer(request);
    await gw.waitLog('late_answer', (line) => line.request_id === request.request_id);
  }
  const [{ took_ms: took, gateway_waits_ms: waits, last_at: at, ...rest }] = await timeouts();
  assert.deepEqual(rest, { kind: 'device_answers_late', owner: null, operation_type: 'fiscal', times: 3, set_seconds: Math.ceil((Math.ceil(took / 1000) + 5) / 5) * 5, header_timeout_seconds: null });
  assert.ok(waits >= 900 && took >= waits && took < 60000, `${took} ${waits} ${at}`);
});

test('one that answers late because its connection was gone is not slow', async () => {
  const of = await gw.addKiosk();
  let kiosk = await gw.kiosk(undefined, { of });
  for (let n = 0; n < 3; ++n) {
    const sent = gw.send(of, { n }, { op: 'kds', timeout: 1 });
    const request = await kiosk.take();
    await kiosk.close();
    assert.equal((await sent).status, 504);
    kiosk = await gw.kiosk(undefined, { of });
    kiosk.answer(request);
    await gw.waitLog('late_answer', (line) => line.request_id === request.request_id);
  }
  assert.deepEqual((await timeouts()).map((one) => one.operation_type ?? one.owner).sort(), ['fiscal', 'shop']);
});

test('a key that is limited to some kiosks is told nothing of the others', async () => {
  const limited = await keyOf('limited', { scopes: ['read'], kiosks: ['nowhere_*'] });
  assert.equal((await gw.get('/api/stats', { key: limited })).json.timeouts, null);
});

test('doctor names each pair and the figure, or that it did not look', async () => {
  const look = async (env) => {
    const { code, stdout, stderr } = await run(binary, ['doctor', '--json'], { cwd: tempDir(), env: { DATA_DIR: gw.dataDir, REDIS_URL: gw.settings.REDIS_URL ?? '', GATEWAY_URL: gw.url, HOST: '127.0.0.1', PORT: String(gw.port), ...env } });
    assert.ok(stdout, `${code} ${stderr}`);
    return JSON.parse(stdout).findings.filter(({ what }) => what === 'timeouts');
  };
  const pairs = await look({ GATEWAY_KEY: gw.adminKey });
  assert.deepEqual(pairs.map(({ verdict }) => verdict), ['warn', 'warn']);
  assert.match(pairs[0].text, /^kiosks take up to \d\.\d s for fiscal and answer after the 504 \(seen 3 times\), because the gateway waits 1\.0 s$/);
  assert.match(pairs[0].hint, /^set KIOSK_RESPONSE_TIMEOUT \(or the backend's Header-Timeout\) to \d+, /);
  assert.match(pairs[1].text, /^the backend shop hangs up after \d\.\d s \(seen 3 times\), but the gateway waits 45 s for the kiosk/);
  assert.equal(pairs[1].hint, 'set the backend\'s timeout to 50 s');
  const [refused] = await look({ GATEWAY_KEY: 'kgw_wrong' });
  assert.deepEqual([refused.verdict, refused.text], ['ok', 'not looked at: the gateway does not accept the key']);
});

test('the bot names them too, in both languages', async () => {
  const english = (await api.ask({ id: 101, language: 'en' }, '/status')).text;
  assert.match(english, /timeouts: for fiscal, kiosks take up to \d\.\d s and answer after the 504 \(3 times\), because the gateway waits 1\.0 s\. Set KIOSK_RESPONSE_TIMEOUT [^]* to \d+, /);
  assert.match(english, /timeouts: the backend shop hangs up after \d\.\d s \(3 times\), but the gateway waits 45 s for the kiosk\. Set the backend's timeout to 50 s\n?/);
  const russian = (await api.ask({ id: 102, language: 'ru' }, '/status')).text;
  assert.match(russian, /на операцию fiscal киоски тратят до \d\.\d с и отвечают уже после 504 \(3 раза\), а шлюз ждёт 1\.0 с/);
  assert.match(russian, /бэкенд shop обрывает вызов через \d\.\d с \(3 раза\), а шлюз ждёт киоск 45 с\. Задайте тайм-аут бэкенда 50 с/);
});
