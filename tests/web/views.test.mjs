// Every view, over kiosks and requests of every kind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { live, openSite, XSS, sayYes, until } from './site.mjs';
import { Visitor } from './visitor.mjs';

let gw, world, guest;
before(async () => {
  gw = await openSite({ env: { METRICS_TOKEN: 'not-to-be-seen-anywhere' } });
  world = await live(gw);
  guest = await Visitor.open(gw.page, { key: gw.adminKey });
});
after(async () => { await guest.close(); await gw.stop(); });

const csvRows = (text) => text.replace(/^\ufeff/, '').trim().split('\r\n');
const column = async (index) => (await guest.page.locator(`.body [role=row] > :nth-child(${index})`).allInnerTexts()).map((text) => text.split('\n')[0]);

test('overview: the health line, figures, charts, and what needs a look', async () => {
  await guest.go('#/overview');
  await guest.see('Healthy');
  await guest.see('3 of 5 kiosks online');
  await guest.see('on this machine’s disk, safe');
  await guest.page.locator('a.figure', { hasText: 'Outcome unknown' }).getByText('1', { exact: true }).waitFor();
  await guest.page.getByRole('img', { name: /^Latency\. p50: / }).waitFor();
  await guest.page.getByRole('img', { name: /^Kiosks online\./ }).locator('canvas').waitFor();
  await guest.see('Recently went offline');
  for (const span of ['1 h', '24 h', '15 min']) {
    await guest.button(span).click();
    await guest.page.locator(`button[aria-pressed=true]:text-is("${span}")`).waitFor();
    // A young gateway has no point of a longer time yet.
    await guest.page.locator('.chart', { hasText: 'Requests per second' }).locator('canvas, .empty').first().waitFor();
  }
  await guest.page.locator('.lists a', { hasText: 'shop_2 · payment' }).click();
  await guest.dialog.getByText('timed out').waitFor();
  await guest.page.keyboard.press('Escape');
});

test('kiosks: search, filter, sort, export', async () => {
  await guest.go('#/kiosks');
  await guest.row('shop_5').waitFor();
  const search = guest.field('Search');
  await search.fill('вокзал');
  await guest.page.getByText('1 of 5 kiosks').waitFor();
  assert.deepEqual(await column(2), ['shop_2']);
  await search.fill('');
  await guest.field('State').selectOption('offline');
  await guest.page.getByText('2 of 5 kiosks').waitFor();
  assert.deepEqual(await column(2), ['shop_4', 'shop_5']);
  await guest.field('State').selectOption('all');
  await guest.button('Kiosk').click();
  await guest.page.locator('[role=columnheader][aria-sort=descending]', { hasText: 'Kiosk' }).waitFor();
  assert.deepEqual(await column(2), ['shop_5', 'shop_4', 'shop_3', 'shop_2', 'shop_1']);
  const { name, text } = await guest.download(() => guest.button('Export CSV').click());
  assert.match(name, /^kiosks-.*\.csv$/);
  const rows = csvRows(text);
  assert.equal(rows.length, 6);
  assert.match(rows[0], /^State,Kiosk,Name,/);
  assert.ok(rows[2].includes(',shop_4,"\'=1+1",'), rows[2]);
  await guest.page.reload();
  await guest.row('shop_5').waitFor();
  assert.equal((await column(2))[0], 'shop_5', 'sorting is in the address');
});

test('a kiosk’s drawer: its connection, requests, history and latency', async () => {
  await guest.go('#/kiosks');
  await guest.row('shop_1').click();
  const drawer = guest.dialog;
  await drawer.getByText('127.0.0.1').first().waitFor();
  await drawer.locator('.fact', { hasText: 'State' }).getByText('online').waitFor();
  await drawer.getByRole('img', { name: /^Answer times\. Answer times: \d/ }).waitFor();
  await drawer.locator('.body [role=row]', { hasText: 'payment' }).waitFor();
  await drawer.locator('.lines li', { hasText: 'connected' }).waitFor();
  await drawer.locator('.body [role=row]', { hasText: 'payment' }).click();
  await guest.dialog.locator('header').getByText(world.paidId).waitFor();
  await guest.page.goBack();
  await drawer.getByRole('heading', { name: 'Mall, 2nd floor' }).waitFor();
  await guest.page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  assert.doesNotMatch(guest.page.url(), /kiosk=/);
});

test('requests: live, by kiosk, operation, state and id', async () => {
  await guest.go('#/requests');
  await guest.row('shop_1').waitFor();
  await until('all four', async () => (await column(2)).length === 4);
  await gw.send('shop_1', { order_id: 'fresh-one' }, { key: gw.adminKey, op: 'kds' });
  await guest.row('fresh-one').getByText('success').waitFor();
  await guest.field('Operation').fill('fiscal');
  await guest.page.locator('.body [role=row]').nth(1).waitFor({ state: 'detached' });
  assert.deepEqual(await column(3), ['shop_3']);
  await guest.button('Clear filters').click();
  await guest.field('State').selectOption('timed_out');
  await until('only the timed out one', async () => (await column(3)).join() === 'shop_2');
  await guest.field('State').selectOption('');
  await guest.field('Kiosk').fill('shop_2');
  await until('its two', async () => (await column(3)).join() === 'shop_2,shop_2');
  await guest.row('refused, not sent').getByText('kiosk_busy').waitFor();
  await guest.field('Kiosk').fill('');
  await guest.button('Pause').click();
  await gw.send('shop_1', { order_id: 'while-paused' }, { key: gw.adminKey });
  await guest.row('refused, not sent').first().click();
  await guest.dialog.getByText('kiosk_busy').waitFor();
  await guest.page.keyboard.press('Escape');
  assert.equal(await guest.row('while-paused').count(), 0, 'paused');
  await guest.button('Resume').click();
  await guest.row('while-paused').waitFor();
  assert.equal(csvRows((await guest.download(() => guest.button('Export CSV').click())).text).length, 7);
});

test('one request: its hops, the answer; the body only on demand, card numbers masked', async () => {
  await guest.go(`#/requests?request=${world.paidId}`);
  await guest.dialog.locator('.timeline li', { hasText: 'waited for its turn' }).getByText(/\d ms/).waitFor();
  await guest.dialog.locator('.timeline li', { hasText: 'at the kiosk' }).getByText(/\d ms/).waitFor();
  await guest.dialog.getByText('"transaction_id": "TXN1"').waitFor();
  assert.equal(await guest.dialog.getByText('"order_id"').count(), 0);
  await guest.button('Show the body').click();
  await guest.dialog.getByText('"order_id"').waitFor();
  assert.doesNotMatch(await guest.dialog.innerText(), /4111111111111111/);
  await guest.page.keyboard.press('Escape');
  await guest.go('#/requests?request=019ac3d8-6f00-7abc-8def-0123456789ab');
  await guest.dialog.getByText('The outcome of this request is no longer known').waitFor();
  await guest.page.keyboard.press('Escape');
});

test('unknown outcomes: one comes, and it goes when the kiosk answers late', async () => {
  await guest.go('#/unknown');
  await guest.row('shop_2').waitFor();
  const message = await world.slow.take();
  world.slow.answer(message);
  await guest.see('Nothing to check');
  await guest.go(`#/unknown?request=${world.unknownId}`);
  await guest.dialog.getByText(/late by/).waitFor();
  await guest.page.keyboard.press('Escape');
});

test('unknown outcomes: an administrator says what happened, and it goes for everybody', async () => {
  await guest.go('#/unknown');
  await guest.see('Nothing to check');
  const lost = (await gw.send(world.slow, { order_id: 12349 }, { key: gw.adminKey, timeout: 1 })).headers['x-request-id'];
  await world.slow.take();
  await guest.row('shop_2').waitFor();
  await guest.go(`#/unknown?request=${lost}`);
  await guest.dialog.getByRole('group', { name: 'Resolve' }).getByRole('button').nth(1).click();
  const ask = guest.page.locator('dialog.dialog[open]');
  await ask.getByLabel('Note').fill('no slip');
  await ask.getByRole('button', { name: 'Resolve' }).click();
  await guest.dialog.getByText(/not done, .*: no slip/).waitFor();
  await guest.page.keyboard.press('Escape');
  await guest.see('Nothing to check');
  assert.equal((await gw.request(lost)).resolved.note, 'no slip');
});

test('connections: history by kiosk and kind, and who is unstable', async () => {
  await guest.go('#/connections');
  await guest.row('shop_4').first().waitFor();
  await guest.field('What').selectOption('down');
  await until('only the loss', async () => (await column(3)).join() === 'shop_4');
  const of = await gw.addKiosk({ id: 'flapper' });
  for (let i = 0; i < 3; ++i) {
    const kiosk = await gw.kiosk(sayYes, { of });
    await kiosk.close();
  }
  await guest.page.locator('.chips').getByText('3 losses').waitFor();
  await guest.field('Kiosk').fill('shop_1');
  await guest.see('Nothing matches the filters.');
  await guest.field('Kiosk').fill('');
  await guest.field('What').selectOption('');
});

test('alerts: the payment that timed out', async () => {
  await guest.go('#/alerts');
  await guest.row('shop_2').first().waitFor();
});

test('audit trail: who did what, live', async () => {
  await guest.go('#/audit');
  await guest.row('shop_5').waitFor();
  await gw.api('PATCH', '/api/kiosks/shop_5', { name: 'Renamed' });
  await guest.row('kiosk changed').waitFor();
  await guest.field('Target').fill('shop_3');
  await until('only its entry', async () => (await column(3)).join() === 'shop_3');
  await guest.field('Target').fill('');
});

test('settings: values with their sources, secrets masked', async () => {
  await guest.go('#/settings');
  await guest.row('PORT').getByText(/environment/i).waitFor();
  await guest.row('METRICS_TOKEN').getByText('secret', { exact: true }).waitFor();
  const { text } = await guest.download(() => guest.button('Export CSV').click());
  assert.ok(text.includes('METRICS_TOKEN'));
  assert.ok(!text.includes('not-to-be-seen'), text);
  assert.doesNotMatch(await guest.page.content(), /not-to-be-seen/);
  await guest.field('Search').fill('jwt_secret');
  await guest.row('PORT').waitFor({ state: 'detached' });
});

test('a kiosk named like markup stays text, everywhere', async () => {
  for (const hash of ['#/overview', '#/kiosks', '#/requests', '#/connections', '#/audit', '#/kiosks?kiosk=shop_3']) {
    await guest.go(hash);
    await guest.page.locator('main h1').waitFor();
  }
  await guest.dialog.getByRole('heading', { name: XSS }).waitFor();
  await guest.dialog.locator('.body [role=row]', { hasText: 'fiscal' }).click();
  await guest.dialog.getByRole('region').getByText(XSS).waitFor();  // in the kiosk's answer
  assert.equal(await guest.page.locator('img').count(), 0);
  await guest.page.keyboard.press('Escape');
  await guest.page.keyboard.press('Escape');
});
