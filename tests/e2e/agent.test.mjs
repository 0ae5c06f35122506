// The real kiosk-agent between the gateway and a local service: as README.md's "first payment" has it, behind a
// TLS-terminating edge, and when the edge or the service is not what it should be.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Agent as AnyAgent } from './agent.mjs';
import { Feed, Gateway } from './harness.mjs';
import { TlsEdge, certificate } from './tls.mjs';

let gw, service;
const seen = new Feed();
// A terminal: keeps what it was asked, answers with bytes that a JSON library would change.
const kAnswer = '{"status":"success","transaction_id":"TXN77","sum":1000.10}';
before(async () => {
  gw = await Gateway.start();
  service = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, body });
      response.writeHead(request.url === '/broken' ? 500 : 200, { 'content-type': 'application/json' }).end(kAnswer);
    });
  });
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve));
  service.url = `http://127.0.0.1:${service.address().port}`;
});
after(async () => { service.close(); service.closeAllConnections(); await gw.stop(); });

class Agent extends AnyAgent {
  constructor(gateway, token, { routes = [`payment=${service.url}/payment`], env } = {}) { super(gateway, token, { routes, env }); }
}

test('a payment through the agent, byte for byte', async () => {
  const { id, token } = await gw.addKiosk();
  const agent = new Agent(`ws://127.0.0.1:${gw.port}/ws`, token);
  await agent.wait('gateway_connected');
  const body = '{ "order_id":12345, "sum":1000.10, "big":12345678901234567890 }';
  const answer = await gw.send(id, body);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.text, `{"request_id":"${answer.headers['x-request-id']}",${kAnswer.slice(1)}`);
  assert.deepEqual(seen.entries.at(-1), { method: 'POST', url: '/payment', body });
  await agent.stop();
});

test('what the local service does wrong is said, and whether anything was done', async () => {
  const { id, token } = await gw.addKiosk();
  const agent = new Agent(`ws://127.0.0.1:${gw.port}/ws`, token,
    { routes: [`payment=${service.url}/broken`, 'fiscal=http://127.0.0.1:1/fiscal', `kds=${service.url}/kds`] });
  await agent.wait('gateway_connected');
  const error = async (op, headers) => (await gw.send(id, '{"table":7,"note":"a b"}', { op, headers })).json;
  assert.equal((await error('payment')).error, 'http_error');
  assert.equal((await error('fiscal')).error, 'connection_refused');
  assert.equal((await error('print')).error, 'route_not_found');
  assert.equal((await error('kds', { 'Header-Http-Method': 'GET' })).status, 'success');
  const { method, url, body } = seen.entries.at(-1);
  assert.deepEqual([method, url.replace('%20', '+'), body], ['GET', '/kds?table=7&note=a+b', '']);
  await agent.stop();
});

test('behind a TLS edge: wss, and a cut link comes back', async () => {
  const files = await certificate('DNS:localhost');
  const edge = await TlsEdge.start(gw.port, files);
  const { id, token } = await gw.addKiosk();
  const agent = new Agent(`wss://localhost:${edge.port}/ws`, token, { env: { SSL_CERT_FILE: files.ca } });
  await agent.wait('gateway_connected');
  assert.equal((await gw.send(id, '{"sum":1}')).json.transaction_id, 'TXN77');
  const from = agent.log.entries.length;
  edge.cut();
  await agent.wait('gateway_connected', { from });
  assert.equal((await gw.send(id, '{"sum":2}')).json.transaction_id, 'TXN77');
  await agent.stop();
  edge.close();
});

test('a certificate of an unknown authority, or for another name: no token is sent, and the log says why', async () => {
  const files = await certificate('DNS:elsewhere.example');
  const edge = await TlsEdge.start(gw.port, files);
  const { token } = await gw.addKiosk();
  const connectedBefore = gw.logged('kiosk_connected').length;
  for (const env of [{}, { SSL_CERT_FILE: files.ca }]) {
    const agent = new Agent(`wss://localhost:${edge.port}/ws`, token, { env });
    assert.match((await agent.wait('gateway_unreachable')).reason, /TLS.*certificate verify failed/);
    await agent.stop();
  }
  assert.equal(gw.logged('kiosk_connected').length, connectedBefore);
  edge.close();
});

test('a token that counts no more', async () => {
  const { id, token } = await gw.addKiosk();
  await gw.api('POST', `/api/kiosks/${id}/token`);
  const agent = new Agent(`ws://127.0.0.1:${gw.port}/ws`, token);
  const { reason } = await agent.wait('gateway_refused');
  assert.match(reason, /token/i);
  await agent.stop();
});
