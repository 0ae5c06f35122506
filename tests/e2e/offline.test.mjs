// The alert that takes its minute: a kiosk that is away, told once, and back. In a file of its own, so that the others run meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gateway } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { TelegramApi } from './telegram_api.mjs';

const ADMIN = { id: 11, language: 'en' };
const MINUTE = 60_000;

test('a kiosk offline for a minute, and back', async () => {
  const api = await TelegramApi.start();
  const gw = await Gateway.start({ env: api.env({ TELEGRAM_ADMIN_IDS: String(ADMIN.id) }) });
  assert.match((await api.ask(ADMIN, '/alerts offline 1')).text, /offline for 1 minute/);
  const kiosk = await gw.kiosk(sayYes, { id: 'till_1' });
  const brief = await gw.kiosk(sayYes, { id: 'till_2' });
  await brief.close();
  await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === brief.id);
  await gw.kiosk(sayYes, { of: brief });
  await kiosk.close();
  const down = await gw.waitLog('kiosk_disconnected', (line) => line.kiosk_id === kiosk.id);

  const told = await api.reply(ADMIN.id, (message) => message.text.includes('has been offline for 1 minute'), 0, MINUTE + 20_000);
  assert.match(told.text, /Kiosk till_1 has been offline for 1 minute\./);
  await gw.waitLog('alert_raised');
  const raised = gw.logged('alert_raised');
  assert.deepEqual(raised.map(({ kind, kiosk_id }) => [kind, kiosk_id]), [['kiosk_offline', kiosk.id]], 'not of the one that came back in time');
  assert.ok(Date.parse(raised[0].timestamp) - Date.parse(down.timestamp) >= MINUTE - 1000, 'not before its minute');

  await gw.kiosk(sayYes, { of: kiosk });
  const back = await api.reply(ADMIN.id, (message) => message.text.includes('till_1') && message !== told, api.messages.entries.indexOf(told) + 1, 20_000);
  assert.match(back.text, /^🟢 Kiosk till_1 is online again after 1 min( \d+ s)?\.$/);
  const { alerts } = (await gw.api('GET', '/api/alerts?kind=kiosk_offline')).json;
  assert.deepEqual(alerts.map(({ kiosk_id, ended_at }) => [kiosk_id, ended_at !== null]), [[kiosk.id, true]]);
  await gw.stop();
  api.end();
});
