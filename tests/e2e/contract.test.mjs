// The contract itself: it is the one in openapi.yaml, a client generated from it works, and every operation does what it
// says. That all other tests keep to it is seen to in harness.mjs (contract.mjs).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import YAML from 'yaml';
import { checkExchange, contract, document, operations } from './contract.mjs';
import { Gateway, assertError, newSecret, secret, tempDir, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection } from './raw.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
let gw;
before(async () => { gw = await Gateway.start({ env: { METRICS_TOKEN: newSecret() } }); });
after(() => gw.stop());

test('GET /openapi.json is openapi.yaml, open to all', async () => {
  const answer = await gw.get('/openapi.json', { headers: { host: 'shop.example', 'x-forwarded-for': '192.0.2.1' } });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, YAML.parse(fs.readFileSync(path.join(here, '../../openapi.yaml'), 'utf8')));
  assert.deepEqual(answer.json, document);
  assert.equal(answer.json.info.version, (await gw.get('/')).json.version);
  assert.equal((await gw.call('HEAD', '/openapi.json')).headers['content-length'], String(answer.body.length));
  assert.equal((await gw.call('POST', '/openapi.json')).status, 405);
});

// Types from the served document, the client checked by tsc against them. -> its module
async function generate(url) {
  const dir = tempDir();
  fs.symlinkSync(path.join(here, 'node_modules'), path.join(dir, 'node_modules'));
  fs.writeFileSync(path.join(dir, 'package.json'), '{"type":"module"}');
  fs.writeFileSync(path.join(dir, 'api.d.ts'), astToString(await openapiTS(new URL('/openapi.json', url))));
  fs.copyFileSync(path.join(here, 'contract_client.ts'), path.join(dir, 'client.ts'));
  const program = ts.createProgram([path.join(dir, 'client.ts')], {
    strict: true, skipLibCheck: true, noEmitOnError: true, types: [],
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  });
  const { diagnostics } = program.emit();
  const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  assert.equal(faults.length, 0, ts.formatDiagnostics(faults, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => dir, getNewLine: () => '\n' }));
  return import(pathToFileURL(path.join(dir, 'client.js')));
}

test('a client generated from it: a kiosk, a key, a payment, what became of it, who did what', async () => {
  const { connect, Refused } = await generate(gw.url);
  const admin = connect(gw.url, gw.adminKey);
  const kiosk = await gw.kiosk(sayYes, { of: { id: 'shop_1', token: secret(await admin.addKiosk('shop_1', 'Mall, 2nd floor')) } });
  const made = await admin.addKey('till');
  assert.equal(made.state, 'active');
  const till = connect(gw.url, secret(made.key));

  assert.equal(await till.isOnline('shop_1'), true);
  const paid = await till.pay('shop_1', { order_id: 12345, sum: 1000 });
  assert.deepEqual([paid.from, paid.status], ['kiosk', 'success']);
  assert.deepEqual(kiosk.messages.entries[0].body, { order_id: 12345, sum: 1000 });
  const seen = await till.request(paid.requestId);
  assert.deepEqual([seen.state, seen.outcome, seen.order_id, seen.response.transaction_id], ['answered', 'known', '12345', 'TXN1']);
  assert.deepEqual(await till.unknownOutcomes(), []);

  await assert.rejects(till.pay('elsewhere', { order_id: 1, sum: 1 }), (error) => error instanceof Refused && error.code === 'kiosk_not_found');
  await assert.rejects(till.audit('shop_1'), (error) => error.code === 'forbidden');
  assert.deepEqual(await admin.audit('shop_1'), [{ actor: 'admin', action: 'kiosk_added', target: 'shop_1' }]);
  assert.deepEqual(await admin.audit(made.id), [{ actor: 'admin', action: 'key_added', target: made.id }]);
  await kiosk.close();
  assert.equal(await till.isOnline('shop_1'), false);
});

test('every operation, once', async () => {
  const kiosk = await gw.kiosk(sayYes, { id: 'all_1' });
  const ok = async (method, target, body, options) => {
    const answer = await gw.api(method, target, body, options);
    assert.ok(answer.status < 300, `${method} ${target}: ${answer.text}`);
    return answer.json;
  };
  const { request_id: id } = await ok('POST', '/send', {}, { headers: { 'Header-Kiosk-Id': 'all_1', 'Header-Operation-Type': 'print' } });
  assert.equal((await ok('GET', `/requests/${id}`)).operation_type, 'print');
  assert.equal((await ok('POST', `/requests/${id}/ack`)).claimed, true);
  assert.ok((await ok('GET', '/requests?final=true')).requests.some((one) => one.request_id === id));
  const late = await ok('POST', '/send', {}, { headers: { 'Header-Kiosk-Id': 'all_1', 'Header-Operation-Type': 'print', Prefer: 'respond-async' } });
  assert.equal((await ok('GET', `/requests/${late.request_id}?wait=20`)).state, 'answered');
  assertError(await gw.api('POST', `/requests/${late.request_id}/cancel`), 409, 'already_final', { kiosk_id: 'all_1', request_id: true });
  assert.equal((await ok('GET', '/api/kiosks?limit=1')).kiosks.length, 1);
  assert.equal((await ok('GET', '/api/kiosks/all_1')).connections[0].up, true);
  assert.equal((await ok('PATCH', '/api/kiosks/all_1', { max_in_flight: 3 })).max_in_flight, 3);
  assert.ok((await ok('POST', '/api/kiosks/all_1/ping')).round_trip_ms > 0);
  const imported = await ok('POST', '/api/kiosks', undefined, { body: '{"id":"all_1"}\n{"id":"all_2"}\n', headers: { 'content-type': 'application/x-ndjson' } });
  secret(imported.kiosks[0].token);
  assert.deepEqual([imported.added, imported.existing], [1, 1]);
  secret((await ok('POST', '/api/kiosks/all_2/token')).token);
  assert.equal((await ok('DELETE', '/api/kiosks/all_2?force=true')).removed, true);
  assert.equal((await ok('POST', '/api/kiosks/all_1/kick')).kicked, true);
  await kiosk.closedWithin();
  const mute = await gw.kiosk(() => {}, { id: 'all_3' });
  const lost = (await gw.send(mute, {}, { timeout: 1 })).json.request_id;
  assert.equal((await ok('POST', `/api/requests/${lost}/resolve`, { result: 'not_done', note: 'no slip' })).resolved.result, 'not_done');

  const made = await ok('POST', '/api/keys', { name: 'all', scopes: ['read'], expires_in_seconds: 3600 });
  const next = await ok('POST', `/api/keys/${made.id}/rotate`, { overlap_seconds: 60 });
  secret(made.key), secret(next.key);
  assert.equal(next.replaces, made.id);
  assert.equal((await ok('GET', `/api/keys/${made.id}`)).state, 'expiring');
  assert.equal((await ok('DELETE', `/api/keys/${next.id}`)).state, 'revoked');
  assert.ok((await ok('GET', '/api/keys')).keys.length >= 2);

  assert.equal((await ok('GET', `/api/requests?kiosk_id=all_1&state=answered&order_id=&limit=1`)).requests.length, 1);
  assert.ok((await ok('GET', '/api/history?kiosk_id=all_1&limit=1')).next);
  assert.equal((await ok('GET', '/api/audit?limit=1')).entries.length, 1);
  assert.ok((await ok('GET', '/api/stats')).requests.answered >= 1);
  for (const target of ['/', '/health', '/health/live', '/health/ready', '/metrics']) await ok('GET', target);
  assert.equal((await gw.get('/metrics', { key: gw.settings.METRICS_TOKEN })).status, 200);
});

// A request of each operation, about a kiosk, key or request that there is not.
const NOBODY = { kiosk_id: 'nobody', key_id: 'k_AAAAAAAAAAA', request_id: '01890000-0000-7000-8000-000000000000' };
const one = ({ method, template, id }) => ({
  method: method.toUpperCase(), target: template.replace(/\{(\w+)\}/g, (_, name) => NOBODY[name]) + (id === 'getOwnRequests' ? '?final=true' : ''),
  headers: id === 'sendRequest' ? { 'Header-Kiosk-Id': 'nobody', 'Header-Operation-Type': 'payment' } : {},
  body: { addKiosk: '{"id":"a","name":1}', addKey: '{"name":"a","scopes":[]}', changeKiosk: '{"enabled":false}', resolveRequest: '{"result":"done"}' }[id],
});

test('who may call which operation is as its security says', async () => {
  const keys = {};
  for (const scope of ['send', 'read', 'admin']) {
    const made = await gw.api('POST', '/api/keys', { name: `only_${scope}`, scopes: [scope] });
    keys[scope] = secret(made.json.key);
  }
  const hasty = secret((await gw.api('POST', '/api/keys', { name: 'hasty', scopes: ['admin'], rate_per_second: 1 })).json.key);
  let address = 0;
  for (const operation of operations.values()) {
    // What a session or a kiosk's token opens has tests of its own.
    if (['connectKiosk', 'getDashboardSession', 'logOut'].includes(operation.id)) continue;
    const { target, headers, body, ...rest } = one(operation);
    const method = operation.id === 'followEvents' ? 'HEAD' : rest.method;  // a GET has no end
    const call = (options) => gw.call(method, target, { body, localAddress: `127.0.${40 + Math.floor(address / 250)}.${1 + address++ % 250}`, ...options, headers: { ...headers, ...options.headers } });
    const scopes = operation.security.flatMap((scheme) => scheme.key ?? []);
    const open = operation.security.length === 0;
    assert.equal((await call({ headers: { via: '1.1 proxy' } })).status === 401, !open, `${operation.id} from afar without a key`);
    assert.equal((await call({ key: 'kgw_wrong' })).status === 401, !open, `${operation.id} with a wrong key`);
    if (!open) await until(`${operation.id} is too much for the key's rate`, async () => (await call({ key: hasty })).status === 429);
    for (const [scope, key] of Object.entries(keys)) {
      const allowed = open || scope === 'admin' || scopes.includes(scope);
      const answer = await call({ key });
      assert.equal(![401, 403].includes(answer.status), allowed, `${operation.id} with scope ${scope}: ${answer.text.slice(0, 200)}`);
    }
  }
});

test('what every operation answers to heads and bodies that are too large or none', async () => {
  for (const operation of operations.values()) {
    const { method, target } = one(operation);
    for (const [status, fields, body] of [[400, ['Host: twice']], [431, [`X: ${'y'.repeat(40000)}`]], [413, ['Content-Length: 2000000']], [501, ['Transfer-Encoding: gzip']]]) {
      const raw = await RawConnection.open(gw);
      raw.write([`${method} ${target} HTTP/1.1`, 'Host: localhost', ...fields, '', body ?? ''].join('\r\n'));
      const answer = await raw.response();
      raw.destroy();
      assert.equal(answer.status, status, `${operation.id}: ${answer.text}`);
    }
  }
});

test('what is not in the contract fails a test', () => {
  const answer = (status, body, headers = {}) => {
    const text = JSON.stringify(body);
    return { status, headers: { 'content-type': 'application/json', ...headers }, text, body: Buffer.from(text), json: JSON.parse(text) };
  };
  const get = (target) => ({ method: 'GET', target, headers: {} });
  const error = { status: 'error', error: 'not_found', message: 'Nothing lives at this path.' };
  const info = { service: 'kiosk-gateway', version: '1.2.3', status: 'running' };
  checkExchange(get('/'), answer(200, info));
  checkExchange(get('/nowhere'), answer(404, error));
  const breaches = {
    'an unknown path that is answered': [get('/nowhere'), answer(200, info)],
    'a status that is not listed': [get('/'), answer(202, info)],
    'a member more': [get('/'), answer(200, { ...info, extra: 1 })],
    'a member less': [get('/'), answer(200, { service: 'kiosk-gateway', version: '1.2.3' })],
    'a value that is not allowed': [get('/'), answer(200, { ...info, status: 'sleeping' })],
    'another media type': [get('/'), answer(200, info, { 'content-type': 'text/html' })],
    'a header more': [get('/'), answer(200, info, { 'x-powered-by': 'magic' })],
    'a header less': [get('/health/live'), answer(200, { status: 'live' })],
    'an error of another status': [get('/nowhere'), answer(404, { ...error, error: 'timeout' })],
    'an error with a member more': [get('/nowhere'), answer(404, { ...error, detail: 'x' })],
    'a 405 that hides a method': [{ method: 'PUT', target: '/api/kiosks', headers: {} }, answer(405, { ...error, error: 'method_not_allowed' }, { allow: 'GET, HEAD' })],
    'no body but JSON': [get('/'), { ...answer(200, info), json: undefined }],
    'a request taken with a query that is not listed': [get('/?x=1'), answer(200, info)],
    'a request taken with a body that is not allowed': [{ method: 'POST', target: '/api/keys', headers: {}, body: '{"name":"a","scopes":["write"]}' }, answer(409, { ...error, error: 'already_exists' })],
    'a good request refused': [get('/api/requests?limit=7'), answer(400, { ...error, error: 'invalid_argument' })],
  };
  for (const [what, [request, wrong]] of Object.entries(breaches))
    assert.throws(() => checkExchange({ body: undefined, ...request }, wrong), /contract/, what);
  checkExchange(get('/?x=1'), answer(200, info), { garbage: true });
  assert.throws(() => checkExchange(get('/?x=1'), answer(202, info), { garbage: true }), /contract/, 'garbage or not, the answer counts');
});

test('a query parameter that nobody knows: every path answers as the contract says', async () => {
  const paths = [...operations.values()].filter((one) => one.method === 'get' && one.template !== '/ws');
  assert.ok(paths.length > 20);
  const answers = {};
  for (const { template } of paths) {
    const answer = await gw.call('GET', `${template.replaceAll(/\{\w+\}/g, 'x')}?no_such=1`, { key: gw.adminKey, garbage: true });
    answers[template] = answer.status;
    if (answer.status === 400) assertError(answer, 400, answer.json.error);
  }
  assert.equal(answers['/api/kiosks'], 400);
  const nowhere = await gw.call('GET', '/api/connections?kiosk_id=x', { key: gw.adminKey });
  assertError(nowhere, 404, 'not_found');  // not 400: what is wrong is the path
});
