// The audit trail: who did what to which kiosk or key, when, from where. Append-only, and never a secret in it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, assertError, binary, run, secret, tempDir } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const trail = async (query = '', on = gw) => (await on.api('GET', `/api/audit${query}`)).json;

test('every change leaves a line, with who, how and from where', async () => {
  const boss = (await gw.api('POST', '/api/keys', { name: 'boss', scopes: ['admin'] })).json;
  secret(boss.key);
  const as = (method, target, body, headers = {}) => gw.call(method, target, { key: boss.key, headers: { 'content-type': 'application/json', ...headers }, body: body && JSON.stringify(body), localAddress: '127.0.9.9' });
  const made = (await as('POST', '/api/kiosks', { id: 'audited' })).json;
  secret(made.token);
  const kiosk = await gw.kiosk(sayYes, { of: { id: 'audited', token: made.token } });
  await as('PATCH', '/api/kiosks/audited', { name: 'Left till', max_in_flight: 4 });
  await as('POST', '/api/kiosks/audited/kick');
  await kiosk.closedWithin();
  await as('PATCH', '/api/kiosks/audited', { enabled: false });
  secret((await as('POST', '/api/kiosks/audited/token', {})).json.token);
  await as('DELETE', '/api/kiosks/audited');
  const lines = (await trail('?target=audited')).entries;
  assert.deepEqual(lines.map(({ action }) => action), ['kiosk_removed', 'kiosk_token_renewed', 'kiosk_changed', 'kiosk_kicked', 'kiosk_changed', 'kiosk_added']);
  for (const line of lines) {
    assert.deepEqual(Object.keys(line), ['at', 'actor', 'via', 'address', 'action', 'target', 'detail']);
    assert.match(line.at, RFC3339);
    assert.deepEqual([line.actor, line.via, line.target], ['boss', 'api', 'audited']);
    assert.match(line.address, /^127\.0\.9\.9/);
  }
  assert.match(lines[4].detail, /Left till/);
  assert.match(lines[2].detail, /disabled|switched off/);
  const other = (await as('POST', '/api/keys', { name: 'till-key', scopes: ['send'] })).json;
  const next = (await as('POST', `/api/keys/${other.id}/rotate`, {})).json;
  await as('DELETE', `/api/keys/${other.id}`);
  for (const { key } of [other, next]) secret(key);
  assert.deepEqual((await trail(`?target=${other.id}`)).entries.map(({ action }) => action), ['key_revoked', 'key_rotated', 'key_added']);
  const whole = (await gw.api('GET', '/api/audit?limit=1000')).text;
  for (const value of [boss.key, made.token, other.key, next.key, gw.adminKey]) assert.ok(!whole.includes(value));
  const first = (await trail(`?target=${boss.id}`)).entries[0];
  assert.equal(first.actor, 'admin', 'the admin key has a name of its own');
});

test('what was refused, and what changed nothing, leaves none', async () => {
  const before = (await trail()).entries[0];
  await gw.api('POST', '/api/kiosks', { id: 'bad id' });
  await gw.api('DELETE', '/api/kiosks/nobody');
  await gw.api('POST', '/api/kiosks/nobody/kick');
  await gw.call('POST', '/api/kiosks', { body: '{"id":"x"}', headers: { 'content-type': 'application/json' } });
  await gw.get('/api/kiosks');
  assert.deepEqual((await trail()).entries[0], before);
});

test('through the command line', async () => {
  const result = await run(binary, ['kiosk', 'add', 'by_cli', '--json'], { env: { GATEWAY_URL: gw.url, GATEWAY_KEY: gw.adminKey }, cwd: tempDir() });
  assert.equal(result.code, 0, result.stderr);
  secret(JSON.parse(result.stdout).token);
  const [line] = (await trail('?target=by_cli')).entries;
  assert.deepEqual([line.actor, line.via, line.action], ['admin', 'cli', 'kiosk_added']);
});

test('pages; nothing can be changed in it; it survives SIGKILL', async () => {
  const own = await Gateway.start();
  await own.addKiosks(7);
  for (let n = 0; n < 7; ++n) await own.api('PATCH', `/api/kiosks/bulk_${n}`, { enabled: false });
  const whole = await trail('', own);
  let seen = [], cursor = '';
  for (let pages = 0; pages < 20; ++pages) {
    const page = await trail(`?limit=3${cursor}`, own);
    seen.push(...page.entries);
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  assert.deepEqual(seen, whole.entries);
  assert.ok(seen.length >= 8);
  for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) assertError(await own.api(method, '/api/audit'), 405, 'method_not_allowed');
  for (const query of ['limit=0', 'limit=1001', 'cursor=x', 'from=yesterday']) assertError(await own.api('GET', `/api/audit?${query}`), 400, 'invalid_argument');
  await own.stop('SIGKILL');
  const again = await Gateway.start({ dir: own.dir });
  assert.deepEqual((await trail('', again)).entries, whole.entries);
  await again.stop();
});
