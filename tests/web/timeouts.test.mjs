// The overview names timeouts that are the wrong way round.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addKey, openSite, until } from './site.mjs';
import { Visitor } from './visitor.mjs';

test('overview: who hangs up too early, and the figure to set, in both languages', async () => {
  const gw = await openSite();
  const key = (await addKey(gw, 'hasty', ['send'], { owner: 'hasty' })).key;
  const mute = await gw.kiosk(undefined, { id: 'mute' });
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/overview' });
  await guest.see('Nothing needs attention.');
  const hangUp = () => gw.send(mute, {}, { key, agent: false, onSocket: (request) => setTimeout(() => request.destroy(), 2000) }).then(() => assert.fail('it was answered'), () => {});
  await Promise.all([hangUp(), hangUp(), hangUp()]);
  await until('the gateway knows', async () => (await gw.api('GET', '/api/stats')).json.timeouts.length === 1);
  await guest.see('Timeouts that don’t fit together');
  await guest.page.getByText(/^The backend hasty hangs up after [0-9.]+ s, but the gateway waits 45 s for the kiosk\. Set the backend’s timeout to 50 s$/).waitFor();
  await guest.page.getByText('3 times', { exact: true }).waitFor();
  await guest.close();
  const russian = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/overview', language: 'ru' });
  await russian.page.getByText(/^Бэкенд hasty обрывает вызов через [0-9,]+ с, а шлюз ждёт киоск 45 с\. Задайте тайм-аут бэкенда 50 с$/).waitFor();
  await russian.close();
  for (const message of mute.messages.entries) mute.answer(message);
  await mute.settle();
  await gw.stop();
});
