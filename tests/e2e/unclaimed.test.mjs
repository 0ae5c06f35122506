// Answers that their callers may never have got (PROTOCOL.md 1.2): listed until somebody reads them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError, binary, run, tempDir, until } from './harness.mjs';

const make = async (gw, owner) => (await gw.api('POST', '/api/keys', { name: owner, owner, scopes: ['send'] })).json.key;
const listed = async (gw) => (await gw.api('GET', '/api/requests?unclaimed=true')).json.requests.map((one) => one.request_id);
const ack = (gw, id, options = {}) => gw.call('POST', `/requests/${id}/ack`, { headers: { 'content-type': 'application/json' }, ...options });
// Its caller hangs up before the kiosk answers. -> its id
async function abandoned(gw, kiosk, answer = { status: 'success' }, options = {}) {
  let socket;
  const call = gw.send(kiosk, {}, { ...options, agent: false, onSocket: (request) => request.on('socket', (its) => { socket = its; }) }).catch(() => 'gone');
  const request = await kiosk.take();
  socket.destroy();
  assert.equal(await call, 'gone');
  kiosk.answer(request, answer);
  await gw.waitLog('answer_unclaimed', (line) => line.request_id === request.request_id);
  return request.request_id;
}

test('an answer to nobody is listed until its owner reads it', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const [shop, rival] = [await make(gw, 'shop'), await make(gw, 'rival')];
  const told = gw.send(kiosk, {}, { key: shop });
  const first = await kiosk.take();
  kiosk.answer(first, { status: 'success' });
  await told;
  const one = await abandoned(gw, kiosk, { n: 1 }, { key: shop });
  await until('it is listed', async () => (await listed(gw)).length === 1);
  assert.deepEqual(await listed(gw), [one]);
  assert.equal((await gw.get(`/requests/${one}`, { key: gw.adminKey })).json.claimed, false, 'an operator who looks is not its caller');
  assertError(await gw.get(`/requests/${one}`, { key: rival }), 404, 'request_not_found');
  assert.equal((await gw.get(`/requests/${first.request_id}`, { key: shop })).json.claimed, true);
  assert.deepEqual(await listed(gw), [one]);
  const read = await gw.get(`/requests/${one}`, { key: shop });
  assert.deepEqual([read.json.claimed, read.json.response.n], [true, 1]);
  await gw.waitLog('answer_claimed', (line) => line.request_id === one && line.how === 'look');
  await until('it is off the list', async () => (await listed(gw)).length === 0);
  await gw.stop();
});

test('claimed by its key, by ack, by the feed once it goes on; a restart changes nothing', async () => {
  let gw = await Gateway.start();
  let kiosk = await gw.kiosk(undefined);
  const shop = await make(gw, 'shop');
  const keyed = { key: shop, headers: { 'Idempotency-Key': 'a' } };
  const ids = [await abandoned(gw, kiosk, { n: 1 }, keyed), await abandoned(gw, kiosk, { n: 2 }, { key: shop }), await abandoned(gw, kiosk, { n: 3 }, { key: shop })];
  await until('all are listed', async () => (await listed(gw)).length === 3);
  await gw.stop();
  gw = await Gateway.start({ dir: gw.dir });
  kiosk = await gw.kiosk(undefined, { of: kiosk });
  assert.deepEqual(await listed(gw), [...ids].reverse());

  assert.equal((await gw.send(kiosk, {}, keyed)).json.n, 1);
  await gw.waitLog('answer_claimed', (line) => line.request_id === ids[0] && line.how === 'key');
  const acked = await ack(gw, ids[1], { key: shop });
  assert.deepEqual([acked.status, acked.json.claimed], [200, true]);
  assert.deepEqual(await listed(gw), [ids[2]], 'as soon as it is confirmed');
  assert.equal((await ack(gw, ids[1], { key: shop })).status, 200, 'again');

  const page = await gw.get('/requests?final=true', { key: shop });
  assert.equal(page.json.requests.at(-1).claimed, false);
  assert.deepEqual(await listed(gw), [ids[2]], 'the page may get lost');
  await gw.get(`/requests?final=true&cursor=${page.json.next}`, { key: shop });
  await gw.waitLog('answer_claimed', (line) => line.request_id === ids[2] && line.how === 'feed');
  await until('none is left', async () => (await listed(gw)).length === 0);
  await gw.stop();
});

test('what can not be acknowledged', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const [shop, rival] = [await make(gw, 'shop'), await make(gw, 'rival')];
  const call = gw.send(kiosk, {}, { key: shop });
  const request = await kiosk.take();
  assertError(await ack(gw, request.request_id, { key: shop, garbage: true }), 400, 'invalid_argument');
  kiosk.answer(request);
  await call;
  assertError(await ack(gw, request.request_id, { key: rival }), 404, 'request_not_found');
  assertError(await ack(gw, request.request_id, { key: gw.adminKey }), 404, 'request_not_found');
  assertError(await ack(gw, '0', { key: shop, garbage: true }), 400, 'invalid_argument');
  assertError(await ack(gw, request.request_id, { headers: {}, garbage: true }), 415, 'unsupported_media_type');
  assertError(await gw.api('GET', '/api/requests?unclaimed=false', undefined, { garbage: true }), 400, 'invalid_argument');
  assert.deepEqual(await listed(gw), []);
  await gw.stop();
});

test('an operator confirms one by what it says: API, command line, alert, audit trail', async () => {
  let gw = await Gateway.start({ env: { UNCLAIMED_AFTER: '1s' } });
  let kiosk = await gw.kiosk(undefined);
  const shop = await make(gw, 'shop');
  const [paid, declined, odd] = [await abandoned(gw, kiosk, { status: 'success' }, { key: shop }), await abandoned(gw, kiosk, { status: 'declined' }, { key: shop }), await abandoned(gw, kiosk, { status: 'odd' }, { key: shop })];
  await until('all are listed', async () => (await listed(gw)).length === 3);
  await gw.waitLog('alert_raised', (line) => line.kind === 'unclaimed_answer');
  const resolve = (id, form) => gw.api('POST', `/api/requests/${id}/resolve`, form);
  const cli = (...args) => run(binary, ['requests', ...args], { env: { GATEWAY_URL: gw.url, GATEWAY_KEY: gw.adminKey }, cwd: tempDir() });

  assert.match(assertError(await resolve(paid, { result: 'not_done' }), 409, 'nothing_to_resolve').json.message, /\(success\).*only be resolved as done/);
  assert.match(assertError(await resolve(declined, { result: 'done' }), 409, 'nothing_to_resolve').json.message, /only be resolved as not_done/);
  const answer = await resolve(paid, { result: 'done', note: 'told them by phone' });
  assert.deepEqual([answer.status, answer.json.claimed, answer.json.resolved, answer.json.outcome], [200, true, null, 'known'], answer.text);
  await gw.waitLog('answer_claimed', (line) => line.request_id === paid && line.how === 'person');
  assert.deepEqual((await gw.api('GET', '/api/alerts?kind=unclaimed_answer&open=true')).json.alerts, []);
  const [line] = (await gw.api('GET', `/api/audit?target=${paid}`)).json.entries;
  assert.deepEqual([line.actor, line.action, line.detail], ['admin', 'request_resolved', 'done: told them by phone']);
  assertError(await resolve(paid, { result: 'done' }), 409, 'nothing_to_resolve');

  const list = (await cli('list', '--unclaimed')).stdout;
  assert.match(list, new RegExp(`${declined}.*UNCLAIMED`));
  assert.doesNotMatch(list, new RegExp(paid));
  assert.doesNotMatch((await cli('list', '--unclaimed', '--result', 'declined')).stdout, new RegExp(odd));
  const acked = await cli('ack', declined, '--note', 'seen in their log');
  assert.deepEqual([acked.code, acked.stdout], [0, `Request ${declined} at kiosk ${kiosk.id} is claimed: its answer (declined) is known to its caller.\n`], acked.stderr);
  const again = await cli('ack', declined);
  assert.deepEqual([again.code, again.stdout], [1, '']);
  assert.match(again.stderr, /no unclaimed answer/);
  assert.match((await cli('ack', odd)).stderr, /\(unclassified\) does not say whether it was done.*resolve/s);
  assert.deepEqual(await listed(gw), [odd]);
  assert.equal((await cli('resolve', odd, 'done')).code, 0);
  assert.deepEqual(await listed(gw), []);
  await gw.stop();
  gw = await Gateway.start({ dir: gw.dir });
  assert.deepEqual(await listed(gw), [], 'for good');
  assert.equal((await gw.request(declined)).claimed, true);
  await gw.stop();
});

test('a late answer is unclaimed; a success that nobody reads is an alert, after a restart too, until it is read', async () => {
  let gw = await Gateway.start({ env: { UNCLAIMED_AFTER: '1s' } });
  let kiosk = await gw.kiosk(undefined);
  const call = gw.send(kiosk, {}, { timeout: 1 });
  const late = await kiosk.take();
  assertError(await call, 504, 'timeout');
  kiosk.answer(late, { status: 'success' });
  await gw.waitLog('answer_unclaimed', (line) => line.request_id === late.request_id);
  const declined = await abandoned(gw, kiosk, { status: 'declined' });
  const alerts = async () => (await gw.api('GET', '/api/alerts?kind=unclaimed_answer&open=true')).json.alerts;
  await gw.waitLog('alert_raised', (line) => line.kind === 'unclaimed_answer');
  assert.deepEqual((await alerts()).map((one) => one.request_id), [late.request_id]);
  await gw.stop();
  gw = await Gateway.start({ dir: gw.dir, env: { UNCLAIMED_AFTER: '1s' } });
  await gw.waitLog('alert_raised', (line) => line.kind === 'unclaimed_answer');
  assert.equal((await alerts()).length, 1);
  assert.deepEqual(await listed(gw), [declined, late.request_id]);
  assert.equal((await gw.request(late.request_id)).claimed, true);
  assert.deepEqual(await alerts(), []);
  await gw.stop();
});

test('SIGKILL: the answers of the last moments are unclaimed; those of an orderly end are not', async () => {
  let gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const call = gw.send(kiosk, {});
  const request = await kiosk.take();
  kiosk.answer(request, { status: 'success' });
  assert.equal((await call).status, 200);
  gw.kill('SIGKILL');
  await gw.exited;
  gw = await Gateway.start({ dir: gw.dir });
  assert.deepEqual(await listed(gw), [request.request_id]);
  assert.equal((await ack(gw, request.request_id)).status, 200);
  await gw.stop();
  gw = await Gateway.start({ dir: gw.dir });
  assert.deepEqual(await listed(gw), []);
  await gw.stop();
});
