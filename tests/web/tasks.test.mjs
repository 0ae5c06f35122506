// What people come for, from the overview on: none of it takes more than three clicks and one text.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite, sayYes } from './site.mjs';
import { Visitor } from './visitor.mjs';

const WORDS = {
  en: { find: 'Find a payment', hint: 'Order, request id, kiosk', paid: 'Paid; no receipt was requested', offline: 'offline', kiosks: 'Kiosks', add: 'Add kiosk', resolved: 'The request is resolved: done.' },
  ru: { find: 'Найти платёж', hint: 'Заказ, ID запроса, киоск', paid: 'Оплачен, чек не запрашивали', offline: 'нет связи', kiosks: 'Киоски', add: 'Добавить киоск', resolved: 'Исход указан: выполнено.' },
};

let gw;
before(async () => {
  gw = await openSite();
  const shop = await gw.kiosk(sayYes, { id: 'shop_1', name: 'Киоск у фонтана' });
  const lost = await gw.kiosk(sayYes, { id: 'shop_2', name: 'Вокзал, зал 1' });
  await gw.send(shop, { order_id: 'A-7' }, { key: gw.adminKey });
  lost.ws.close(1001, 'the shop closes');
  await lost.closedWithin();
  await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === 'shop_2');
});
after(() => gw.stop());

// Counts what its person does.
class Person {
  clicks = 0;
  texts = 0;
  constructor(guest) { this.guest = guest; }
  async click(what) { ++this.clicks; await what.click(); }
  async type(field, text) { ++this.texts; await field.fill(text); }
  async find(words, text, hit) {
    await this.click(this.guest.button(words.find));
    await this.type(this.guest.field(words.hint), text);
    await this.click(this.guest.dialog.getByRole('option', { name: hit }));
  }
  done() { assert.ok(this.clicks <= 3 && this.texts <= 1, `${this.clicks} clicks, ${this.texts} texts`); }
}

for (const [language, words] of Object.entries(WORDS)) {
  const task = (name, deed) => test(`${name} (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/overview', language });
    const person = new Person(guest);
    await deed(person, guest);
    person.done();
    await guest.close();
  });

  task('find the payment of an order', async (person, guest) => {
    await person.find(words, 'A-7', 'A-7');
    await guest.dialog.locator('.verdict').getByText(words.paid).waitFor();
  });

  task('see why a kiosk is offline', async (person, guest) => {
    await person.find(words, 'вокзал', 'shop_2');
    await guest.dialog.locator('.fact').getByText(words.offline).waitFor();
    await guest.dialog.locator('.lines li').filter({ hasText: 'the shop closes' }).first().waitFor();
  });

  task('close a payment whose outcome is unknown', async (person, guest) => {
    const mute = await gw.kiosk((message) => ({ request_id: message.request_id, status: 'timeout' }), { id: `mute_${language}` });
    const id = (await gw.send(mute, { order_id: `U-${language}` }, { key: gw.adminKey })).headers['x-request-id'];
    await person.click(guest.page.locator('.look a', { hasText: `U-${language}` }));
    await person.click(guest.dialog.locator('.deeds').getByRole('button').first());
    await person.type(guest.dialog.getByRole('textbox'), 'on the slip');
    await guest.axe(`saying what happened, ${language}`);
    await person.click(guest.dialog.locator('button[type=submit]'));
    await guest.see(words.resolved);
    const { resolved } = await gw.request(id);
    assert.deepEqual([resolved.result, resolved.note], ['done', 'on the slip']);
    await mute.close();
  });

  task('give a new shop its kiosk', async (person, guest) => {
    await person.click(guest.page.locator('nav').getByText(words.kiosks, { exact: true }));
    await person.click(guest.button(words.add));
    await person.type(guest.dialog.locator('input').first(), `new_${language}`);
    await person.click(guest.dialog.locator('button[type=submit]'));
    await guest.dialog.locator('svg.qr').waitFor();
  });

  task('say which kiosks can’t sell now', async (person, guest) => {
    await person.click(guest.page.locator('a.figure', { hasText: language === 'en' ? 'Kiosks online' : 'Киосков на связи' }));
    await guest.row('shop_2').waitFor();
    assert.equal(await guest.row('shop_1').count(), 0);
  });
}
