// JOURNAL=off: exchanges in memory only, kiosks on disk. PROTOCOL.md 1.2.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

test('JOURNAL=off: in memory only, and it says so', async () => {
  const gw = await Gateway.start({ env: { JOURNAL: 'off' } });
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.get('/health')).json.durability, 'off');
  const { json } = await gw.send(kiosk);
  assert.equal((await gw.request(json.request_id)).state, 'answered');
  gw.kill('SIGKILL');
  await gw.exited;
  const next = await Gateway.start({ dir: gw.dir, env: { JOURNAL: 'off' } });
  assertError(await next.get(`/requests/${json.request_id}`), 410, 'request_expired');
  const again = await next.kiosk(sayYes, { of: kiosk });
  assert.equal((await next.send(again)).status, 200, 'kiosks are kept');
  await next.stop();
});

test('JOURNAL=off: there is no feed, and it says so', async () => {
  const gw = await Gateway.start({ env: { JOURNAL: 'off' } });
  const refused = assertError(await gw.get('/requests?final=true', { key: gw.adminKey }), 501, 'not_implemented');
  assert.match(refused.json.message, /JOURNAL is off/);
  await gw.stop();
});
