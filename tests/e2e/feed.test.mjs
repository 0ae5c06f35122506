// The feed (PROTOCOL.md 1.5): what became final, in that order, each once, with a cursor that survives restarts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway, assertError } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

const make = async (gw, owner, more = {}) => (await gw.api('POST', '/api/keys', { name: owner, owner, scopes: ['send'], ...more })).json.key;
const feed = (gw, key, more = '') => gw.get(`/requests?final=true${more}`, { key });
const states = (page) => page.json.requests.map((one) => [one.request_id, one.state]);

test('final states in their order, each once, across a restart', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(undefined);
  const [shop, rival] = [await make(gw, 'shop'), await make(gw, 'rival')];
  const first = gw.send(kiosk, { n: 1 }, { key: shop, timeout: 1 });
  const one = await kiosk.take();
  assertError(await first, 504, 'timeout');
  const others = gw.send(kiosk, { n: 2 }, { key: rival });
  kiosk.answer(await kiosk.take(), { n: 2 });
  await others;

  const page = await feed(gw, shop);
  assert.deepEqual([page.status, states(page)], [200, [[one.request_id, 'timed_out']]]);
  assert.equal(page.headers['cache-control'], 'no-store');
  const begun = Date.now();
  const nothing = await feed(gw, shop, `&cursor=${page.json.next}&wait=1`);
  assert.deepEqual(nothing.json.requests, []);
  assert.ok(Date.now() - begun >= 950, 'it waited');

  // A late answer ends the wait; what it was before stays as it was.
  const waits = feed(gw, shop, `&cursor=${nothing.json.next}&wait=60`);
  kiosk.answer(one, { late: 1 });
  const late = await waits;
  assert.deepEqual(states(late), [[one.request_id, 'answered']]);
  assert.deepEqual([late.json.requests[0].late, late.json.requests[0].response.late], [true, 1]);

  // So does an answer; a refusal is no end.
  const again = feed(gw, shop, `&cursor=${late.json.next}&wait=60`);
  assertError(await gw.send('nowhere', {}, { key: shop }), 404, 'kiosk_not_found');
  const call = gw.send(kiosk, { n: 3 }, { key: shop });
  const three = await kiosk.take();
  kiosk.answer(three, { n: 3 });
  await call;
  const third = await again;
  assert.deepEqual(states(third), [[three.request_id, 'answered']]);

  await gw.stop();
  const next = await Gateway.start({ dir: gw.dir });
  assert.deepEqual((await feed(next, shop, `&cursor=${third.json.next}`)).json.requests, []);
  const all = await feed(next, shop);
  assert.deepEqual(states(all), [[one.request_id, 'timed_out'], [one.request_id, 'answered'], [three.request_id, 'answered']]);
  assert.equal(all.json.requests[0].response, null);
  const pages = [await feed(next, shop, '&limit=2')];
  pages.push(await feed(next, shop, `&limit=2&cursor=${pages[0].json.next}`));
  assert.deepEqual(pages.flatMap(states), states(all));
  assert.equal((await feed(next, rival)).json.requests.length, 1);
  await next.stop();
});

test('a key limited to some kiosks sees no more, and its cursor says nothing', async () => {
  const gw = await Gateway.start();
  const kiosk = await gw.kiosk(sayYes);
  const other = await gw.kiosk(sayYes);
  const [whole, limited] = [await make(gw, 'shop'), await make(gw, 'shop', { name: 'part', kiosks: [kiosk.id] })];
  const sent = [];
  for (const to of [other, kiosk, other, kiosk]) sent.push([to, (await gw.send(to, {}, { key: whole })).headers['x-request-id']]);
  assert.deepEqual(states(await feed(gw, whole)).map(([id]) => id), sent.map(([, id]) => id));
  const page = await feed(gw, limited, '&limit=1');
  assert.deepEqual(states(page).map(([id]) => id), [sent[1][1]]);
  assert.ok(Number(page.json.next) > 1e6, 'sealed');
  assert.deepEqual(states(await feed(gw, limited, `&cursor=${page.json.next}`)).map(([id]) => id), [sent[3][1]]);
  await gw.stop();
});

test('what is no question to the feed is refused', async () => {
  const gw = await Gateway.start();
  const key = await make(gw, 'shop');
  for (const wrong of ['final=yes', 'final=false', 'final=true&kiosk_id=k', 'final=true&wait=61', 'final=true&cursor=-1', 'final=true&limit=0'])
    assertError(await gw.get(`/requests?${wrong}`, { key, garbage: true }), 400, 'invalid_argument');
  assertError(await gw.get('/requests?final=true&state=answered', { key, garbage: true }), 400, 'invalid_parameter');
  assertError(await gw.get('/requests?final=true', { key: 'nobody' }), 401, 'unauthorized');
  await gw.stop();
});
