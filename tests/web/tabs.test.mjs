// Many tabs of one browser: it opens six connections to a gateway on plain HTTP, for all of them together. And a computer
// whose clock is wrong.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { live, openSite, until } from './site.mjs';
import { Visitor } from './visitor.mjs';

let gw;
before(async () => { gw = await openSite(); await live(gw); });
after(() => gw.stop());

for (const language of ['en', 'ru'])
  test(`a login in one tab lets the others in, and a logout lets them out (${language})`, async () => {
    const visitor = await Visitor.open(gw.page, { language });
    const other = await visitor.page.context().newPage();
    await other.goto(`${gw.page}/dashboard#/kiosks`);
    await other.locator('main').waitFor();
    assert.equal(await other.locator('.leave').count(), 0);
    await visitor.logIn(gw.adminKey);
    await other.locator('.leave').waitFor();
    await other.locator('.body [role=row]').filter({ hasText: 'shop_1' }).first().waitFor();
    await visitor.page.locator('.leave').click();
    await other.locator('.leave').waitFor({ state: 'detached' });
    await other.close();
    await visitor.close();
  });

test('ten tabs share one stream; whoever leads may go', async () => {
  const visitor = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/kiosks' });
  const context = visitor.page.context();
  const open = new Set(), asked = [];
  const isStream = (request) => request.url().endsWith('/api/events');
  context.on('request', (request) => { if (isStream(request)) { open.add(request); asked.push(request.headers()); } });
  for (const end of ['requestfinished', 'requestfailed']) context.on(end, (request) => open.delete(request));
  const tabs = [visitor.page];
  for (let n = 1; n < 10; ++n) {
    const tab = await context.newPage();
    await tab.goto(`${gw.page}/dashboard#/kiosks`);
    await tab.locator('.health .badge').waitFor();
    await tab.locator('.body [role=row]').filter({ hasText: 'shop_1' }).waitFor();
    tabs.push(tab);
  }
  await until('one stream for all', () => open.size === 1);
  const shows = (tab, id) => tab.locator('.body [role=row]').filter({ hasText: id }).waitFor();
  await gw.addKiosk({ id: 'seen_by_all' });
  await Promise.all(tabs.map((tab) => shows(tab, 'seen_by_all')));
  // The one that holds the stream is closed: another goes on from where it stopped.
  const leader = [...open][0].frame().page();
  const before = asked.length;
  await leader.close();
  for (const request of open) if (request.frame().page() === leader) open.delete(request);  // no event says so
  tabs.splice(tabs.indexOf(leader), 1);
  await gw.addKiosk({ id: 'after_the_end' });
  await Promise.all(tabs.map((tab) => shows(tab, 'after_the_end')));
  await until('one stream again', () => open.size === 1);
  assert.match(asked[before]['last-event-id'] ?? '', /^\S+$/, 'from where it stopped');
  // And there is a connection left for what a person does.
  await tabs[0].locator('.body [role=row]').filter({ hasText: 'shop_2' }).click();
  await tabs[0].locator('dialog[open]').last().getByText('Вокзал, зал 1').first().waitFor();
  for (const tab of tabs.filter((one) => one !== visitor.page)) await tab.close();
  if (!visitor.page.isClosed()) await visitor.close();
});

test('a computer whose clock is hours off shows true ages', async () => {
  for (const hours of [-5, 7]) {
    const visitor = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/kiosks' });
    await visitor.page.addInitScript((off) => {
      const real = Date.now.bind(Date), Real = Date;
      Date = class extends Real { constructor(...given) { super(...(given.length ? given : [real() + off])); } static now() { return real() + off; } };
    }, hours * 3_600_000);
    await visitor.page.reload();
    await visitor.live();
    await visitor.row('shop_1').waitFor();
    const text = await visitor.row('shop_1').innerText();
    assert.doesNotMatch(text, /\b[2-9] h\b|hours?\b|\bin \d/, `${hours} h: ${text}`);
    await visitor.close();
  }
});
