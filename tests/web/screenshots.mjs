// Makes the README's pictures: a small chain of shops with traffic that comes and goes, seen by an administrator.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { openSite } from './site.mjs';

const [seconds, folder] = [Number(process.argv[2]), process.argv[3]];
const shops = ['Mall, 2nd floor', 'Airport, terminal B', 'Main street 5', 'Central station', 'Old town square', 'Harbour', 'University', 'Museum', 'Stadium, gate 4', 'Cinema', 'Hospital lobby', 'Market hall'];
const operations = ['payment', 'payment', 'fiscal', 'kds', 'print'];
const pick = (list) => list[crypto.randomInt(list.length)];
const later = (ms, then) => setTimeout(then, ms);

const gw = await openSite();
const kiosks = [];
for (const [index, name] of shops.entries()) {
  const id = `shop_${String(index + 1).padStart(2, '0')}`;
  kiosks.push(await gw.kiosk((message, kiosk) => {
    if (crypto.randomInt(90) === 0) return undefined;  // one that stays without an answer
    later(60 + crypto.randomInt(140) + (crypto.randomInt(12) ? 0 : 700), () => kiosk.answer(message, { transaction_id: 'TXN7236912489' }));
    return undefined;
  }, { id, name }));
}
await gw.addKiosk({ id: 'shop_13', name: 'Opens in spring' });
await gw.api('POST', '/api/keys', { name: 'till', owner: 'shop', scopes: ['send'] });

const browser = await chromium.launch({ executablePath: process.env.KGW_CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });

async function visit({ width, height, theme, language }) {
  const page = await (await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: language })).newPage();
  const link = await gw.api('POST', '/api/dashboard-links');
  await page.goto(gw.page + link.json.url);
  await page.locator('.health .badge').waitFor();
  return page;
}

// Traffic: a wave, so that the charts look like a day in small; it goes on while the pictures are taken.
let order = 1000, sent = 0;
const began = Date.now();
await new Promise((done) => {
  setInterval(() => {
    const age = (Date.now() - began) / 1000;
    if (age > seconds) done();
    const wave = 6 + 5 * Math.sin((age / seconds) * 9);
    for (const goal = sent + wave / 5; sent < goal; ++sent)
      void gw.send(pick(kiosks), { order_id: ++order, sum: 100 * crypto.randomInt(90) }, { key: gw.adminKey, op: pick(operations), timeout: 4 }).catch(() => {});
    if (Math.floor(age) === Math.floor(seconds / 2) && kiosks.length === shops.length) kiosks.pop().drop();
  }, 200);
});

fs.mkdirSync(folder, { recursive: true });
const shoot = async (page, name) => { await page.screenshot({ path: path.join(folder, `${name}.png`) }); await page.context().close(); };

const desk = await visit({ width: 1280, height: 860, theme: 'light', language: 'en' });
await desk.locator('canvas').nth(3).waitFor();
await desk.getByRole('img', { name: /^Requests per second\. .*\d/ }).waitFor();
await desk.locator('.figure .value').filter({ hasText: /\d/ }).nth(5).waitFor();  // all six have their figure
await desk.locator('.figure').filter({ hasText: 'Requests per second' }).filter({ hasText: /[1-9]/ }).waitFor();
await desk.mouse.move(0, 0);
await shoot(desk, 'overview');

const dark = await visit({ width: 1280, height: 860, theme: 'dark', language: 'en' });
await dark.goto(`${gw.page}/dashboard#/kiosks?kiosk=shop_03`);
await dark.locator('dialog canvas').waitFor();
await dark.locator('dialog .body .row').first().waitFor();
await shoot(dark, 'kiosk');

const rows = (await gw.api('GET', '/api/requests?state=answered&limit=1')).json.requests;
const trace = await visit({ width: 1280, height: 700, theme: 'light', language: 'ru' });
await trace.goto(`${gw.page}/dashboard#/requests?request=${rows[0].request_id}`);
await trace.locator('dialog .timeline').waitFor();
await shoot(trace, 'request-ru');

const phone = await visit({ width: 360, height: 740, theme: 'light', language: 'ru' });
await phone.goto(`${gw.page}/dashboard#/kiosks`);
await phone.locator('.body .row').nth(8).waitFor();
await shoot(phone, 'phone-ru');

await browser.close();
gw.abandon();
console.log(`screenshots: ${fs.readdirSync(folder).map((name) => `${name} ${Math.round(fs.statSync(path.join(folder, name)).size / 1024)} KB`).join(', ')}`);
process.exit(0);
