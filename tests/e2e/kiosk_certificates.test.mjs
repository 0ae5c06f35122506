// KIOSK_CERTIFICATES: kiosks that show a certificate of TLS_CLIENT_CA_FILE instead of a token, or beside it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import WebSocket from 'ws';
import { Feed, Gateway, within } from './harness.mjs';
import { certificate, clientCertificate } from './tls.mjs';

// A kiosk: 'open' or the status that it was refused with.
function connect(gw, { shows, token } = {}) {
  const ws = new WebSocket(`wss://localhost:${gw.port}/ws`, {
    ...gw.tls, ...(shows && { cert: fs.readFileSync(shows.cert), key: fs.readFileSync(shows.key) }),
    headers: token ? { authorization: `Bearer ${token}` } : {} });
  ws.on('message', (data) => ws.send(JSON.stringify({ request_id: JSON.parse(data).request_id, status: 'success', transaction_id: 'CERT' })));
  ws.ended = new Promise((resolve) => { ws.on('close', (code) => resolve(code)); });
  return within(new Promise((resolve, reject) => {
    ws.on('open', () => resolve(ws)).on('error', reject);
    ws.on('unexpected-response', (request, response) => { const said = new Feed(); response.on('data', (part) => said.push(String(part))).on('end', () => { request.destroy(); resolve({ status: response.statusCode, text: said.entries.join('') }); }); });
  }), 'the handshake ends');
}

async function start(mode) {
  const own = await certificate('DNS:localhost');
  const authority = await clientCertificate('/CN=nobody here');
  const gw = await Gateway.start({ ca: own.ca, env: { TLS_CERT_FILE: own.cert, TLS_KEY_FILE: own.key, TLS_CLIENT_CA_FILE: authority.ca, KIOSK_CERTIFICATES: mode } });
  return { gw, issue: (subject, san) => clientCertificate(subject, { san, of: authority }) };
}

test('optional: a certificate does, a token does, and both must be the same kiosk\'s', async () => {
  const { gw, issue } = await start('optional');
  const first = await gw.addKiosk();
  const second = await gw.addKiosk();
  const byUri = await issue('/CN=Main street', `URI:kiosk:${first.id}`);
  const kiosk = await connect(gw, { shows: byUri });
  assert.equal((await gw.send(first.id, { sum: 1 })).json.transaction_id, 'CERT');
  const other = await connect(gw, { token: second.token });
  assert.equal((await gw.send(second.id, { sum: 1 })).json.transaction_id, 'CERT');
  const mixed = await connect(gw, { shows: byUri, token: second.token });
  assert.equal(mixed.status, 401);
  assert.match(mixed.text, /another kiosk than the token/);
  kiosk.terminate();
  other.terminate();
  await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === first.id);
  const both = await connect(gw, { shows: byUri, token: first.token });
  both.terminate();
  await gw.stop();
});

test('required: no certificate, no kiosk; a disabled kiosk is out at once and stays out', async () => {
  const { gw, issue } = await start('required');
  const { id, token } = await gw.addKiosk();
  const refused = await connect(gw, { token });
  assert.equal(refused.status, 401);
  assert.match(refused.text, /by their certificate only/);
  assert.equal((await connect(gw, { shows: await issue('/CN=unknown_kiosk') })).status, 401);
  const shows = await issue(`/CN=${id}`);
  const kiosk = await connect(gw, { shows });
  assert.equal((await gw.send(id, { sum: 1 })).json.transaction_id, 'CERT');
  await gw.api('PATCH', `/api/kiosks/${id}`, { enabled: false });
  await within(kiosk.ended, 'the kiosk is out');
  assert.equal((await connect(gw, { shows })).status, 403);
  await gw.api('PATCH', `/api/kiosks/${id}`, { enabled: true });
  const back = await connect(gw, { shows });
  assert.equal((await gw.send(id, { sum: 2 })).json.transaction_id, 'CERT');
  back.terminate();
  await gw.stop();
});
