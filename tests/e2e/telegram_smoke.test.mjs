// The bot against another's idea of Telegram: npm's telegram-test-api. It does not wait for updates as Telegram does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequire } from 'node:module';
import { Gateway, newSecret } from './harness.mjs';

const TelegramServer = createRequire(import.meta.url)('telegram-test-api');

test('commands and buttons', async () => {
  const token = `123456:${newSecret()}`;
  const server = new TelegramServer({ port: 0, host: '127.0.0.1' });
  await server.start();
  const url = `http://127.0.0.1:${server.server.address().port}`;
  try {
    const gw = await Gateway.start({ env: { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: url, TELEGRAM_ADMIN_IDS: '1' } });
    await gw.addKiosk({ id: 'till' });
    const client = server.getClient(token, { timeout: 10000 });
    client.url = url;
    const answer = async () => (await client.getUpdates()).result.at(-1).message;
    await client.sendCommand(client.makeCommand('/status'));
    assert.match((await answer()).text, /kiosks online: 0 of 1/);
    await client.sendCommand(client.makeCommand('/remove_kiosk till'));
    const question = await answer();
    const markup = typeof question.reply_markup === 'string' ? JSON.parse(question.reply_markup) : question.reply_markup;
    await client.sendCallback(client.makeCallbackQuery(markup.inline_keyboard[0][0].callback_data));
    await gw.waitLog('kiosk_removed', (line) => line.kiosk_id === 'till');
    await gw.stop();
  } finally {
    await server.stop();
  }
});
