// The dashboard's page and how people get in: PROTOCOL.md 5, and what a foreign page can not do with a session.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { Browser, EventStream } from './browser.mjs';
import { Gateway, assertError, binary, cleanEnv, run, secret, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw, address = 0;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const elsewhere = () => ({ localAddress: `127.0.60.${++address}` });
const AFAR = { via: '1.1 proxy' };  // no local caller
const newKey = async (name, scopes, more = {}) => {
  const { json } = await gw.api('POST', '/api/keys', { name, scopes, ...more });
  return { id: json.id, key: secret(json.key) };
};
const lastAudit = async (target) => (await gw.api('GET', `/api/audit?target=${target}&limit=1`)).json.entries[0];
// Nobody waits for a login's line.
const audited = (action, via) => until(`${action} in the audit trail`, async () => {
  const line = await lastAudit('admin');
  return line?.action === action && line.via === via;
});

test('the page: strict, never stored, gzipped for those who take it; HEAD and 304', async () => {
  const page = await gw.get('/dashboard', { headers: AFAR });
  assert.equal(page.status, 200);
  assert.match(page.text, /<!doctype html>/);
  assert.doesNotMatch(page.text, /<script(?![^>]*src=)|<style|style=|https?:\/\//, 'nothing inline, no outside address');
  assert.match(page.headers['content-security-policy'], /^default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.equal(page.headers['cache-control'], 'no-store');
  assert.equal((await gw.call('HEAD', '/dashboard')).headers['content-length'], String(page.body.length));
  const packed = await gw.get('/dashboard', { headers: { 'accept-encoding': 'br, gzip;q=0.5' } });
  if (packed.headers['content-encoding']) assert.deepEqual(zlib.gunzipSync(packed.body), page.body);
  for (const none of ['gzip;q=0', 'br', 'gzip; q=0.000'])
    assert.equal((await gw.get('/dashboard', { headers: { 'accept-encoding': none } })).headers['content-encoding'], undefined, none);
  const known = await gw.get('/dashboard', { headers: { 'if-none-match': page.headers.etag } });
  assert.deepEqual([known.status, known.body.length], [304, 0]);
  assert.equal((await gw.call('POST', '/dashboard')).status, 405);
});

test('who opens the gateway itself in a browser gets the dashboard; programs get what they got', async () => {
  const asked = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
  for (const [path, headers] of [['/', asked], ['/', { accept: 'TEXT/HTML' }], ['/dashboard/', asked], ['/dashboard/', {}]]) {
    const answer = await gw.get(path, { headers });
    assert.deepEqual([answer.status, answer.headers.location, answer.body.length], [302, '/dashboard', 0], path);
    assert.equal((await gw.call('HEAD', path, { headers })).headers.location, '/dashboard');
  }
  for (const accept of [undefined, '*/*', 'application/json']) {
    const answer = await gw.get('/', { headers: accept ? { accept } : {} });
    assert.equal(answer.json.service, 'kiosk-gateway');
    assert.equal(answer.headers.vary, 'Accept');
  }
});

test('its assets: as the page names them, for ever; nothing else', async () => {
  const page = await gw.get('/dashboard');
  for (const [, name] of page.text.matchAll(/(?:src|href)="(\/dashboard\/assets\/[^"]+)"/g)) {
    const asset = await gw.get(name, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(asset.status, 200, name);
    assert.match(asset.headers['cache-control'], /immutable/);
    if (asset.headers['content-encoding']) assert.deepEqual(zlib.gunzipSync(asset.body), (await gw.get(name)).body);
    assert.equal((await gw.get(name, { headers: { 'if-none-match': asset.headers.etag } })).status, 304);
  }
  for (const name of ['', 'index.html', 'nothing.js', '..%2findex.html', '../index.html'])
    assert.equal((await gw.get(`/dashboard/assets/${name}`)).status, 404, name);
});

test('a login by key: a cookie that no script sees; what it may do, it may do like its key', async () => {
  const browser = await Browser.logIn(gw, { key: gw.adminKey });
  assert.equal(browser.answer.status, 200, browser.answer.text);
  assert.match(browser.answer.headers['set-cookie'][0], /; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  assert.deepEqual({ ...browser.session, csrf: '' }, { name: 'admin', scopes: ['send', 'read', 'admin'], csrf: '', read_only: false, how: 'session' });
  assert.deepEqual((await browser.get('/dashboard/session')).json, browser.session);
  await audited('dashboard_login', 'dashboard');
  const made = await browser.write('POST', '/api/kiosks', { id: 'by_page', name: '<img src=x onerror=alert(1)>' });
  assert.equal(made.status, 201, made.text);
  secret(made.json.token);
  assert.deepEqual([(await lastAudit('by_page')).actor, (await lastAudit('by_page')).via], ['admin', 'dashboard']);
  const shown = await browser.get('/api/kiosks/by_page', AFAR);
  assert.deepEqual([shown.json.name, shown.headers['content-type']], ['<img src=x onerror=alert(1)>', 'application/json']);

  const reader = await Browser.logIn(gw, { key: (await newKey('reader', ['read'])).key });
  assert.deepEqual([reader.session.name, reader.session.scopes, reader.session.read_only], ['reader', ['read'], true]);
  assert.equal((await reader.get('/api/kiosks', AFAR)).status, 200);
  assertError(await reader.write('DELETE', '/api/kiosks/by_page'), 403, 'forbidden');
});

test('behind a proxy with TLS that is trusted, the cookie is Secure, and its address counts', async () => {
  const proxied = { host: 'inner:8000', 'x-forwarded-host': 'gw.example', 'x-forwarded-proto': 'https', origin: 'https://gw.example', 'x-real-ip': '192.0.2.9' };
  const trusting = await Gateway.start({ env: { TRUST_PROXY: 'true' } });
  const browser = await Browser.logIn(trusting, { key: trusting.adminKey }, proxied);
  assert.match(browser.answer.headers['set-cookie'][0], /; Secure$/);
  assert.equal((await browser.write('POST', '/api/kiosks/nobody/kick', undefined, proxied)).status, 404);
  await trusting.stop();
  assertError((await Browser.logIn(gw, { key: gw.adminKey }, proxied)).answer, 403, 'forbidden');
});

test('a write needs the CSRF token, and no other site can use the cookie', async () => {
  const browser = await Browser.logIn(gw, { key: gw.adminKey });
  const other = await Browser.logIn(gw, { key: gw.adminKey });
  for (const token of ['', 'x', other.session.csrf])
    for (const [method, target, body] of [['POST', '/api/kiosks', { id: 'evil' }], ['POST', '/api/keys', { name: 'evil', scopes: ['send'] }], ['POST', '/api/dashboard-links'], ['POST', '/dashboard/logout']])
      assertError(await browser.write(method, target, body, { 'x-csrf-token': token }), 403, 'forbidden');
  const foreign = [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'http://evil.example' }, { origin: 'null' }];
  for (const headers of foreign) {
    assertError(await browser.write('POST', '/api/kiosks', { id: 'evil' }, headers), 403, 'forbidden');
    assertError(await browser.get('/api/kiosks', headers), 403, 'forbidden');
    assertError(await browser.get('/dashboard/session', headers), 403, 'forbidden');
    assertError((await Browser.logIn(gw, { key: gw.adminKey }, headers)).answer, 403, 'forbidden');
  }
  assert.equal((await gw.api('GET', '/api/kiosks/evil')).status, 404);
  const own = { 'sec-fetch-site': 'same-origin', origin: `http://localhost:${gw.port}`, host: `localhost:${gw.port}` };
  assert.equal((await browser.write('POST', '/api/dashboard-links', undefined, own)).status, 201);
});

test('the cookie never counts where machines call', async () => {
  const browser = await Browser.logIn(gw, { key: gw.adminKey });
  const kiosk = await gw.kiosk(sayYes);
  const headers = { cookie: browser.cookie, 'x-csrf-token': browser.session.csrf, ...AFAR };
  assertError(await gw.send(kiosk, {}, { headers }), 401, 'unauthorized');
  assertError(await gw.get('/metrics', { headers }), 401, 'unauthorized');
  assert.equal(kiosk.messages.entries.length, 0);
  assert.equal((await gw.get('/api/stats', { headers })).status, 200);
  // A key that is given must be right, whatever else comes along.
  assertError(await gw.get('/api/stats', { headers, key: 'kgw_wrong', ...elsewhere() }), 401, 'unauthorized');
});

test('logging out; and what is no session', async () => {
  const browser = await Browser.logIn(gw, { key: gw.adminKey });
  const gone = await browser.write('POST', '/dashboard/logout');
  assert.equal(gone.status, 204, gone.text);
  assert.match(gone.headers['set-cookie'][0], /^kgw_session=; .*Max-Age=0$/);
  assertError(await browser.get('/dashboard/session', AFAR), 401, 'unauthorized');
  assertError(await browser.get('/api/kiosks', AFAR), 401, 'unauthorized');
  assertError(await browser.write('POST', '/dashboard/logout'), 401, 'unauthorized');
  assertError(await gw.get('/dashboard/session', { headers: { cookie: 'kgw_session=guessed', ...AFAR } }), 401, 'unauthorized');
  await audited('dashboard_logout', 'dashboard');
});

test('a link logs in once; the command makes one', async () => {
  const cli = await run(binary, ['dashboard-link'], { env: cleanEnv({ GATEWAY_URL: gw.url, GATEWAY_KEY: gw.adminKey }) });
  assert.equal(cli.code, 0, cli.stderr);
  const [, code] = /http:\/\/127\.0\.0\.1:\d+\/dashboard#code=(\S+)\n$/.exec(cli.stdout);
  const browser = await Browser.logIn(gw, { code: secret(code) });
  assert.deepEqual([browser.answer.status, browser.session.name], [200, 'admin']);
  assertError((await Browser.logIn(gw, { code })).answer, 401, 'unauthorized');
  const link = await browser.write('POST', '/api/dashboard-links');
  assert.equal(link.status, 201, link.text);
  assert.ok(Date.parse(link.json.expires_at) - Date.now() < 301_000);
  assert.equal((await Browser.logIn(gw, { code: secret(link.json.url.split('code=')[1]) })).answer.status, 200);
  assertError(await gw.call('POST', '/api/dashboard-links', { key: (await newKey('no_links', ['read'])).key }), 403, 'forbidden');
});

test('a session dies with its key, and its stream with it', async () => {
  const { id, key } = await newKey('short', ['read']);
  const browser = await Browser.logIn(gw, { key });
  const stream = await EventStream.open(gw, { headers: { cookie: browser.cookie, ...AFAR } });
  await stream.settled();
  const link = await (await Browser.logIn(gw, { key: gw.adminKey })).write('POST', '/api/dashboard-links');
  assert.equal(link.status, 201);
  assert.equal((await gw.api('DELETE', `/api/keys/${id}`)).status, 200);
  assertError(await browser.get('/api/kiosks', AFAR), 401, 'unauthorized');
  await stream.ended;
});

test('what is no login; wrong ones are limited by address, right ones never', async () => {
  const post = (body, headers = { 'content-type': 'application/json' }, more = elsewhere()) => gw.call('POST', '/dashboard/login', { body, headers, ...more });
  assertError(await post(JSON.stringify({ key: 'kgw_wrong' })), 401, 'unauthorized');
  for (const body of ['{}', '{"key":1}', '{"key":"a","code":"b"}', '{"other":"a"}']) assertError(await post(body), 400, 'invalid_argument');
  assertError(await post('{'), 400, 'invalid_json');
  assertError(await post(`{"key":"${gw.adminKey}"}`, { 'content-type': 'text/plain' }), 415, 'unsupported_media_type');
  assertError(await post(`{"key":"${gw.adminKey}"}`, {}), 415, 'unsupported_media_type');
  assertError(await post(JSON.stringify({ key: (await newKey('sender', ['send'])).key })), 403, 'forbidden');
  const one = { localAddress: '127.0.61.1' };
  for (let n = 0; n < 20; ++n) assertError(await post('{"code":"guess"}', undefined, one), 401, 'unauthorized');
  assertError(await post('{"key":"guess"}', undefined, one), 429, 'rate_limited');
  assert.equal((await post(JSON.stringify({ key: gw.adminKey }), undefined, one)).status, 200);
});

test('where no key is needed it opens read-only; a restart logs all out', async () => {
  const dir = (await (async () => {
    const first = await Gateway.start();
    const local = await first.get('/dashboard/session');
    assert.deepEqual(local.json, { name: 'local', scopes: ['read'], csrf: '', read_only: true, how: 'local' });
    assertError(await first.get('/dashboard/session', { headers: AFAR }), 401, 'unauthorized');
    assertError(await first.call('POST', '/api/kiosks', { body: '{"id":"a"}', headers: { 'content-type': 'application/json' } }), 401, 'unauthorized');
    const stream = await EventStream.open(first);
    const browser = await Browser.logIn(first, { key: first.adminKey });
    secret((await browser.write('POST', '/api/keys', { name: 'till', scopes: ['send'] })).json.key);
    assert.equal((await first.get('/dashboard/session')).json.how, 'local', 'a key that is made changes nothing of that');
    await stream.close();
    await first.stop();
    return Object.assign(first, { cookie: browser.cookie });
  })());
  const second = await Gateway.start({ dir: dir.dir, env: { ALLOW_UNAUTHENTICATED_SEND: 'false' } });
  assertError(await second.get('/dashboard/session', { headers: { cookie: dir.cookie } }), 401, 'unauthorized');
  await second.stop();
});
