// Callbacks are signed as receivers verify them: with the scheme's own library, while secrets are rotated too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';

const SIGNER = path.join(process.env.KGW_BUILD_DIR, 'webhook_signer');
const newSecret = (bytes = 32) => 'whsec_' + Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64');

function signed(secrets, id, body, ms = Date.now()) {
  const run = spawnSync(SIGNER, { input: `${secrets.join(' ')}\n${id}\n${ms}\n${body}`, encoding: 'utf8' });
  assert.equal(run.status, 0, `${SIGNER}: ${run.error ?? run.stderr}; build the target webhook_signer`);
  return Object.fromEntries(run.stdout.trim().split('\n').map((line) => line.split(': ')));
}

const ID = '01937b4e-6c5d-7e21-9a43-1f2d3c4b5a69.1';
const BODY = '{"request_id":"01937b4e-6c5d-7e21-9a43-1f2d3c4b5a69","state":"answered","response":{"sum":1000.10,"имя":"чек"}}';

test('a receiver verifies what is signed', () => {
  for (const bytes of [24, 32, 64]) {
    const secret = newSecret(bytes);
    const headers = signed([secret], ID, BODY);
    assert.equal(headers['webhook-id'], ID);
    assert.deepEqual(new Webhook(secret).verify(BODY, headers), JSON.parse(BODY));
    assert.throws(() => new Webhook(newSecret()).verify(BODY, headers));
    assert.throws(() => new Webhook(secret).verify(BODY.replace('1000.10', '1000.1'), headers));
    assert.throws(() => new Webhook(secret).verify(BODY, { ...headers, 'webhook-id': ID.replace('.1', '.2') }));
    assert.throws(() => new Webhook(secret).verify(BODY, signed([secret], ID, BODY, Date.now() - 3_600_000)));
  }
});

test('a receiver takes either secret while they are rotated', () => {
  const [fresh, old] = [newSecret(), newSecret()];
  const headers = signed([fresh, old], ID, BODY);
  assert.equal(headers['webhook-signature'].split(' ').length, 2);
  for (const secret of [fresh, old]) assert.deepEqual(new Webhook(secret).verify(BODY, headers), JSON.parse(BODY));
  assert.throws(() => new Webhook(newSecret()).verify(BODY, headers));
});
