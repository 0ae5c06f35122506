// Callbacks: PROTOCOL.md 1.4. Owed with the final state, posted and signed, tried again across restarts, at the end a dead
// letter; to allowed hosts only.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError, binary, run, secret, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { Receiver } from './receiver.mjs';

const env = { CALLBACK_ALLOWED_HOSTS: '127.0.0.1, localhost', CALLBACK_ALLOW_HTTP: 'true' };
const to = (url, key) => ({ headers: { 'Header-Callback-Url': url }, ...(key ? { key } : {}) });

async function makeSecret(gw, owner) {
  const { status, json, text } = await gw.api('POST', `/api/webhook-secrets/${owner}`);
  assert.equal(status, 201, text);
  return secret(json.secret);
}
// A gateway, a receiver, and a key of the owner `shop` with its webhook secret.
async function start(options = {}) {
  const gw = await Gateway.start({ env: { ...env, ...options } });
  const receiver = await Receiver.start();
  const key = secret((await gw.api('POST', '/api/keys', { name: 'shop', scopes: ['send'] })).json.key);
  receiver.secrets = [await makeSecret(gw, 'shop')];
  return { gw, receiver, key };
}
const callbacks = async (gw, query = '') => (await gw.api('GET', `/api/callbacks${query}`)).json.callbacks;

test('an answer is posted, signed, with the JSON of GET /requests/{id}; the kiosk never sees the URL', async () => {
  const { gw, receiver, key } = await start();
  const kiosk = await gw.kiosk(sayYes);
  const answer = await gw.send(kiosk, { sum: 1000.1 }, to(`${receiver.url}?shop=1`, key));
  assert.equal(answer.status, 200, answer.text);
  const id = answer.headers['x-request-id'];
  const got = await receiver.wait((one) => one.id === id, 'the callback');
  assert.deepEqual([got.n, got.path, got.verified, got.headers['content-type']], [1, '/hook?shop=1', [true], 'application/json']);
  await until('it is recorded', async () => (await callbacks(gw, `?request_id=${id}`))[0].state === 'delivered');
  const shown = (await gw.api('GET', `/requests/${id}`)).json;
  assert.equal(shown.callback.state, 'delivered');
  assert.equal(shown.callback.url, `http://127.0.0.1:${receiver.port}/hook?********`);
  const { callback, ...rest } = shown;
  const { callback: posted, ...body } = got.body;
  assert.deepEqual(body, rest);
  assert.equal(posted.state, 'owed');
  assert.equal(kiosk.messages.entries[0].headers['header-callback-url'], undefined);

  await gw.send(kiosk, {}, { key });
  const { text } = await gw.get('/metrics', { key: gw.adminKey });
  assert.match(text, /^kgw_callbacks_delivered_total 1$/m);
  assert.equal(receiver.got.entries.length, 1, 'only who asks for it gets one');
  await gw.stop();
  await receiver.stop();
});

test('a timeout and the late answer are two callbacks', async () => {
  const { gw, receiver, key } = await start();
  const kiosk = await gw.kiosk(undefined);
  const call = gw.send(kiosk, {}, { ...to(receiver.url, key), timeout: 1 });
  const request = await kiosk.take();
  const id = assertError(await call, 504, 'timeout', { request_id: true }).headers['x-request-id'];
  const first = await receiver.wait((one) => one.id === id && one.n === 1, 'of the timeout');
  assert.deepEqual([first.body.state, first.body.outcome], ['timed_out', 'unknown']);
  kiosk.answer(request, { status: 'success' });
  const second = await receiver.wait((one) => one.id === id && one.n === 2, 'of the late answer');
  assert.deepEqual([second.body.state, second.body.late, second.body.response.status], ['answered', true, 'success']);
  await gw.stop();
  await receiver.stop();
});

for (const signal of ['SIGTERM', 'SIGKILL']) {
  test(`what is owed is posted after a restart (${signal}), with the same webhook-id`, async () => {
    const { gw, receiver, key } = await start();
    const kiosk = await gw.kiosk(sayYes);
    receiver.reply = () => 503;
    const ids = [];
    for (let i = 0; i < 3; ++i) ids.push((await gw.send(kiosk, {}, to(receiver.url, key))).headers['x-request-id']);
    for (const id of ids) await receiver.wait((one) => one.id === id, 'a try');
    await until('a failure is recorded', async () => (await callbacks(gw, '?state=owed')).some((one) => one.failed_tries > 0));
    await gw.stop(signal);
    receiver.reply = () => 204;
    const from = receiver.got.entries.length;
    const again = await Gateway.start({ env, dir: gw.dir });
    for (const id of ids) await receiver.wait((one) => one.id === id && one.n === 1 && one.verified[0], 'after the restart', { from });
    await until('all are delivered', async () => (await callbacks(again, '?state=delivered')).length === 3);
    assert.deepEqual(await callbacks(again, '?state=owed'), []);
    await again.stop();
    await receiver.stop();
  });
}

test('410 makes a dead letter at once; it can be sent again, one or all since a time', async () => {
  const { gw, receiver, key } = await start();
  const kiosk = await gw.kiosk(sayYes);
  receiver.reply = () => 410;
  const since = new Date(Date.now() - 60_000).toISOString();
  const ids = [];
  for (let i = 0; i < 3; ++i) ids.push((await gw.send(kiosk, {}, to(receiver.url, key))).headers['x-request-id']);
  await until('they are dead', async () => (await callbacks(gw, '?state=gone')).length === 3);
  const [row] = await callbacks(gw, `?state=gone&request_id=${ids[0]}`);
  assert.deepEqual([row.id, row.status, row.owner, row.kiosk_id], [`${ids[0]}.1`, 410, 'shop', kiosk.id]);
  await gw.waitLog('callback_dead');

  receiver.reply = () => 200;
  let from = receiver.got.entries.length;
  const one = await gw.api('POST', '/api/callbacks/replay', { id: `${ids[0]}.1` });
  assert.deepEqual([one.status, one.json], [200, { replayed: 1, more: false }]);
  await receiver.wait((got) => got.id === ids[0], 'the one', { from });
  assertError(await gw.api('POST', '/api/callbacks/replay', { id: `${ids[0]}.2` }), 404, 'not_found');
  from = receiver.got.entries.length;
  const all = await gw.api('POST', '/api/callbacks/replay', { since }, { key });
  assert.deepEqual(all.json, { replayed: 2, more: false }, 'an owner may do so for its own');
  for (const id of ids.slice(1)) await receiver.wait((got) => got.id === id, 'the others', { from });
  await until('all are delivered', async () => (await callbacks(gw, '?state=delivered')).length === 3);
  assert.deepEqual((await gw.api('POST', '/api/callbacks/replay', { since })).json, { replayed: 0, more: false });
  for (const [body, code] of [[{}, 'invalid_argument'], [{ id: 'x' }, 'invalid_argument'], [{ since: 'now' }, 'invalid_argument'],
    [{ id: ids[0], since }, 'invalid_argument'], [{ other: 1 }, 'invalid_argument']])
    assertError(await gw.api('POST', '/api/callbacks/replay', body, { garbage: true }), 400, code);
  await gw.stop();
  await receiver.stop();
});

test('redirects are not followed', async () => {
  const { gw, receiver, key } = await start();
  const kiosk = await gw.kiosk(sayYes);
  const elsewhere = await Receiver.start();
  receiver.reply = () => [302, { location: elsewhere.url }];
  await gw.send(kiosk, {}, to(receiver.url, key));
  await until('it failed', async () => (await callbacks(gw, '?state=owed'))[0]?.why === 'answered 302: redirects are not followed');
  assert.equal(elsewhere.got.entries.length, 0);
  await gw.stop();
  await receiver.stop();
  await elsewhere.stop();
});

test('a name that leads to a private address is not called, unless that network is allowed', async () => {
  const { gw, receiver, key } = await start({ CALLBACK_ALLOWED_HOSTS: 'localhost' });
  const kiosk = await gw.kiosk(sayYes);
  await gw.send(kiosk, {}, to(`http://localhost:${receiver.port}/`, key));
  await until('it failed', async () => /no public address/.test((await callbacks(gw, '?state=owed'))[0]?.why));
  assert.equal(receiver.got.entries.length, 0);
  await gw.stop();
  const again = await Gateway.start({ env, dir: gw.dir });
  await receiver.wait(() => true, 'allowed now');
  await again.stop();
  await receiver.stop();
});

test('a URL that is not allowed is refused, and nothing is sent', async () => {
  const { gw, receiver, key } = await start({ CALLBACK_ALLOWED_HOSTS: '127.0.0.1, *.example.com:8443', CALLBACK_ALLOW_HTTP: '' });
  const kiosk = await gw.kiosk(sayYes);
  for (const url of ['https://127.0.0.2/', 'https://example.com/', 'https://a.example.com/', 'http://127.0.0.1/', 'https://10.0.0.1/',
    'https://[::1]/', 'https://0x7f.1/', 'ftp://127.0.0.1/', 'https://user@127.0.0.1/', '/hook']) {
    const answer = assertError(await gw.send(kiosk, {}, { ...to(url, key), garbage: true }), 400, 'invalid_header');
    assert.match(answer.json.message, /Header-Callback-Url/, url);
  }
  assertError(await gw.send(kiosk, {}, { ...to('https://127.0.0.1/'), garbage: true }), 400, 'invalid_header');  // no key: nobody to sign for
  assert.equal(kiosk.messages.entries.length, 0);
  await gw.stop();
  const off = await Gateway.start({ dir: gw.dir });
  const answer = assertError(await off.send(kiosk.id, {}, { ...to(receiver.url, key), garbage: true }), 400, 'invalid_header');
  assert.match(answer.json.message, /CALLBACK_ALLOWED_HOSTS/);
  await off.stop();
  await receiver.stop();
});

test('secrets: shown once, two valid while they are rotated, ended at once when leaked', async () => {
  const { gw, receiver, key } = await start();
  const kiosk = await gw.kiosk(sayYes);
  const post = async () => {
    const id = (await gw.send(kiosk, {}, to(receiver.url, key))).headers['x-request-id'];
    return (await receiver.wait((one) => one.id === id, 'the callback')).verified;
  };
  const [old] = receiver.secrets;
  assert.match(old, /^whsec_/);
  const fresh = await makeSecret(gw, 'shop');
  receiver.secrets = [old, fresh];
  assert.deepEqual(await post(), [true, true]);
  const { json, text } = await gw.api('GET', '/api/webhook-secrets');
  assert.ok(!text.includes('whsec_'));
  assert.deepEqual(json.webhook_secrets.map(({ owner }) => owner), ['shop']);
  assert.ok(Date.parse(json.webhook_secrets[0].previous_ends_at) > Date.now());
  assert.equal((await gw.api('DELETE', '/api/webhook-secrets/shop/previous')).status, 200);
  assertError(await gw.api('DELETE', '/api/webhook-secrets/shop/previous'), 404, 'not_found');
  assert.deepEqual(await post(), [false, true]);
  await gw.stop();

  const again = await Gateway.start({ env, dir: gw.dir });
  assert.equal((await again.api('DELETE', '/api/webhook-secrets/shop')).status, 200);
  const refused = assertError(await again.send(kiosk.id, {}, { ...to(receiver.url, key), garbage: true }), 400, 'invalid_header');
  assert.match(refused.json.message, /webhook-secret make shop/);
  assertError(await again.api('DELETE', '/api/webhook-secrets/shop'), 404, 'not_found');
  assertError(await again.api('POST', '/api/webhook-secrets/a%20b', undefined, { garbage: true }), 400, 'invalid_argument');
  assertError(await again.call('POST', '/api/webhook-secrets/shop', { key }), 403, 'forbidden');
  const { entries } = (await again.api('GET', '/api/audit?target=shop')).json;
  assert.deepEqual(entries.map(({ action }) => action), ['webhook_secret_removed', 'webhook_secret_ended', 'webhook_secret_rotated', 'webhook_secret_made']);
  await again.stop();
  await receiver.stop();
});

test('each sees its own: an owner its requests, a key for some kiosks theirs', async () => {
  const { gw, receiver, key } = await start();
  const [one, other] = [await gw.kiosk(sayYes), await gw.kiosk(sayYes)];
  await makeSecret(gw, 'rival');
  const rival = secret((await gw.api('POST', '/api/keys', { name: 'rival', scopes: ['send'] })).json.key);
  const limited = secret((await gw.api('POST', '/api/keys', { name: 'eye', scopes: ['read'], kiosks: [other.id] })).json.key);
  const id = (await gw.send(one, {}, to(receiver.url, key))).headers['x-request-id'];
  const second = (await gw.send(other, {}, to(receiver.url, rival))).headers['x-request-id'];
  const seen = async (as) => (await gw.get('/api/callbacks', { key: as })).json.callbacks.map(({ request_id }) => request_id);
  await until('both are there', async () => (await callbacks(gw)).length === 2);
  assert.deepEqual(await seen(key), [id]);
  assert.deepEqual(await seen(rival), [second]);
  assert.deepEqual(await seen(limited), [second]);
  const page = (await gw.api('GET', '/api/callbacks?limit=1')).json;
  assert.equal(page.callbacks.length, 1);
  assert.equal((await gw.api('GET', `/api/callbacks?limit=1&cursor=${page.next}`)).json.callbacks[0].request_id, second);
  for (const query of ['?state=x', '?request_id=1', '?what=1']) assert.equal((await gw.api('GET', `/api/callbacks${query}`, undefined, { garbage: true })).status, 400);
  await gw.stop();
  await receiver.stop();
});

test('on the command line: secrets, the list, dead letters sent again', async () => {
  const { gw, receiver, key } = await start();
  const kiosk = await gw.kiosk(sayYes);
  const cli = async (...args) => {
    const { code, stdout, stderr } = await run(binary, args, { cwd: gw.dir, env: { DATA_DIR: gw.dataDir, GATEWAY_URL: gw.url } });
    assert.equal(code, 0, `${args}: ${stderr}`);
    return stdout;
  };
  const made = await cli('webhook-secret', 'make', 'shop');
  assert.match(made, /^whsec_\S+\n/);
  assert.match(made, /stays valid until/);
  receiver.secrets = [secret(made.split('\n')[0])];
  assert.match(await cli('webhook-secret', 'list'), /^shop /m);
  receiver.reply = () => 410;
  const id = (await gw.send(kiosk, {}, to(receiver.url, key))).headers['x-request-id'];
  assert.deepEqual((await receiver.wait((one) => one.id === id, 'the callback')).verified, [true]);
  await until('it is dead', async () => (await cli('callback', 'list', '--state', 'gone')).includes(`${id}.1`));
  assert.equal(JSON.parse(await cli('callback', 'list', '--request', id, '--json')).status, 410);
  receiver.reply = () => 200;
  assert.match(await cli('callback', 'replay', `${id}.1`), /sent again: 1\./);
  await until('it is delivered', async () => (await cli('callback', 'list', '--state', 'delivered')).includes(`${id}.1`));
  assert.match(await cli('callback', 'replay', '--since', new Date(0).toISOString()), /sent again: 0\./);
  await cli('webhook-secret', 'end-previous', 'shop');
  await cli('webhook-secret', 'remove', 'shop');
  assert.match(await cli('webhook-secret', 'list'), /No webhook secrets yet/);
  await gw.stop();
  await receiver.stop();
});
