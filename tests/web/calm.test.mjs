// The overview says first what is wrong, and that nothing is only when all of it is known; the menu counts open alerts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSite } from './site.mjs';
import { Visitor } from './visitor.mjs';

const WORDS = {
  en: { calm: 'Nothing needs attention.', loading: 'Loading…', alerts: 'Alerts', kind: 'kiosk offline', open: '1 open', ill: 'Problems' },
  ru: { calm: 'Всё в порядке.', loading: 'Загрузка…', alerts: 'Оповещения', kind: 'киоск не на связи', open: '1 открытое оповещение', ill: 'Есть проблемы' },
};

let gw;
before(async () => { gw = await openSite(); await gw.kiosk(undefined, { id: 'shop_1', name: 'Киоск у фонтана' }); });
after(() => gw.stop());

const alert = { id: '7', kind: 'kiosk_offline', severity: 'warning', kiosk_id: 'shop_1', operation_type: null, request_id: null, message: 'It is gone.', raised_at: new Date().toISOString(), ended_at: null, muted: false };
// As if the gateway had these; all else is the gateway's.
const withAlerts = (guest, alerts) => guest.page.route('**/api/alerts?*', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify({ alerts, next: null }) }));

for (const [language, words] of Object.entries(WORDS)) {
  test(`an open alert is told in the menu, and first on the overview (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/settings', language });
    await withAlerts(guest, [{ ...alert, id: '8', kind: 'tokens_expiring', kiosk_id: null, severity: 'info' }, alert, { ...alert, id: '9', muted: true }]);
    await guest.page.reload();
    await guest.live();
    await guest.page.locator('nav .number', { hasText: '2' }).waitFor();
    await guest.go('#/overview');
    const lines = guest.page.locator('.alerts li');
    await lines.nth(1).waitFor();
    assert.match(await lines.nth(0).innerText(), new RegExp(`shop_1\\s+Киоск у фонтана\\s+${words.kind}`));
    assert.equal(await guest.page.getByText(words.calm).count(), 0);
    const above = (selector) => guest.page.locator(selector).first().evaluate((one) => one.getBoundingClientRect().top);
    assert.ok(await above('.alerts') < await above('.charts'), 'before the charts');
    await guest.axe(`an alert, ${language}`);
    await lines.nth(0).locator('a').click();
    await guest.dialog.getByRole('heading', { name: 'Киоск у фонтана' }).waitFor();
    await guest.close();
  });

  test(`all is well only when all is known (${language})`, async () => {
    const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/settings', language });
    let answer;
    const asked = new Promise((resolve) => { answer = resolve; });
    await guest.page.route('**/api/alerts?*', async (route) => { await asked; await route.fulfill({ contentType: 'application/json', body: JSON.stringify({ alerts: [], next: null }) }); });
    await guest.page.reload();
    await guest.live();
    await guest.go('#/overview');
    await guest.page.locator('.look .hint', { hasText: words.loading }).waitFor();
    answer();
    await guest.page.locator('.look .hint', { hasText: words.calm }).waitFor();
    assert.equal(await guest.page.locator('nav .number').count(), 0);
    await guest.close();
  });
}

test('in Russian a kiosk is one of three, of one, of twenty-one', async () => {
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/overview', language: 'ru' });
  const hint = guest.page.locator('a.figure .hint').first();
  await hint.getByText('из 1 киоска', { exact: true }).waitFor();
  for (const id of ['two', 'three']) await gw.addKiosk({ id });
  await hint.getByText('из 3 киосков', { exact: true }).waitFor();
  await guest.close();
});

test('what is wrong with the store is told where one looks', async () => {
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/overview' });
  await guest.see('Nothing needs attention.');
  const health = await gw.get('/health');
  assert.equal(health.json.status, 'healthy');
  await guest.page.route('**/api/events', async (route) => {
    const hello = { version: '1', node: 'n', time: new Date().toISOString(), health: { ...health.json, status: 'unhealthy', message: 'The disk is full.' } };
    await route.fulfill({ contentType: 'text/event-stream', body: `id: a.1\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n` });
  });
  await guest.page.reload();
  await guest.page.locator('.look .wrong', { hasText: 'The disk is full.' }).waitFor();
  assert.equal(await guest.page.getByText('Nothing needs attention.').count(), 0);
  await guest.close();
});

test('who lost its connection often in the hour is counted over the hour, not over a page', async () => {
  const guest = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/settings' });
  const at = (n) => new Date(Date.now() - 1000 * n).toISOString();
  const row = (kiosk_id, n) => ({ kiosk_id, at: at(n), up: false, address: '', reason: 'gone' });
  await guest.page.route('**/api/history?*', (route) => {
    const query = new URL(route.request().url()).searchParams;
    const first = query.has('from') && !query.has('cursor');
    const connections = query.has('from') ? (first ? [row('busy', 1), row('busy', 2), row('busy', 3)] : [row('late', 1800), row('late', 1801), row('late', 1802)]) : [];
    return route.fulfill({ contentType: 'application/json', body: JSON.stringify({ connections, next: first ? '5' : null }) });
  });
  await guest.go('#/connections');
  await guest.page.locator('.chips button', { hasText: 'late' }).waitFor();
  await guest.page.locator('.chips button', { hasText: 'busy' }).waitFor();
  await guest.close();
});
