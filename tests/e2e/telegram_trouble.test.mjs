// The bot in trouble: Telegram slow, away, refusing; the gateway killed between an update and its command. Payments go
// on whatever happens.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { Gateway, pace, run, secret, tempDir, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { Receiver } from './receiver.mjs';
import { Refusal, TelegramApi } from './telegram_api.mjs';

const ADMIN = { id: 11, language: 'en' };
const LOG = -1001;
const started = async (extra = {}, options = {}) => {
  const api = options.api ?? await TelegramApi.start();
  api.restarted();
  const gw = await Gateway.start({ env: api.env({ TELEGRAM_ADMIN_IDS: '11', ...extra }), ...options });
  return { api, gw };
};
const ready = (gw) => gw.waitLog('telegram_ready');

test('a kill between an update and its answer: nothing runs twice', async () => {
  const { api, gw } = await started();
  await ready(gw);
  const id = api.message(ADMIN, '/add_key once');
  const shown = await api.reply(ADMIN.id, (message) => message.protect);
  secret(/\n\n(\S+)\n/.exec(shown.text)[1]);
  await gw.stop('SIGKILL');
  const from = api.calls.entries.length;
  const again = (await started({}, { api, dir: gw.dir })).gw;
  const poll = await api.calls.wait((call) => call.method === 'getUpdates', 'it polls again', { from });
  assert.equal(poll.parameters.offset, id + 1, 'from behind what it ran');
  assert.match((await api.ask(ADMIN, '/list_keys')).text, /1 key\n/);
  assert.equal(api.messages.entries.filter((message) => message.protect).length, 1);
  await again.stop();
  api.end();
});

test('an update that came while the gateway was away is run once it is back, when it is not stale', async () => {
  const { api, gw } = await started();
  await ready(gw);
  await gw.stop();
  api.message(ADMIN, '/add_kiosk meanwhile');
  api.message(ADMIN, '/add_kiosk stale', { date: Math.floor(Date.now() / 1000) - 300 });
  const again = (await started({}, { api, dir: gw.dir })).gw;
  secret(/\n\n(\S+)\n/.exec((await api.reply(ADMIN.id, (message) => message.protect)).text)[1]);
  await api.reply(ADMIN.id, (message) => message.text.includes('was not run'));
  assert.equal((await again.api('GET', '/api/kiosks')).json.total, 1);
  await again.stop();
  api.end();
});

// More than the bot reads of one answer. What makes it large is a stranger's own, within Telegram's rules.
test('updates too large to be read together come one by one; one that is too large alone is skipped', async () => {
  const { api, gw } = await started();
  await ready(gw);
  api.mode = 'hang';
  await api.calls.wait((call) => call.method === 'getUpdates', 'it polls');
  const stranger = { id: 4711, language: 'en' };
  const entities = (n) => Array.from({ length: n }, (_, i) => ({ type: 'bold', offset: i, length: 1 }));
  for (let n = 0; n < 10; ++n) api.message(stranger, `x${n}`, { entities: entities(3000) });
  const huge = api.message(stranger, 'huge', { entities: entities(30000) });
  api.message(ADMIN, '/help');
  api.recover();
  await api.reply(ADMIN.id, (message) => message.text.includes('/list_kiosks'), 0, 60000);
  assert.equal((await gw.waitLog('telegram_update_skipped')).update, huge);
  assert.equal(gw.logged('telegram_update_skipped').length, 1);
  const limits = api.calls.entries.filter(({ method }) => method === 'getUpdates').map(({ parameters }) => parameters.limit);
  assert.ok(limits.includes(1) && Math.max(...limits) === 20, limits.join(' '));
  assert.ok(limits.indexOf(1) > 0);
  const one = api.calls.entries.findLastIndex((call) => call.parameters?.limit === 1);
  api.message(ADMIN, '/help');
  await api.calls.wait((call) => call.method === 'getUpdates' && call.parameters.limit === 20, 'twenty again, afterwards', { from: one });
  await gw.stop();
  api.end();
});

test('what only shows something is answered while the store is down', async () => {
  const { api, gw } = await started({ REDIS_URL: '' });  // also in the run over Redis: the disk is what is full here
  await ready(gw);
  await api.ask(ADMIN, '/alerts offline 7');
  assert.equal((await run('prlimit', [`--pid=${gw.pid}`, '--fsize=1:unlimited'])).code, 0);
  // Alerts about the store come in between.
  const said = (text, expected) => {
    const from = api.messages.entries.length;
    api.message(ADMIN, text);
    return api.reply(ADMIN.id, (message) => expected.test(message.text), from);
  };
  await said('/alerts offline 9', /The store is down; nothing was changed/);
  await said('/alerts', /offline for 7 minutes/);
  await said('/log', /payment all/);
  assert.equal((await run('prlimit', [`--pid=${gw.pid}`, '--fsize=unlimited:unlimited'])).code, 0);
  await gw.stop();
  api.end();
});

test('a secret is deleted after its time, also by a gateway that was restarted', async () => {
  const embedded = { REDIS_URL: '' };  // also in the run over Redis: the file is what this test turns the clock of
  const { api, gw } = await started(embedded);
  const shown = await api.ask(ADMIN, '/add_kiosk short');
  secret(/\n\n(\S+)\n/.exec(shown.text)[1]);
  // The bot knows which message it was only once Telegram's answer is there.
  const look = `import sqlite3,sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM settings WHERE name = 'telegram.secrets' AND value != ''").fetchone()[0])`;
  await until('the message is remembered', async () => {
    // The gateway lets nobody else open its journal: a copy of the files is looked at.
    const copy = tempDir();
    for (const name of ['gateway.db', 'gateway.db-wal']) fs.copyFileSync(path.join(gw.dataDir, name), path.join(copy, name));
    return (await run('/usr/bin/python3', ['-c', look, path.join(copy, 'gateway.db')])).stdout === '1\n';
  });
  await gw.stop();
  // Ten minutes pass.
  const script = `import sqlite3,sys
db = sqlite3.connect(sys.argv[1])
value, = db.execute("SELECT value FROM settings WHERE name = 'telegram.secrets'").fetchone()
chat, message, due = value.split()
db.execute("UPDATE settings SET value = ? WHERE name = 'telegram.secrets'", (f"{chat} {message} {int(due) - 600000}\\n",))
db.commit()`;
  const done = await run('/usr/bin/python3', ['-c', script, path.join(gw.dataDir, 'gateway.db')]);
  assert.equal(done.code, 0, done.stderr);
  const again = (await started(embedded, { api, dir: gw.dir })).gw;
  await api.calls.wait((call) => call.method === 'deleteMessage' && call.parameters.message_id === shown.id, 'deleted');
  await again.stop();
  api.end();
});

test('callbacks that do not arrive', async () => {
  const { api, gw } = await started({ CALLBACK_ALLOWED_HOSTS: '127.0.0.1', CALLBACK_ALLOW_HTTP: 'true' });
  await ready(gw);
  const receiver = await Receiver.start();
  const key = secret((await gw.api('POST', '/api/keys', { name: 'shop', scopes: ['send'] })).json.key);
  secret((await gw.api('POST', '/api/webhook-secrets/shop')).json.secret);
  const kiosk = await gw.kiosk(sayYes);
  const pay = async (status) => {
    receiver.reply = () => status;
    const id = (await gw.send(kiosk, {}, { key, headers: { 'Header-Callback-Url': `${receiver.url}?token=hidden` } })).headers['x-request-id'];
    await until('it was tried', async () => (await gw.api('GET', `/api/callbacks?request_id=${id}`)).json.callbacks[0]?.status === status);
    return id;
  };
  const [gone, waits] = [await pay(410), await pay(500)];
  const { text } = await api.ask(ADMIN, '/callbacks');
  assert.match(text, new RegExp(`Given up[^]*📭 ${kiosk.id} payment for shop: answered 410\\n${gone}[^]*⏳ ${kiosk.id} payment for shop: answered 500\\n${waits}`));
  assert.ok(!text.includes('hidden'));
  await gw.stop();
  await receiver.stop();
  api.end();
});

test('another poller, a webhook: said once, and it goes on when they are gone', async () => {
  const { api, gw } = await started();
  await ready(gw);
  await api.calls.wait((call) => call.method === 'getUpdates', 'it polls');
  api.webhook = true;
  assert.equal((await api.otherPoller()).error_code, 409);
  await gw.waitLog('telegram_another_poller');
  api.webhook = false;
  api.message(ADMIN, '/status');
  assert.match((await api.reply(ADMIN.id, undefined, 0, 30000)).text, /kiosks online/);
  await gw.waitLog('telegram_polls_again');
  assert.equal(gw.logged('telegram_another_poller').length, 1);
  await gw.stop();
  api.end();
});

test('retry_after is obeyed, markup that is refused is left out, a group that moved is followed', async () => {
  const { api, gw } = await started({ TELEGRAM_LOG_CHAT_ID: String(LOG) });
  await ready(gw);
  api.next.push(new Refusal(429, 'Too Many Requests: retry after 2', { retry_after: 2 }));
  const began = Date.now();
  await api.ask(ADMIN, '/status');
  assert.ok(Date.now() - began >= 2000);
  api.next.push(new Refusal(400, "Bad Request: can't parse entities: whatever"));
  const plain = await api.ask(ADMIN, '/ping <x>');
  assert.match(plain.text, /<x> is not a valid kiosk id/);
  assert.equal(plain.html, plain.text, 'without its markup rather than not at all');
  api.next.push(new Refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: LOG - 1 }));
  const kiosk = await gw.kiosk(sayYes);
  await api.reply(LOG - 1, (message) => message.text.includes(`${kiosk.id} connected`));
  await gw.waitLog('telegram_log_chat_moved');
  await gw.stop();
  const from = api.messages.entries.length;
  const again = (await started({ TELEGRAM_LOG_CHAT_ID: String(LOG) }, { api, dir: gw.dir })).gw;
  const other = await again.kiosk(sayYes, { of: kiosk });
  await api.reply(LOG - 1, (message) => message.text.includes(`${other.id} connected`), from);
  assert.equal(api.sentTo(LOG).length, 0);
  await again.stop();
  api.end();
});

test('the log chat: fields that matter, digests under load, levels', async () => {
  const { api, gw } = await started({ TELEGRAM_LOG_CHAT_ID: String(LOG) });
  const kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, status: 'success', rrn: 'R1', pan: '4111111111111111', note: '<b>' }), { name: '<till>' });
  await gw.send(kiosk, { order_id: 'O<1>', sum: 10, secret: 'never' });
  const line = await api.reply(LOG, (message) => message.text.includes('payment'), 0, 20000);
  assert.match(line.text, /✅ 💳 \S+ payment order_id=O<1> sum=10 → success: status=success rrn=R1 pan=411111\*{6}1111 \(\d\.\d s\)/);
  assert.ok(!line.text.includes('never'));
  const from = api.messages.entries.length;
  await Promise.all(Array.from({ length: 500 }, () => gw.send(kiosk, {}, { op: 'kds' })));
  const digest = await api.reply(LOG, (message) => message.text.includes('➕ more: kitchen orders'), from, 20000);
  assert.ok(Number(/kitchen orders (\d+)/.exec(digest.text)[1]) > 300, digest.text);
  assert.match((await api.ask(ADMIN, '/log kds off')).text, /kds off/);
  await gw.send(kiosk, {}, { op: 'kds' });
  await gw.send(kiosk, {}, { op: 'print' });
  const after = await api.reply(LOG, (message) => message.text.includes('print'), from, 20000);
  assert.ok(!after.text.includes(' kds '), after.text);
  await gw.stop();
  api.end();
});

for (const mode of ['hang', 'drop', '502'])
  test(`payments go on while Telegram is in trouble (${mode}), memory stays where it is`, async () => {
    const { api, gw } = await started({ TELEGRAM_LOG_CHAT_ID: String(LOG) });
    await ready(gw);
    const kiosk = await gw.kiosk(sayYes);
    const mute = await gw.kiosk(() => undefined);
    const burst = async (count) => {
      const took = [];
      for (let n = 0; n < count; n += 50)
        await Promise.all(Array.from({ length: 50 }, async () => {
          const began = performance.now();
          assert.equal((await gw.send(kiosk, { sum: n })).status, 200);
          took.push(performance.now() - began);
        }));
      return took.sort((a, b) => a - b)[Math.floor(took.length * 0.95)];
    };
    await burst(500);
    api.mode = mode;
    const bytes = gw.rssBytes();
    const slow = await burst(3000);
    pace('95% of payments', slow, 500);
    assert.equal((await gw.send(mute, {}, { timeout: 1 })).status, 504);
    assert.ok(gw.rssBytes() - bytes < 32 << 20, `${(gw.rssBytes() - bytes) >> 20} MB more`);
    if (mode !== 'hang') await gw.waitLog('telegram_unreachable');
    api.recover();
    // What people must know comes as soon as Telegram does.
    await api.reply(ADMIN.id, (message) => message.text.includes('nobody knows whether it went through'), 0, 60000);
    assert.ok(gw.logged('telegram_unreachable').length <= 2, 'said once');
    await gw.stop();
    api.end();
  });

test('admins change on SIGHUP; without polling it only tells', async () => {
  const { api, gw } = await started({ TELEGRAM_ADMIN_IDS: undefined, ENABLE_TELEGRAM_POLLING: undefined }, { });
  await gw.stop();
  const dir = gw.dir;
  const env = api.env();
  fs.writeFileSync(path.join(dir, '.env'), 'TELEGRAM_ADMIN_IDS=11\n');
  const live = await Gateway.start({ env, dir });
  await ready(live);
  assert.match((await api.ask({ id: 12 }, '/status')).text, /not allowed to use this bot/);
  fs.writeFileSync(path.join(dir, '.env'), 'TELEGRAM_ADMIN_IDS=11, 12\n');
  live.kill('SIGHUP');
  await live.waitLog('settings_reloaded', (line) => line.changed.includes('TELEGRAM_ADMIN_IDS'));
  assert.match((await api.ask({ id: 12 }, '/status')).text, /kiosks online/);
  await live.stop();
  const from = api.calls.entries.length;
  const quiet = await Gateway.start({ env: { ...env, ENABLE_TELEGRAM_POLLING: 'false' }, dir });
  const mute = await quiet.kiosk(() => undefined);
  assert.equal((await quiet.send(mute, {}, { timeout: 1 })).status, 504);
  await api.reply(11, (message) => message.text.includes('nobody knows'), 0, 20000);
  assert.ok(!api.calls.entries.slice(from).some((call) => call.method === 'getUpdates'));
  await quiet.stop();
  api.end();
});

// --- proxies, each as small as it can be
function listen(server) { return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.unref().address().port))); }

test('an HTTP proxy with user and password', async () => {
  const api = await TelegramApi.start();
  const seen = [];
  const proxy = http.createServer((request, response) => {
    seen.push(request.headers['proxy-authorization']);
    const { host, port, path: target } = { host: new URL(request.url).hostname, port: new URL(request.url).port, path: new URL(request.url).pathname };
    const { 'proxy-authorization': _, ...headers } = request.headers;
    request.pipe(http.request({ host, port, path: target, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    }).on('error', () => response.destroy()));
  });
  const port = await listen(proxy);
  const password = secret('pass-of-the-proxy');
  const { gw } = await started({ TELEGRAM_PROXY: `http://user:${password}@127.0.0.1:${port}` }, { api });
  await ready(gw);
  assert.equal(seen[0], `Basic ${Buffer.from(`user:${password}`).toString('base64')}`);
  await gw.stop();
  proxy.closeAllConnections();
  proxy.close();
  api.end();
});

test('a SOCKS5 proxy with user and password, which resolves the name', async () => {
  const api = await TelegramApi.start();
  const password = secret('pass-of-the-socks');
  let asked;
  // RFC 1928, RFC 1929.
  const proxy = net.createServer((socket) => {
    let step = 0;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (step === 0) { step = 1; return socket.write(Buffer.from([5, 2])); }
      if (step === 1) {
        const user = bytes.subarray(2, 2 + bytes[1]).toString(), word = bytes.subarray(3 + bytes[1]).toString();
        step = 2;
        return socket.write(Buffer.from([1, user === 'user' && word === password ? 0 : 1]));
      }
      if (step !== 2) return undefined;
      step = 3;
      asked = bytes.subarray(5, 5 + bytes[4]).toString();
      const to = net.connect(api.server.address().port, '127.0.0.1', () => {
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        socket.pipe(to).pipe(socket);
      });
      to.on('error', () => socket.destroy());
      return undefined;
    });
  });
  const port = await listen(proxy);
  const { gw } = await started({ TELEGRAM_API_URL: 'http://api.telegram.test:81', TELEGRAM_PROXY: `socks5h://user:${password}@127.0.0.1:${port}` }, { api });
  await ready(gw);
  assert.equal(asked, 'api.telegram.test');
  await gw.stop();
  proxy.close();
  api.end();
});

test('a wrong token: said once, without it', async () => {
  const api = await TelegramApi.start();
  const wrong = secret('999999:wrong-token-wrong-token-wrong');
  const { gw } = await started({ TELEGRAM_BOT_TOKEN: wrong }, { api });
  const line = await gw.waitLog('telegram_refuses_us');
  assert.equal(line.code, 401);
  assert.equal((await gw.get('/health')).status, 200);
  await gw.stop();
  api.end();
});
