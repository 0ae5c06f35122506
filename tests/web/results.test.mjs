// What the answers of kiosks say: each by an icon and a word of its own, in the list, in the drawer, in the filter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite, until } from './site.mjs';
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

// Its caller hangs up before the kiosk answers. -> its id
async function missed(silent, answer) {
  let socket;
  const call = gw.send(silent, {}, { key: gw.adminKey, agent: false, onSocket: (request) => request.on('socket', (its) => { socket = its; }) }).catch(() => 'gone');
  const request = await silent.take();
  socket.destroy();
  await call;
  silent.answer(request, answer);
  await gw.waitLog('answer_unclaimed', (line) => line.request_id === request.request_id);
  return request.request_id;
}

test('an answer that its caller missed: listed where one looks, filtered, confirmed with a note', async () => {
  const silent = await gw.kiosk(undefined, { id: 'shop_2' });
  const id = await missed(silent, { status: 'success' });
  await until('it is listed', async () => (await gw.api('GET', '/api/requests?unclaimed=true')).json.requests.length === 1);
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/overview' });
  await guest.page.locator('.lists .card', { hasText: 'Answers not received' }).locator('a', { hasText: 'shop_2 · payment' }).waitFor();
  await guest.go('#/unknown');
  await guest.page.getByRole('heading', { name: 'Answers not received' }).waitFor();
  await guest.go('#/requests');
  await guest.row('order-success').waitFor();
  await guest.field('Answer not received').check();
  await guest.row('order-success').waitFor({ state: 'detached' });
  await guest.row('shop_2').click();
  await guest.dialog.getByText('not confirmed').waitFor();
  await guest.button('Confirm receipt').click();
  await guest.dialog.getByText('The kiosk answered: success.').waitFor();
  await guest.axe('confirming an answer');
  await guest.field('Note').fill('by phone');
  await guest.dialog.locator('form').getByRole('button', { name: 'Confirm receipt' }).click();
  await guest.see('The answer is confirmed.');
  await guest.dialog.getByText('not confirmed').waitFor({ state: 'detached' });
  assert.equal((await gw.request(id)).claimed, true);
  assert.equal((await gw.api('GET', `/api/audit?target=${id}`)).json.entries[0].detail, 'done: by phone');
  await guest.page.keyboard.press('Escape');
  await guest.row('shop_2').waitFor({ state: 'detached' });
  await guest.close();
});
