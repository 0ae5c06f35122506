// The view of callbacks: whose receiver fails, what waits, what was given up and is sent again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Receiver } from '../e2e/receiver.mjs';
import { addKey, openSite, sayYes, until } from './site.mjs';
import { Visitor } from './visitor.mjs';

let gw, kiosk, receiver, shop;
before(async () => {
  gw = await openSite({ env: { CALLBACK_ALLOWED_HOSTS: '127.0.0.1', CALLBACK_ALLOW_HTTP: 'true' } });
  receiver = await Receiver.start();
  shop = (await addKey(gw, 'shop', ['send'])).key;
  await gw.api('POST', '/api/webhook-secrets/shop');
  kiosk = await gw.kiosk(sayYes, { id: 'shop_1' });
});
after(async () => { await gw.stop(); await receiver.stop(); });

const pay = async (order) => (await gw.send(kiosk, { order_id: order }, { key: shop, headers: { 'Header-Callback-Url': receiver.url } })).headers['x-request-id'];
const states = async () => (await gw.api('GET', '/api/callbacks')).json.callbacks.map(({ state }) => state).sort().join();

test('dead letters are listed and sent again, one in its drawer, all at once; what waits says why', async () => {
  receiver.reply = () => 410;
  const [one] = [await pay('a'), await pay('b'), await pay('c')];
  await until('all are given up', async () => await states() === 'gone,gone,gone');
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/callbacks' });
  await guest.page.locator('.body [role=row]', { hasText: 'refused for good' }).nth(2).waitFor();
  await guest.see('Every receiver takes its callbacks.');
  await guest.axe('callbacks');

  receiver.reply = () => 200;
  await guest.row('shop_1').first().click();
  await guest.dialog.locator('header').getByText(one).waitFor();
  await guest.dialog.locator('.fact', { hasText: 'Callback' }).getByText('refused for good').waitFor();
  await guest.dialog.getByRole('button', { name: 'Send again' }).click();
  await guest.see('1 callback is sent again.');
  await until('it is delivered', async () => await states() === 'delivered,gone,gone');
  await guest.page.keyboard.press('Escape');
  await guest.button('Send all again').click();
  await guest.field('Which').selectOption('all');
  await guest.dialog.locator('form').getByRole('button', { name: 'Send again' }).click();
  await guest.see('2 callbacks are sent again.');
  await until('all are delivered', async () => await states() === 'delivered,delivered,delivered');
  await guest.see('No callback was given up.');

  receiver.reply = () => 500;
  const stuck = await pay('d');
  await receiver.wait((got) => got.id === stuck, 'its first try');
  await until('it failed', async () => (await gw.api('GET', `/api/callbacks?state=owed&request_id=${stuck}`)).json.callbacks[0]?.failed_tries > 0);
  await guest.go('#/overview');
  await guest.go('#/callbacks');
  await guest.page.locator('.strip', { hasText: `shop: http://127.0.0.1:${receiver.port}/hook` }).getByText('1 waiting').waitFor();
  assert.equal(await guest.page.getByRole('button', { name: 'Send again' }).count(), 0, 'what waits is sent anyway');
  await guest.close();
});

test('somebody who may only look has no button', async () => {
  const reader = (await addKey(gw, 'reader', ['read'])).key;
  const guest = await Visitor.open(gw.page, { key: reader, hash: '#/callbacks', language: 'ru' });
  await guest.see('Получатели с ошибками');
  await guest.see('в очереди: 1');
  assert.equal(await guest.button('Отправить все снова').count(), 0);
  await guest.close();
});
