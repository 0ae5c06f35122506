// No secret in 100,000 log lines, in /metrics, or in any error: whatever comes in, wherever it is put.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, newSecret, secret, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RawConnection, sendText } from './raw.mjs';

const LINES = 100_000;
const BATCH = 200;

test('100,000 log lines, the metrics and the errors are free of secrets', async () => {
  const env = { LOG_LEVEL: 'DEBUG', JWT_SECRET: newSecret(), ADMIN_API_KEY: newSecret(), METRICS_TOKEN: newSecret(), TRUST_PROXY: 'true' };
  const gw = await Gateway.start({ env });
  const kiosk = await gw.kiosk((message) => ({ ...sayYes(message), card: CARD }));
  const made = (await gw.api('POST', '/api/keys', { name: 'backend', scopes: ['send', 'read'] })).json;
  const key = secret(made.key), CARD = secret('4242 4242 4242 4242'), BODY = newSecret();
  const secrets = [...Object.values(env).filter((value) => value.length > 8), kiosk.token, key, CARD, BODY];

  const key_field = `Authorization: Bearer ${key}`;
  const body = JSON.stringify({ card: CARD, note: BODY });
  const calls = [
    () => sendText(kiosk.id, body, { fields: [key_field, `Header-Order-Id: 7`] }),
    () => sendText('nobody', body, { fields: [key_field] }),
    () => sendText(kiosk.id, body, { fields: [key_field, `Header-Timeout: ${BODY}`] }),
    () => sendText(kiosk.id, body.slice(1), { fields: [key_field] }),
    () => sendText(kiosk.id, body, { fields: [`Authorization: Bearer ${key}x`, `X-Real-IP: 10.0.${next()}`] }),
    () => sendText(kiosk.id, body, { fields: [`Authorization: Basic ${key}`, `X-Real-IP: 10.1.${next()}`] }),
    () => `GET /api/kiosks/nobody?token=${kiosk.token} HTTP/1.1\r\nHost: a\r\n${key_field}\r\n\r\n`,
    () => `GET /api/nothing/${key} HTTP/1.1\r\nHost: a\r\n${key_field}\r\n\r\n`,
    () => `GET /requests/${BODY} HTTP/1.1\r\nHost: a\r\n${key_field}\r\n\r\n`,
    () => `GET /ws?token=${kiosk.token.slice(0, -1)} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-Real-IP: 10.2.${next()}\r\n\r\n`,
  ];
  let n = 0;
  const next = () => `${(n >> 8) & 255}.${n++ & 255}`;
  const lanes = [];
  for (let lane = 0; lane < 4; ++lane) {
    lanes.push((async () => {
      const raw = await RawConnection.open(gw);
      for (let at = lane; gw.lines.length < LINES; ++at) {
        // One in ten reaches the kiosk; each batch ends with it, so that nobody runs ahead of the log for long.
        const batch = Array.from({ length: BATCH }, (_, i) => calls[i % calls.length]());
        raw.write(batch.join(''));
        for (let i = 0; i < batch.length; ++i) {
          const answer = await raw.response();
          assert.ok(answer, 'the gateway keeps the connection');
          if (answer.status < 400) continue;
          for (const value of secrets) assert.ok(!answer.text.includes(value), `a secret in an error: ${answer.text}`);
        }
      }
      raw.destroy();
    })());
  }
  await Promise.all(lanes);
  await until('they are all read', () => gw.lines.length >= LINES);
  const metrics = await gw.get('/metrics', { key: gw.adminKey });
  assert.match(metrics.text, /kgw_requests_total/);
  for (const value of secrets) assert.ok(!metrics.text.includes(value));
  await gw.stop();  // looks through all that it said
  // What strangers cause is folded: some of each kind whole.
  assert.ok(gw.logged('request_finished').length > 1000);
  for (const event of ['request_refused', 'access_refused', 'kiosk_refused']) assert.ok(gw.logged(event).length > 10, event);
});
