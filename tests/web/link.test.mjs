// The line to the gateway breaks and heals: told at once, mended without a click, from where it stopped.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { RedisServer } from '../e2e/redis.mjs';
import { TelegramApi } from '../e2e/telegram_api.mjs';
import { live, openSite, until, within } from './site.mjs';
import { Visitor } from './visitor.mjs';

// A TCP line that can be cut: the gateway's side knows only 127.0.0.1, as from a proxy on the same machine.
class Line {
  #sockets = new Set();
  cut = false;
  static async to(url) {
    const line = new Line(), { port } = new URL(url);
    line.server = net.createServer((near) => {
      if (line.cut) return near.destroy();
      const far = net.connect(Number(port), '127.0.0.1');
      for (const [one, other] of [[near, far], [far, near]]) {
        line.#sockets.add(one);
        one.on('error', () => {}).on('close', () => { line.#sockets.delete(one); other.destroy(); });
        one.pipe(other);
      }
      return undefined;
    });
    await new Promise((resolve) => line.server.listen(0, '127.0.0.1', resolve));
    line.url = `http://127.0.0.1:${line.server.address().port}`;
    return line;
  }
  break() { this.cut = true; for (const socket of this.#sockets) socket.destroy(); }
  heal() { this.cut = false; }
  close() { this.break(); this.server.close(); }
}

let gw, world, line;
before(async () => { gw = await openSite(); world = await live(gw); line = await Line.to(gw.page); });
after(async () => { line.close(); await gw.stop(); });

const BROKEN = /ERR_(?:CONNECTION|EMPTY|SOCKET|INCOMPLETE|NETWORK|FAILED|ABORTED)/;

test('a broken line: a banner, then by itself what happened meanwhile', async () => {
  const watcher = await Visitor.open(line.url, { key: gw.adminKey, hash: '#/kiosks' });
  watcher.allow(BROKEN);
  await watcher.row('shop_1').getByText('online').waitFor();
  const events = [];
  watcher.page.on('request', (request) => { if (request.url().endsWith('/api/events')) events.push(request.headers()); });
  line.break();
  await watcher.page.getByRole('alert').getByText('No live connection to the gateway.').waitFor();
  await watcher.row('shop_1').getByText('online').waitFor();  // what was known stays to be seen
  await world.good.close();
  await gw.waitLog('kiosk_disconnected', (entry) => entry.kiosk_id === 'shop_1').catch(() => {});
  line.heal();
  await watcher.button('Connect now').click();
  await watcher.row('shop_1').getByText('offline').waitFor();
  await watcher.page.getByRole('alert').waitFor({ state: 'detached' });
  assert.match(events.at(-1)['last-event-id'], /^\S+$/);
  await watcher.close();
});

test('a gateway without its store: a page that says so, in whose place comes the dashboard', async () => {
  const redis = await RedisServer.start();
  await redis.end();
  const waiting = await openSite({ env: redis.settings() });
  const watcher = await Visitor.open(waiting.page, { settled: false });
  await watcher.see('The gateway is waiting for its store');
  await watcher.see('Шлюз ждёт хранилище');
  await watcher.see(/Redis at .*: Connection refused/);
  await watcher.axe('the waiting page');
  await redis.restart();
  await watcher.page.locator('#app main h1').waitFor();
  await watcher.close();
  await waiting.stop();
  await redis.end();
});

test('nobody has to click', async () => {
  const watcher = await Visitor.open(line.url, { key: gw.adminKey });
  watcher.allow(BROKEN);
  line.break();
  await watcher.page.getByRole('alert').waitFor();
  line.heal();
  await watcher.page.getByRole('alert').waitFor({ state: 'detached' });
  await watcher.close();
});

test('an action while the line is down says so and does nothing', async () => {
  const watcher = await Visitor.open(line.url, { key: gw.adminKey, hash: '#/kiosks?kiosk=shop_3' });
  watcher.allow(BROKEN);
  await watcher.dialog.getByRole('button', { name: 'Rename' }).click();
  await watcher.dialog.getByText('A new name for shop_3').waitFor();
  line.break();
  await watcher.dialog.getByLabel('Name').fill('Lost');
  await watcher.dialog.getByRole('button', { name: 'Save' }).click();
  await watcher.dialog.getByText('The gateway does not answer. Check the network').waitFor();
  line.heal();
  await watcher.dialog.getByRole('button', { name: 'Save' }).click();
  await watcher.dialog.getByRole('heading', { name: 'Lost' }).waitFor();
  await watcher.close();
});

test('a gateway that restarted asks to log in again', async () => {
  const ours = { ALLOW_UNAUTHENTICATED_SEND: 'false' };  // nobody looks without a key
  const second = await openSite({ env: ours });
  const watcher = await Visitor.open(second.page, { key: second.adminKey });
  watcher.allow(BROKEN);
  await within(second.stop(), 'it ends while somebody watches');
  await watcher.page.getByRole('alert').waitFor();
  const again = await openSite({ dir: second.dir, env: { ...ours, PORT: String(second.port) } });
  await watcher.button('Connect now').click({ timeout: 3000 }).catch(() => {});
  await watcher.see('You were logged out');
  await watcher.logIn(again.adminKey);
  await watcher.live();
  await until('nothing left open', async () => (await watcher.page.locator('dialog').count()) === 0);
  await watcher.close();
  await again.stop();
});

test('Telegram and Grafana in the health line: away, and back', async () => {
  const api = await TelegramApi.start();
  api.mode = '502';
  const loki = net.createServer((socket) => socket.destroy());
  await new Promise((resolve) => loki.listen(0, '127.0.0.1', resolve));
  const told = await openSite({ env: api.env({ TELEGRAM_ADMIN_IDS: '11', GRAFANA_LOKI_URL: `http://127.0.0.1:${loki.address().port}/loki/api/v1/push` }) });
  const watcher = await Visitor.open(told.page, { key: told.adminKey });
  await watcher.see('Telegram: NOT reached');
  await watcher.see('Log to Grafana: NOT reached');
  assert.equal(await watcher.page.getByText('Metrics to Grafana').count(), 0, 'not set up, not shown');
  assert.deepEqual((await told.api('GET', '/api/stats')).json.pushes, { telegram: false, loki: false });
  api.mode = 'well';
  await watcher.see('Telegram: working');
  assert.match((await told.get('/metrics')).text, /^kgw_push_up\{to="telegram"\} 1$/m);
  await watcher.close();
  await told.stop();
  loki.close();
  api.end();
});
