// Lists that go on live hold still while somebody reads them; what is exported is all that the filter selects.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite, sayYes, until } from './site.mjs';
import { Visitor } from './visitor.mjs';

const WORDS = {
  en: { fresh: (n) => `${n} new`, csv: 'Export CSV', when: 'When', from: 'From', to: 'To', operation: 'Operation', more: 'More filters', owner: 'Key', head: 'Time,State,Result,Kiosk,Name,Operation,', nothing: 'Nothing matches the filters.' },
  ru: { fresh: (n) => `${n} новые записи`, csv: 'Выгрузить CSV', when: 'Когда', from: 'С', to: 'По', operation: 'Операция', more: 'Другие фильтры', owner: 'Ключ', head: 'Время,Состояние,Результат,Киоск,Название,Операция,', nothing: 'Под фильтры ничего не подходит.' },
};
const MANY = 230;  // more than a page of the list

let gw, kiosk, count = 0;
const pay = async (order, op = 'print') => { ++count; return (await gw.send(kiosk, { order_id: order }, { key: gw.adminKey, op })).headers['x-request-id']; };
before(async () => {
  gw = await openSite();
  kiosk = await gw.kiosk(sayYes, { id: 'shop_1', name: 'Киоск у фонтана' });
  for (let n = 0; n < MANY; n += 10) await Promise.all(Array.from({ length: 10 }, (_, at) => pay(`old-${n + at}`)));
});
after(() => gw.stop());

const top = (guest, text) => guest.row(text).evaluate((row) => row.getBoundingClientRect().top);

for (const [language, words] of Object.entries(WORDS)) {
  test(`with a row under the pointer nothing moves, and that row opens (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests', language });
    const own = await pay(`read-${language}`);
    await guest.row(`read-${language}`).hover();
    const before = await top(guest, `read-${language}`);
    for (let n = 0; n < 3; ++n) await pay(`later-${language}-${n}`);
    await guest.button(words.fresh(3)).waitFor();
    assert.equal(await guest.row(`later-${language}-0`).count(), 0);
    assert.equal(await top(guest, `read-${language}`), before);
    await guest.page.mouse.down();
    await pay(`while-it-is-clicked-${language}`);
    await guest.page.mouse.up();
    await guest.dialog.locator('header').getByText(own).waitFor();
    await guest.page.keyboard.press('Escape');
    await guest.page.locator('dialog').waitFor({ state: 'detached' });
    await guest.leave();
    await guest.row(`later-${language}-2`).waitFor();
    await guest.row(`while-it-is-clicked-${language}`).waitFor();
    await guest.page.locator('.fresh').waitFor({ state: 'detached' });
    await guest.close();
  });

  test(`scrolled away from the top nothing moves; a click brings them in (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests', language });
    await guest.row('old-').first().waitFor();
    const scroll = guest.page.locator('.scroll');
    await scroll.evaluate((box) => { box.scrollTop = 2000; });
    await guest.page.waitForFunction(() => document.querySelector('.body [aria-rowindex="50"]'));
    const seen = () => guest.page.locator('.body [aria-rowindex="50"]').innerText();
    const before = await seen();
    for (let n = 0; n < 2; ++n) await pay(`news-${language}-${n}`);
    await guest.button(words.fresh(2)).waitFor();
    assert.equal(await seen(), before);
    await guest.axe(`news that wait, ${language}`);
    await guest.button(words.fresh(2)).click();
    await guest.row(`news-${language}-1`).waitFor();
    assert.equal(await scroll.evaluate((box) => box.scrollTop), 0);
    await guest.close();
  });

  test(`the CSV has all that the filter selects, not only what is loaded (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests', language });
    await guest.row('shop_1').first().waitFor();
    // Of many pages, as a large journal's.
    await guest.page.route('**/api/requests?*limit=1000*', (route) => route.continue({ url: route.request().url().replace('limit=1000', 'limit=50') }));
    const { text } = await guest.download(() => guest.button(words.csv).click());
    const lines = text.replace(/^\ufeff/, '').trim().split('\r\n');
    assert.ok(lines[0].startsWith(words.head), lines[0]);
    assert.equal(lines.length, count + 1);
    assert.equal(new Set(lines).size, lines.length, 'each once');
    assert.ok(lines.at(-1).includes(',shop_1,Киоск у фонтана,print,'), lines.at(-1));
    await guest.field(words.operation).fill('nothing');
    await guest.see(words.nothing);
    assert.equal((await guest.download(() => guest.button(words.csv).click())).text.trim().split('\r\n').length, 1);
    await guest.close();
  });

  test(`by time, and by what one rarely asks for (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests', language });
    await guest.row('shop_1').first().waitFor();
    await guest.field(words.when).selectOption('hour');
    await guest.row('shop_1').first().waitFor();
    await guest.field(words.when).selectOption('range');
    await guest.field(words.from).waitFor();
    await guest.field(words.to).fill('2026-01-01T10:00');
    await guest.see(words.nothing);
    await guest.field(words.from).fill('2025-12-31T10:00');
    await guest.field(words.to).fill('2099-01-01T10:00');
    await guest.row('shop_1').first().waitFor();
    await guest.page.getByText(words.more, { exact: true }).click();
    await guest.field(words.owner).fill('nobody');
    await guest.see(words.nothing);
    await guest.field(words.owner).fill('admin');
    await guest.row('shop_1').first().waitFor();
    await guest.axe(`filters, ${language}`);
    await guest.noSidewaysScroll('filters');
    await guest.close();
  });
}

test('what a row says is brought up to date where it is', async () => {
  const slow = await gw.kiosk(undefined, { id: 'slow' });
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests' });
  const sent = gw.send(slow, { order_id: 'in-place' }, { key: gw.adminKey });
  const message = await slow.take();
  await guest.row('in-place').getByText('at the kiosk').waitFor();
  await guest.row('in-place').hover();
  slow.answer(message);
  await sent;
  ++count;
  await guest.row('in-place').getByText('success').waitFor();
  assert.equal(await guest.page.locator('.fresh').count(), 0);
  await guest.close();
});

test('an export that fails saves nothing, and says so', async () => {
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests' });
  await guest.row('shop_1').first().waitFor();
  await guest.page.route('**/api/requests?*limit=1000*', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify({ status: 'error', error: 'overloaded', message: '' }) }));
  guest.page.on('download', () => assert.fail('saved'));
  await guest.button('Export CSV').click();
  await guest.see('Nothing was saved');
  await guest.button('Export CSV').waitFor();
  await guest.close();
});
