// What the answers of kiosks say: each by an icon and a word of its own, in the list, in the drawer, in the filter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite } from './site.mjs';
import { Visitor } from './visitor.mjs';

const SAID = [
  ['success', { status: 'success' }, 'success', 'успешно', 'ok'],
  ['declined', { status: 'declined' }, 'declined', 'отклонено', 'warn'],
  ['failed', { status: 'error', error: 'connection_refused' }, 'device not reached', 'устройство недоступно', 'bad'],
  ['error', { status: 'error', error: 'jammed' }, 'device error', 'ошибка устройства', 'bad'],
  ['unknown', { status: 'timeout' }, 'outcome unknown', 'исход неизвестен', 'bad'],
  ['unclassified', { n: 1 }, 'answered', 'есть ответ', 'quiet'],
];

let gw, kiosk;
const ids = {};
before(async () => {
  gw = await openSite();
  kiosk = await gw.kiosk((message) => ({ request_id: message.request_id, ...message.body.says }), { id: 'shop_1' });
  for (const [result, says] of SAID) ids[result] = (await gw.send(kiosk, { order_id: `order-${result}`, says }, { key: gw.adminKey, op: 'print' })).headers['x-request-id'];
});
after(() => gw.stop());

for (const [language, word] of [['en', 2], ['ru', 3]]) {
  test(`a decline looks like no success, and a device's error like neither (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/requests', language });
    const shapes = new Map();
    for (const [result, , ...rest] of SAID) {
      const badge = guest.row(`order-${result}`).locator('.badge');
      await badge.getByText(rest[word - 2], { exact: true }).or(badge.filter({ hasText: rest[word - 2] })).first().waitFor();
      assert.match(await badge.getAttribute('class'), new RegExp(`\\b${rest[2]}\\b`));
      shapes.set(result, await badge.locator('svg path').getAttribute('d'));
    }
    for (const result of ['declined', 'failed', 'error', 'unknown', 'unclassified']) assert.notEqual(shapes.get(result), shapes.get('success'), result);
    assert.notEqual(shapes.get('declined'), shapes.get('error'));

    await guest.go(`#/requests?request=${ids.declined}`);
    await guest.dialog.locator('.badge.warn', { hasText: SAID[1][word] }).waitFor();
    await guest.page.keyboard.press('Escape');
    await guest.field(language === 'en' ? 'Result' : 'Результат').selectOption('failed');
    await guest.row('order-success').waitFor({ state: 'detached' });
    await guest.row('order-failed').waitFor();
    const { text } = await guest.download(() => guest.button(language === 'en' ? 'Export CSV' : 'Выгрузить CSV').click());
    assert.match(text, /answered,failed,/);
    await guest.close();
  });
}
