// Two languages, two themes, a phone and a desk: every view without a fault that axe finds, nothing wider than the
// screen; and all of it by keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { live, openSite, until } from './site.mjs';
import { Visitor } from './visitor.mjs';

const VIEWS = ['overview', 'kiosks', 'requests', 'unknown', 'callbacks', 'connections', 'alerts', 'audit', 'keys', 'settings'];
let gw, world;
before(async () => { gw = await openSite(); world = await live(gw); });
after(() => gw.stop());

async function lookAround(looker, what) {
  const places = [...VIEWS.map((view) => `#/${view}`), '#/kiosks?kiosk=shop_1', `#/unknown?request=${world.unknownId}`];
  for (const hash of places) {
    await looker.go(hash);
    if (hash.includes('?')) await looker.dialog.locator('.facts').first().waitFor();
    else await looker.page.locator('dialog').first().waitFor({ state: 'detached' });
    await looker.page.locator('main .row, main .empty, main .figure').first().waitFor();
    if (hash === '#/overview') await looker.page.locator('canvas').first().waitFor();
    await looker.axe(`${hash}, ${what}`);
    await looker.noSidewaysScroll(`${hash}, ${what}`);
  }
}

for (const [language, theme, width, height] of [['en', 'light', 1440, 900], ['ru', 'dark', 1440, 900], ['ru', 'light', 360, 740], ['en', 'dark', 360, 740]]) {
  test(`${language}, ${theme}, ${width} px`, async () => {
    const looker = await Visitor.open(gw.page, { key: gw.adminKey, language, theme, width, height });
    const { page } = looker;
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), theme);
    await lookAround(looker, `${language} ${theme} ${width}`);
    await looker.go('#/kiosks');
    await page.locator('dialog').first().waitFor({ state: 'detached' });
    await page.locator('.bar .primary').click();
    await looker.dialog.locator('input').first().waitFor();
    await looker.axe('a form');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await looker.close();
  });
}

test('the login form, in both themes', async () => {
  for (const theme of ['light', 'dark']) {
    const guest = await Visitor.open(gw.page, { theme, width: 360, height: 740 });
    await guest.button('Log in').click();
    await guest.field('API key').waitFor();
    await guest.axe(`login ${theme}`);
    await guest.noSidewaysScroll('login');
    await guest.close();
  }
});

test('language and theme can be chosen, and are remembered', async () => {
  const guest = await Visitor.open(gw.page, { key: gw.adminKey });
  await guest.field('Language').selectOption('ru');
  await guest.see('Обзор');
  await guest.field('Тема').selectOption('dark');
  await guest.go('#/kiosks');
  await guest.page.getByText('5 киосков').waitFor();
  await guest.field('Поиск').fill('shop_1');
  await guest.page.getByText('1 из 5 киосков').waitFor();
  await guest.page.reload();
  await guest.page.getByRole('heading', { name: 'Киоски' }).waitFor();
  assert.equal(await guest.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark');
  assert.equal(await guest.page.title(), 'Киоски · Шлюз киосков');
  await guest.close();
});

test('by keyboard alone: skip link, table, drawer, dialog, and back where it was', async () => {
  const typist = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/kiosks' });
  const { page } = typist;
  await typist.row('shop_5').waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
  const grid = page.getByRole('grid', { name: 'Kiosks' });
  for (let i = 0; i < 12 && !await grid.evaluate((element) => element === document.activeElement); ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).getAttribute('aria-rowindex')), '3');
  await page.keyboard.press('Enter');
  await typist.dialog.getByRole('heading', { name: 'Вокзал, зал 1' }).waitFor();
  await typist.dialog.getByRole('button', { name: 'Rename' }).focus();
  await page.keyboard.press('Enter');
  await typist.dialog.getByText('A new name for shop_2').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'INPUT');
  await page.keyboard.press('Escape');
  await typist.dialog.getByRole('button', { name: 'Rename' }).waitFor();
  await until('the focus is back', () => page.evaluate(() => document.activeElement.textContent === 'Rename'));
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await until('the focus is back', () => grid.evaluate((element) => element === document.activeElement));
  await typist.close();
});
