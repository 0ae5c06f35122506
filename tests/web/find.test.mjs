// A payment is found from any view, with a keyboard or a thumb; and what its order lacks is said.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite } from './site.mjs';
import { Visitor } from './visitor.mjs';

const WORDS = {
  en: { find: 'Find a payment', field: 'Order, request id, kiosk', nothing: 'Nothing found.', order: 'Order B-owed', success: 'success',
    verdicts: { whole: 'Paid, with a receipt', owed: 'Paid, no receipt', alone: 'Paid; no receipt was requested', declined: 'Not paid', lost: 'Nobody knows whether it was paid' } },
  ru: { find: 'Найти платёж', field: 'Заказ, ID запроса, киоск', nothing: 'Ничего не нашлось.', order: 'Заказ B-owed', success: 'успешно',
    verdicts: { whole: 'Оплачен, чек выдан', owed: 'Оплачен, чека нет', alone: 'Оплачен, чек не запрашивали', declined: 'Не оплачен', lost: 'Неизвестно, оплачен ли' } },
};

let gw;
const ids = {};
before(async () => {
  gw = await openSite();
  const kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, ...message.body.says }), { id: 'shop_1', name: 'Киоск у фонтана' });
  await gw.addKiosk({ id: 'shop_2', name: 'Вокзал, зал 1' });
  const pay = async (order, op, status) => (await gw.send(kiosk, { order_id: `B-${order}`, says: { status } }, { key: gw.adminKey, op })).headers['x-request-id'];
  ids.whole = await pay('whole', 'payment', 'success');
  await pay('whole', 'fiscal', 'success');
  ids.owed = await pay('owed', 'payment', 'success');
  await pay('owed', 'fiscal', 'error');
  await pay('alone', 'payment', 'success');
  await pay('declined', 'payment', 'declined');
  await pay('lost', 'payment', 'timeout');
});
after(() => gw.stop());

const option = (guest, text) => guest.dialog.getByRole('option', { name: text });

for (const [language, words] of Object.entries(WORDS)) {
  test(`by order, by the beginning of an id, by a kiosk's name: Ctrl-K from any view (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/settings', language });
    const { page } = guest;
    await page.keyboard.press('Control+k');
    await guest.field(words.field).fill('B-owed');
    await page.keyboard.press('Enter');  // before the answer is there
    await guest.dialog.getByRole('heading', { name: words.order }).waitFor();
    await guest.dialog.getByText(words.verdicts.owed).waitFor();
    await page.keyboard.press('Escape');
    await guest.page.locator('dialog').waitFor({ state: 'detached' });

    await guest.go('#/keys');
    await page.keyboard.press('Control+k');
    await guest.field(words.field).fill(ids.whole.slice(0, 24));
    await option(guest, 'payment · shop_1').locator('.badge', { hasText: words.success }).waitFor();
    await guest.axe(`finding, ${language}`);
    await page.keyboard.press('Enter');
    await guest.dialog.locator('header').getByText(ids.whole).waitFor();
    await guest.dialog.getByText('Киоск у фонтана').waitFor();
    await page.keyboard.press('Escape');
    await guest.page.locator('dialog').waitFor({ state: 'detached' });

    await guest.button(words.find).click();
    await guest.field(words.field).fill(`X-Request-Id: ${ids.owed.toUpperCase()}`);  // pasted as it was found
    await option(guest, 'payment · shop_1').click();
    await guest.dialog.locator('header').getByText(ids.owed).waitFor();
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+k');
    await guest.field(words.field).fill('вокзал');
    await option(guest, 'shop_2').waitFor();
    await page.keyboard.press('Enter');
    await guest.dialog.getByRole('heading', { name: 'Вокзал, зал 1' }).waitFor();
    await page.keyboard.press('Escape');

    await page.keyboard.press('Control+k');
    await guest.field(words.field).fill('no such thing');
    await guest.dialog.getByText(words.nothing).waitFor();
    await page.keyboard.press('Escape');
    await guest.page.locator('dialog').waitFor({ state: 'detached' });
    assert.match(page.url(), /#\/keys$/);
    await guest.close();
  });

  test(`an order: what was done, and what is missing (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests', language });
    for (const [order, verdict] of Object.entries(words.verdicts)) {
      await guest.go(`#/requests?order=B-${order}`);
      await guest.dialog.locator('.verdict').getByText(verdict, { exact: true }).waitFor();
      await guest.axe(`order ${order}, ${language}`);
    }
    await guest.go('#/requests?order=B-owed');
    await guest.dialog.locator('.steps > li').nth(1).locator('.badge.bad').waitFor();
    await guest.dialog.locator('.steps > li').nth(0).locator('a').click();
    await guest.dialog.locator('header').getByText(ids.owed).waitFor();
    await guest.page.keyboard.press('Escape');
    await guest.dialog.getByRole('heading', { name: words.order }).waitFor();  // back at the order
    await guest.close();
  });

  test(`on a phone, by thumb (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/overview', language, width: 360, height: 740 });
    await guest.button(words.find).click();
    await guest.field(words.field).fill('B-owed');
    await option(guest, 'B-owed').waitFor();
    await guest.noSidewaysScroll('finding');
    await guest.axe(`finding on a phone, ${language}`);
    await option(guest, 'B-owed').click();
    await guest.dialog.getByText(words.verdicts.owed).waitFor();
    await guest.noSidewaysScroll('an order');
    await guest.close();
  });
}

test('an order that is open in the drawer follows what comes', async () => {
  const slow = await gw.kiosk(undefined, { id: 'slow' });
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests?order=C-1' });
  await guest.dialog.getByText('No request has this order’s id').waitFor();
  const paid = gw.send(slow, { order_id: 'C-1' }, { key: gw.adminKey });
  const message = await slow.take();
  await guest.dialog.locator('.verdict').getByText('Payment under way').waitFor();
  slow.answer(message);
  await paid;
  await guest.dialog.locator('.verdict').getByText('Paid; no receipt was requested').waitFor();
  await guest.close();
});

test('a drawer that closes and a filter that is set in the same moment: both hold', async () => {
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: `#/requests?request=${ids.owed}` });
  await guest.dialog.locator('.facts').first().waitFor();
  await guest.page.evaluate(() => {  // one task: the browser has no time to tell of the first
    document.querySelector('dialog[open] header button').click();
    const choice = [...document.querySelectorAll('main select')].find((one) => [...one.options].some(({ value }) => value === 'declined'));
    choice.value = 'declined';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await guest.row('B-whole').first().waitFor({ state: 'detached' });
  await guest.page.locator('dialog').waitFor({ state: 'detached' });
  await guest.row('B-declined').waitFor();
  assert.match(guest.page.url(), /#\/requests\?result=declined$/);
  await guest.close();
});
