// The event stream: GET /api/events. Its order, what it tells and to whom, and that nobody's slowness costs others.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { EventStream } from './browser.mjs';
import { schemaFault } from './contract.mjs';
import { Gateway, assertError, pace, secret, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

// Every event is as the contract has it.
function checkEvents(stream) {
  for (const { event, data, id } of stream.events.entries) {
    assert.match(id, /^[\w-]+\.\d+\.\d+$/);
    assert.equal(schemaFault('Events', { [event]: data }), undefined, `${event} ${JSON.stringify(data).slice(0, 2000)}`);
  }
}

test('hello, all kiosks, then what changes', async () => {
  const kiosk = await gw.kiosk(sayYes, { id: 'live_1', name: '<script>alert(1)</script>\u2028', headers: { 'user-agent': 'kiosk-agent/9.8.7' } });
  const stream = await EventStream.open(gw);
  await stream.settled();
  const [hello, first] = stream.events.entries;
  assert.deepEqual([hello.event, Object.keys(hello.data), first.event], ['hello', ['version', 'node', 'time', 'health'], 'kiosks']);
  assert.deepEqual([stream.retry, first.data.reset, first.data.complete, first.data.removed], [2000, true, true, []]);
  const row = first.data.rows.find(({ id }) => id === 'live_1');
  assert.deepEqual([row.name, row.online, row.agent_version, row.last_error], ['<script>alert(1)</script>\u2028', true, '9.8.7', null]);
  assert.deepEqual(row, (await gw.api('GET', '/api/kiosks')).json.kiosks.find(({ id }) => id === 'live_1'));

  const { json: paid } = await gw.send(kiosk, { order_id: 7 });
  const told = await stream.wait('requests', (data) => data.rows.some((one) => one.request_id === paid.request_id && one.state === 'answered'));
  const { requests } = (await gw.api('GET', '/api/requests?kiosk_id=live_1')).json;
  assert.deepEqual(told.data.rows.find((one) => one.request_id === paid.request_id), requests[0]);
  assert.equal(told.data.skipped, 0);
  await stream.wait('stats', (data) => data.requests.answered >= 1);

  await gw.api('PATCH', '/api/kiosks/live_1', { name: 'renamed' });
  await stream.wait('kiosks', (data) => !data.reset && data.rows.some((one) => one.id === 'live_1' && one.name === 'renamed'));
  await stream.wait('audit', (data) => data.rows.some((one) => one.action === 'kiosk_changed' && one.target === 'live_1'));
  await kiosk.close();
  await stream.wait('kiosks', (data) => data.rows.some((one) => one.id === 'live_1' && !one.online));
  await stream.wait('history', (data) => data.rows.some((one) => one.kiosk_id === 'live_1' && !one.up));
  await stream.wait('health', (data) => data.active_kiosks === 0);
  assertError(await gw.send(kiosk), 503, 'kiosk_offline');
  await stream.wait('kiosks', (data) => data.rows.some((one) => one.id === 'live_1' && one.last_error?.code === 'kiosk_offline'));
  await gw.api('DELETE', '/api/kiosks/live_1');
  await stream.wait('kiosks', (data) => data.removed.includes('live_1'));
  checkEvents(stream);
  await stream.close();
});

test('a request that is refused, times out and is answered late: each state is told', async () => {
  const kiosk = await gw.kiosk();
  const stream = await EventStream.open(gw);
  await stream.settled();
  const sent = gw.send(kiosk, {}, { timeout: 1 });
  const message = await kiosk.take();
  const state = (wanted) => stream.wait('requests', (data) => data.rows.some((one) => one.request_id === message.request_id && one.state === wanted));
  await state('dispatched');
  assertError(await sent, 504, 'timeout');
  await state('timed_out');
  await stream.wait('kiosks', (data) => data.rows.some((one) => one.id === kiosk.id && one.last_error?.request_id === message.request_id));
  await stream.wait('alerts', (data) => data.rows.some((one) => one.kind === 'payment_unknown' && one.request_id === message.request_id && !one.ended_at));
  kiosk.answer(message);
  await stream.wait('alerts', (data) => data.rows.some((one) => one.request_id === message.request_id && one.ended_at));
  const { data } = await state('answered');
  assert.equal(data.rows.find((one) => one.request_id === message.request_id).late, true);
  checkEvents(stream);
  await stream.close();
});

test('how busy a kiosk is: told as it is at the second\'s end, also of what began before anybody looked', async () => {
  const kiosk = await gw.kiosk();
  const busy = (stream, many, from = 0) => stream.wait('kiosks', (data) => !data.reset && data.rows.some((one) => one.id === kiosk.id && one.in_flight === many), from);
  const before = gw.send(kiosk);
  const first = await kiosk.take();
  const stream = await EventStream.open(gw);
  await stream.settled();
  assert.equal(stream.events.entries[1].data.rows.find(({ id }) => id === kiosk.id).in_flight, 1);
  kiosk.answer(first);
  await before;
  await busy(stream, 0);
  const then = gw.send(kiosk);
  const second = await kiosk.take();
  await busy(stream, 1);
  const told = stream.events.entries.length;
  kiosk.answer(second);
  await then;
  await busy(stream, 0, told);
  await stream.close();
});

test('who comes back gets what it missed; what it can not go on from, it gets anew', async () => {
  const first = await EventStream.open(gw);
  await first.settled();
  const { id } = await first.wait('stats');
  await first.close();
  await gw.addKiosk({ id: 'missed_1' });
  const back = await EventStream.open(gw, { headers: { 'last-event-id': id } });
  await back.wait('kiosks', (data) => data.rows.some((one) => one.id === 'missed_1'));
  assert.equal(back.events.entries[0].event, 'hello');
  assert.ok(back.of('kiosks').every(({ data }) => !data.reset), 'no snapshot');
  const numbers = back.events.entries.slice(1).map((one) => Number(one.id.split('.')[2]));
  assert.deepEqual(numbers, numbers.map((_, n) => numbers[0] + n), 'none twice, none left out');
  assert.equal(numbers[0], Number(id.split('.')[2]) + 1);
  await back.close();
  const [life, feed, number] = id.split('.');
  for (const other of ['', 'x', `other.${feed}.${number}`, `${life}.${feed}.0`, `${life}.${feed}.999999`, `${life}.99.${number}`, `${life}.${feed}.${number}x`]) {
    const anew = await EventStream.open(gw, { headers: { 'last-event-id': other } });
    await anew.wait('kiosks', (data) => data.reset);
    await anew.close();
  }
});

test('a limited key sees its kiosks, and no audit trail', async () => {
  const key = secret((await gw.api('POST', '/api/keys', { name: 'half', scopes: ['read'], kiosks: ['mine_*'] })).json.key);
  const [mine, other] = [await gw.kiosk(sayYes, { id: 'mine_1' }), await gw.kiosk(sayYes, { id: 'other_1' })];
  const [limited, full] = await Promise.all([EventStream.open(gw, { key }), EventStream.open(gw, { key: gw.adminKey })]);
  await Promise.all([limited.settled(), full.settled()]);
  await gw.send(other, {}, { key: gw.adminKey });
  await gw.send(mine, {}, { key: gw.adminKey });
  await other.close();
  await gw.api('PATCH', '/api/kiosks/other_1', { name: 'x' });
  await gw.api('PATCH', '/api/kiosks/mine_1', { name: 'y' });
  for (const stream of [limited, full]) await stream.wait('kiosks', (data) => data.rows.some((one) => one.id === 'mine_1' && one.name === 'y'));
  await full.wait('audit', () => true);
  assert.doesNotMatch(JSON.stringify(limited.events.entries), /other_1/);
  assert.equal(limited.of('audit').length, 0);
  await limited.wait('requests', (data) => data.rows.some((one) => one.kiosk_id === 'mine_1'));
  for (const stream of [limited, full]) await stream.close();
  assert.equal((await gw.call('POST', '/api/events', { key: gw.adminKey })).status, 405);
});

test('twenty streams are told the same, 1,200 kiosks in pieces', async () => {
  const big = await Gateway.start();
  await big.addKiosks(1200);
  const streams = await Promise.all(Array.from({ length: 20 }, () => EventStream.open(big, { key: big.adminKey })));
  await Promise.all(streams.map((one) => one.settled()));
  for (const stream of streams) {
    const pieces = stream.of('kiosks').map(({ data }) => data);
    assert.ok(pieces.length >= 3 && pieces.every(({ rows }) => rows.length <= 500), `${pieces.map(({ rows }) => rows.length)}`);
    assert.deepEqual(pieces.map(({ reset, complete }) => [reset, complete]), pieces.map((_, n) => [n === 0, n === pieces.length - 1]));
    assert.equal(new Set(pieces.flatMap(({ rows }) => rows.map(({ id }) => id))).size, 1200);
  }
  const kiosk = await big.kiosk(sayYes, { id: 'busy' });
  await Promise.all(Array.from({ length: 300 }, () => big.send(kiosk, {}, { key: big.adminKey })));
  const sums = await Promise.all(streams.map(async (stream) => {
    const sum = () => stream.of('requests').reduce((all, { data }) => all + data.rows.filter(({ state }) => state === 'answered').length + data.skipped, 0);
    await until('all 300 are told or counted', () => sum() >= 300);
    return JSON.stringify(stream.of('requests').map(({ id, data }) => [id, data]));
  }));
  assert.equal(new Set(sums).size, 1);
  assert.ok(streams[0].of('requests').every(({ data }) => data.rows.length <= 200));
  checkEvents(streams[0]);

  // And an end does not wait for them.
  const began = Date.now();
  big.kill('SIGTERM');
  await streams[0].wait('health', (data) => data.status === 'degraded');
  await Promise.all(streams.map((one) => within(one.ended, 'the stream ends')));
  await within(big.exited, 'the gateway ends');  // a second SIGTERM might meet a process that is half gone
  await big.stop();
  pace('the end', Date.now() - began, 10_000);
});

test('while it drains there is no new stream', async () => {
  const draining = await Gateway.start();
  const kiosk = await draining.kiosk();
  const sent = draining.send(kiosk);
  const message = await kiosk.take();
  draining.kill('SIGTERM');
  await draining.waitLog('stopping');
  assertError(await draining.get('/api/events'), 503, 'draining');
  kiosk.answer(message);
  assert.equal((await sent).status, 200);
  await draining.stop();
});

test('who does not read is cut off, and holds up nobody', async () => {
  const slow = await Gateway.start();
  // More than the kernel keeps for a connection.
  const lines = Array.from({ length: 12000 }, (_, n) => JSON.stringify({ id: `many_${n}`, name: 'я'.repeat(120) }));
  const added = await slow.api('POST', '/api/kiosks', undefined, { body: lines.join('\n'), headers: { 'content-type': 'application/x-ndjson' } });
  assert.equal(added.json.added, 12000);
  const reader = net.connect(slow.port, '127.0.0.1').pause();
  const closed = new Promise((resolve) => reader.on('close', resolve).on('error', () => {}));
  reader.write(`GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${slow.adminKey}\r\n\r\n`);
  const other = await EventStream.open(slow, { key: slow.adminKey });
  await other.settled();
  // It is alive and takes nothing: its snapshot waits, and after a while without a byte taken it is over.
  const metric = async () => Number(/^kgw_connections\{kind="http"\} (\d+)$/m.exec((await slow.get('/metrics', { key: slow.adminKey })).text)[1]);
  const before = await metric();
  await until('it is cut off', async () => (await metric()) < before);
  assert.equal(other.request.destroyed, false);
  const from = other.events.entries.length;
  await other.wait('stats', () => true, from);
  reader.resume();
  await within(closed, 'the slow one is closed');
  await other.close();
  await slow.stop();
});
