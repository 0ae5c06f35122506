// Unknown outcomes are a ledger (PROTOCOL.md 1.2): listed, alerted, across restarts too, until an answer comes or
// somebody says what became of it. POST /api/requests/{id}/resolve, the command line.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, assertError, binary, run, secret, tempDir, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw, mute;
before(async () => {
  gw = await Gateway.start();
  mute = await gw.kiosk(undefined, { id: 'mute' });
});
after(() => gw.stop());

const unknown = async (of = gw) => (await of.api('GET', '/api/requests?outcome=unknown')).json.requests.map(({ request_id }) => request_id);
const alerts = async (id, of = gw) => (await of.api('GET', '/api/alerts?kind=payment_unknown')).json.alerts.filter(({ request_id }) => request_id === id);
const resolve = (id, form, options, of = gw) => of.api('POST', `/api/requests/${id}/resolve`, form, options);
// A payment that nobody answers.
async function lose({ headers = {}, of = gw, kiosk = mute, ...options } = {}) {
  const answer = assertError(await of.send(kiosk, {}, { timeout: 1, headers, ...options }), 504, 'timeout');
  return { id: answer.json.request_id, message: await kiosk.take() };
}

test('a resolved one leaves the ledger, and its alert ends; what was said stands', async () => {
  const { id } = await lose();
  assert.ok((await unknown()).includes(id));
  const before = await gw.request(id);
  assert.deepEqual([before.state, before.outcome, before.resolved], ['timed_out', 'unknown', null]);
  const answer = await resolve(id, { result: 'done', note: 'RRN 42, карта 4111 1111 1111 1111' });
  assert.equal(answer.status, 200, answer.text);
  const { resolved } = answer.json;
  assert.deepEqual({ ...resolved, at: undefined }, { result: 'done', note: 'RRN 42, карта 4111 11** **** 1111', by: 'admin', at: undefined });
  assert.match(resolved.at, RFC3339);
  const now = await gw.request(id);
  assert.deepEqual([now.state, now.outcome, now.resolved], ['timed_out', 'unknown', resolved]);
  assert.ok(!(await unknown()).includes(id));
  const [alert] = await alerts(id);
  assert.match(alert.ended_at, RFC3339);
  await gw.waitLog('request_resolved', (line) => line.request_id === id && line.result === 'done' && line.by === 'admin');
  const [line] = (await gw.api('GET', `/api/audit?target=${id}`)).json.entries;
  assert.deepEqual([line.actor, line.action, line.detail], ['admin', 'request_resolved', `done: ${resolved.note}`]);
  const again = assertError(await resolve(id, { result: 'not_done' }), 409, 'nothing_to_resolve');
  assert.match(again.json.message, /'admin' has already resolved this request as done/);
  assert.deepEqual((await gw.request(id)).resolved, resolved);
});

test('its key is used up all the same: the 504 again', async () => {
  const headers = { 'Idempotency-Key': 'ledger-1' };
  const { id } = await lose({ headers });
  assert.equal((await resolve(id, { result: 'not_done' })).status, 200);
  const again = assertError(await gw.send(mute, {}, { timeout: 1, headers }), 504, 'timeout');
  assert.deepEqual([again.json.request_id, again.headers['idempotency-replayed']], [id, 'true']);
});

test('a late answer is kept after a resolution too', async () => {
  const { id, message } = await lose();
  const said = (await resolve(id, { result: 'not_done', note: 'no slip' })).json.resolved;
  mute.answer(message, { status: 'success' });
  await gw.waitLog('late_answer', (line) => line.request_id === id);
  const now = await gw.request(id);
  assert.deepEqual([now.state, now.late, now.outcome, now.result, now.resolved], ['answered', true, 'known', 'success', said]);
});

test('what there is nothing to resolve of', async () => {
  const kiosk = await gw.kiosk(sayYes);
  const known = (await gw.send(kiosk)).json.request_id;
  assert.match(assertError(await resolve(known, { result: 'done' }), 409, 'nothing_to_resolve').json.message, /outcome is known/);
  const call = gw.send(mute, {}, { timeout: 30 });
  const message = await mute.take();
  assert.match(assertError(await resolve(message.request_id, { result: 'done' }), 409, 'nothing_to_resolve').json.message, /still running/);
  mute.answer(message);
  await call;
  assertError(await resolve('01890000-0000-7000-8000-000000000000', { result: 'done' }), 410, 'request_expired');
  const near = known.slice(0, -4) + (known.endsWith('0000') ? '0001' : '0000');
  assertError(await resolve(near, { result: 'done' }), 404, 'request_not_found');
  assertError(await resolve('one', { result: 'done' }), 400, 'invalid_argument');
  for (const form of [{}, { result: 'maybe' }, { result: 1 }, { result: 'done', note: 1 }, { result: 'done', note: 'a\nb' }, { result: 'done', note: 'x'.repeat(501) }, { result: 'done', by: 'me' }])
    assertError(await resolve(known, form), 400, 'invalid_argument');
});

test('a key for other kiosks does not find it; one without scope admin may not', async () => {
  const { id } = await lose();
  const key = async (form) => secret((await gw.api('POST', '/api/keys', form)).json.key);
  const elsewhere = await key({ name: 'elsewhere', scopes: ['admin'], kiosks: ['shop_*'] });
  const reader = await key({ name: 'reader', scopes: ['send', 'read'] });
  const here = await key({ name: 'here', scopes: ['admin'], kiosks: ['mu*'] });
  assertError(await gw.call('POST', `/api/requests/${id}/resolve`, { body: '{"result":"done"}', key: elsewhere }), 404, 'request_not_found');
  assertError(await gw.call('POST', `/api/requests/${id}/resolve`, { body: '{"result":"done"}', key: reader }), 403, 'forbidden');
  const done = await gw.call('POST', `/api/requests/${id}/resolve`, { body: '{"result":"done"}', key: here });
  assert.deepEqual([done.status, done.json.resolved.by], [200, 'here'], done.text);
});

test('the command line', async () => {
  const { id } = await lose();
  const cli = (...args) => run(binary, args, { env: { GATEWAY_URL: gw.url, GATEWAY_KEY: gw.adminKey }, cwd: tempDir() });
  assert.match((await cli('requests', 'list', '--outcome', 'unknown')).stdout, new RegExp(`${id}.*OUTCOME UNKNOWN`));
  const done = await cli('requests', 'resolve', id, 'not_done', '--note', 'no slip');
  assert.deepEqual([done.code, done.stdout], [0, `Request ${id} at kiosk mute is resolved: not_done.\n`], done.stderr);
  assert.doesNotMatch((await cli('requests', 'list', '--outcome', 'unknown')).stdout, new RegExp(id));
  const shown = (await cli('requests', 'show', id)).stdout;
  assert.match(shown, /^State +timed_out, resolved: not_done$/m);
  assert.match(shown, /^Resolved +not_done, by admin, /m);
  assert.match(shown, /^Note +no slip$/m);
  const again = await cli('requests', 'resolve', id, 'done');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /already resolved/);
});

test('after a restart, and after a crash, the alerts are those of the ledger', async () => {
  let own = await Gateway.start();
  const kiosk = await own.kiosk(undefined, { id: 'till' });
  const [open, closed, print] = [await lose({ of: own, kiosk }), await lose({ of: own, kiosk }), await lose({ of: own, kiosk, op: 'print' })];
  const said = (await resolve(closed.id, { result: 'done' }, {}, own)).json.resolved;
  for (const end of ['stop', 'kill']) {
    if (end === 'stop') await own.stop();
    else own.child.kill('SIGKILL'), await own.exited;
    own = await Gateway.start({ dir: own.dir });
    await until('the alert is there again', async () => (await alerts(open.id, own)).length === 1);
    assert.equal((await alerts(open.id, own))[0].ended_at, null);
    assert.deepEqual(await alerts(closed.id, own), []);
    assert.deepEqual(await alerts(print.id, own), []);
    assert.deepEqual(await unknown(own), [print.id, open.id]);
    assert.deepEqual((await own.request(closed.id)).resolved, said);
  }
  await resolve(open.id, { result: 'not_done' }, {}, own);
  assert.match((await alerts(open.id, own))[0].ended_at, RFC3339);
  await own.stop();
});
