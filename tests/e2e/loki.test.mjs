// Log lines to Loki: a stand-in that takes only what Loki takes.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { Feed, Gateway, newSecret, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

const LABELS = ['app', 'env', 'level', 'node'];

// Throws what Loki refuses, and what this gateway may not make labels of. -> [{stream, at, line, metadata}]
function check(headers, body) {
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['content-encoding'], 'gzip');
  const bytes = zlib.gunzipSync(body);
  assert.ok(bytes.length <= 4 << 20, '4 MB');
  const { streams, ...rest } = JSON.parse(bytes.toString('utf8'));
  assert.deepEqual(rest, {});
  assert.ok(streams.length > 0);
  return streams.flatMap(({ stream, values, ...more }) => {
    assert.deepEqual(more, {});
    assert.deepEqual(Object.keys(stream).sort(), LABELS);
    for (const value of Object.values(stream)) assert.ok(typeof value === 'string' && value !== '');
    let before = 0n;
    return values.map((entry) => {
      assert.ok(Array.isArray(entry) && entry.length >= 2 && entry.length <= 3);
      const [at, line, metadata = {}] = entry;
      assert.ok(typeof at === 'string' && /^\d{19}$/.test(at), `a stamp: ${JSON.stringify(at)}`);
      assert.ok(Math.abs(Number(BigInt(at) / 1000000n) - Date.now()) < 600_000, at);
      assert.ok(BigInt(at) > before, 'in order');
      before = BigInt(at);
      assert.ok(typeof line === 'string' && Buffer.byteLength(line) <= 256 << 10, '256 KB');
      for (const value of Object.values(metadata)) assert.equal(typeof value, 'string');
      return { stream, at, line: JSON.parse(line), metadata };
    });
  });
}

async function startLoki() {
  const loki = { lines: new Feed(), tries: [], faults: [], answers: [] };
  loki.server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', () => {
      loki.tries.push({ at: Date.now(), authorization: request.headers.authorization });
      const [status, headers] = [loki.answers.shift() ?? 204].flat();
      let lines = [];
      try { lines = check(request.headers, Buffer.concat(parts)); } catch (error) { loki.faults.push(error.message); }
      response.writeHead(loki.faults.length ? 400 : status, headers).end();
      if (status === 204) for (const line of lines) loki.lines.push(line);
    });
  });
  await new Promise((resolve) => loki.server.listen(0, '127.0.0.1', resolve));
  loki.server.unref();  // a failed test leaves it open
  loki.url = `http://127.0.0.1:${loki.server.address().port}/loki/api/v1/push`;
  loki.stop = () => { loki.server.closeAllConnections(); loki.server.close(); };
  return loki;
}

test('every line arrives once, with few labels and its ids beside it', async () => {
  const loki = await startLoki();
  const gw = await Gateway.start({ env: { GRAFANA_LOKI_URL: loki.url, GRAFANA_LOKI_USERNAME: 'u', GRAFANA_LOKI_PASSWORD: newSecret(), ENVIRONMENT: 'test', NODE_ID: 'n1' } });
  const kiosk = await gw.kiosk(sayYes);
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const answer = await gw.send(kiosk, {}, { headers: { traceparent: `00-${trace}-b7ad6b7169203331-01` } });
  const id = answer.headers['x-request-id'];
  const line = await loki.lines.wait((entry) => entry.line.request_id === id, 'the line of the request');
  assert.deepEqual(line.stream, { app: 'kiosk-gateway', env: 'test', level: 'info', node: 'n1' });
  assert.deepEqual(line.metadata, { request_id: id, kiosk_id: kiosk.id, trace_id: trace });
  assert.equal(Number(BigInt(line.at) / 1000000n), Date.parse(line.line.timestamp));
  for (let n = 0; n < 2000; ++n) await gw.send(kiosk);
  await gw.stop();
  assert.deepEqual(loki.faults, []);
  const told = (lines) => lines.filter(({ event }) => event === 'request_finished').map(({ request_id }) => request_id);
  assert.deepEqual(told(loki.lines.entries.map((entry) => entry.line)).sort(), told(gw.log.entries).sort());
  assert.ok(loki.lines.entries.some((entry) => entry.line.event === 'stopped'), 'the last words too');
  assert.equal(Buffer.from(loki.tries[0].authorization.slice(6), 'base64').toString(), `u:${gw.settings.GRAFANA_LOKI_PASSWORD}`);
  loki.stop();
});

test('429 is waited for; that pushing fails is not pushed', async () => {
  const loki = await startLoki();
  loki.answers.push([429, { 'retry-after': '2' }], 500);
  const gw = await Gateway.start({ env: { GRAFANA_LOKI_URL: loki.url } });
  await gw.waitLog('logs_push_works');
  assert.ok(loki.tries[1].at - loki.tries[0].at >= 1990, 'Retry-After');
  await until('counted', async () => /kgw_push_failures_total\{to="loki"\} 2\n/.test((await gw.get('/metrics')).text));
  await gw.stop();
  assert.deepEqual(loki.faults, []);
  assert.deepEqual(loki.lines.entries.filter((entry) => entry.line.event.startsWith('logs_push')), []);
  assert.equal(gw.logged('logs_push_failed').length, 1);
  loki.stop();
});
