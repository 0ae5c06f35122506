// Everything that an administrator may do from the page, each with its confirmation and its trace in the audit trail.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { live, openSite, sayYes, until } from './site.mjs';
import { secret } from '../e2e/harness.mjs';
import { Visitor } from './visitor.mjs';

let gw, world, boss;
before(async () => {
  gw = await openSite();
  world = await live(gw);
  boss = await Visitor.open(gw.page, { key: gw.adminKey, hash: '#/kiosks' });
});
after(async () => { await boss.close(); await gw.stop(); });

async function lastAudit(target) { return (await gw.api('GET', `/api/audit?target=${target}&limit=1`)).json.entries[0]?.action; }
async function drawerOf(id) {
  await boss.go(`#/kiosks?kiosk=${id}`);
  await boss.dialog.getByText(id, { exact: true }).first().waitFor();
}
const press = (name) => boss.dialog.getByRole('button', { name, exact: true }).click();
const close = async () => { await boss.go('#/kiosks'); await boss.page.locator('dialog').first().waitFor({ state: 'detached' }); };

test('add: the token is shown once, as text and as QR code, and works', async () => {
  await boss.button('Add kiosk').click();
  await boss.dialog.getByLabel('Kiosk').fill('bad id');
  await press('Add kiosk');
  await boss.dialog.getByText('This id is not allowed').waitFor();
  await boss.dialog.getByLabel('Kiosk').fill('shop_1');
  await press('Add kiosk');
  await boss.dialog.getByText('That already exists.').waitFor();
  await boss.dialog.getByLabel('Kiosk').fill('shop_new');
  await boss.dialog.getByLabel('Name').fill('New & shiny');
  await press('Add kiosk');
  await boss.dialog.getByText('it is shown only this once').waitFor();
  await boss.dialog.getByRole('img', { name: 'QR code with the token of shop_new' }).waitFor();
  const token = secret(await boss.dialog.locator('textarea.secret').inputValue());
  await boss.axe('a new token');
  await boss.page.keyboard.press('Escape');
  await boss.page.keyboard.press('Escape');
  await boss.dialog.getByText('it is shown only this once').waitFor();
  await press('I have copied it');
  await boss.page.locator('dialog').waitFor({ state: 'detached' });
  assert.ok(!(await boss.page.content()).includes(token));
  await boss.row('shop_new').waitFor();
  const kiosk = await gw.kiosk(sayYes, { of: { id: 'shop_new', token } });
  await boss.row('shop_new').getByText('online').waitFor();
  await kiosk.close();
  assert.equal(await lastAudit('shop_new'), 'kiosk_added');
});

test('rename, and how many requests at a time', async () => {
  await drawerOf('shop_1');
  await press('Rename');
  await boss.dialog.getByText('A new name for shop_1').waitFor();
  await boss.dialog.getByLabel('Name').fill('Another name');
  await press('Save');
  await boss.dialog.getByRole('heading', { name: 'Another name' }).waitFor();
  await press('Requests at a time');
  await boss.dialog.getByLabel('Requests at a time').fill('0');
  await press('Save');
  await boss.dialog.getByText('Enter a whole number from 1 to 1000').waitFor();
  await boss.dialog.getByLabel('Requests at a time').fill('7');
  await press('Save');
  await boss.dialog.locator('.fact', { hasText: 'At a time' }).getByText('7', { exact: true }).waitFor();
  const info = await gw.kioskInfo('shop_1');
  assert.deepEqual([info.name, info.max_in_flight], ['Another name', 7]);
  assert.equal(await lastAudit('shop_1'), 'kiosk_changed');
  await close();
});

test('ping, and a test request whose answer is shown; amounts are not rewritten', async () => {
  await drawerOf('shop_1');
  await press('Ping');
  await boss.see(/^shop_1 answered in .* ms\.$/);
  await press('Test request');
  await boss.dialog.getByText('This really reaches shop_1').waitFor();
  await boss.dialog.getByLabel('Body').fill('[1]');
  await press('Send');
  await boss.dialog.getByText('must be one JSON object').waitFor();
  await boss.dialog.getByLabel('Operation').fill('kds');
  await boss.dialog.getByLabel('Body').fill('{"sum":1000.10}');
  await press('Send');
  await boss.dialog.getByText('"transaction_id": "TXN1"').waitFor();
  assert.ok(world.good.messages.entries.at(-1).raw.includes('"sum":1000.10'));
  await boss.dialog.locator('footer').getByRole('button', { name: 'Close' }).click();
  await close();
  await drawerOf('shop_4');
  await press('Ping');
  await boss.see('The kiosk is offline and nothing was sent to it.');
  await close();
});

test('kick: the connection ends, the kiosk comes again', async () => {
  await drawerOf('shop_3');
  await press('Reconnect');
  await boss.dialog.getByText('Close the connection of shop_3').waitFor();
  await press('Reconnect');
  assert.equal((await world.evil.closedWithin()).code, 1012);
  await boss.dialog.locator('.fact', { hasText: 'State' }).getByText('offline').waitFor();
  assert.equal(await lastAudit('shop_3'), 'kiosk_kicked');
  await close();
});

test('switch off and on', async () => {
  await drawerOf('shop_2');
  await press('Disable');
  await boss.dialog.getByText('Disable shop_2?').waitFor();
  await press('Cancel');
  await boss.dialog.getByText('Disable shop_2?').waitFor({ state: 'detached' });
  await press('Disable');
  await boss.dialog.getByText('Disable shop_2?').waitFor();
  await boss.dialog.getByLabel('Do not wait for running requests').check();
  await press('Disable');
  assert.equal((await world.slow.closedWithin()).code, 1008);
  await boss.dialog.locator('.fact', { hasText: 'State' }).getByText('disabled').waitFor();
  await press('Enable');
  await boss.dialog.getByText('Enable shop_2?').waitFor();
  await press('Enable');
  await boss.dialog.locator('.fact', { hasText: 'State' }).getByText('offline').waitFor();
  assert.equal((await gw.kioskInfo('shop_2')).enabled, true);
  await close();
});

test('a new token ends the old one', async () => {
  await drawerOf('shop_1');
  await press('New token');
  await boss.dialog.getByText('Create a new token for shop_1?').waitFor();
  await press('New token');
  await boss.dialog.getByRole('img', { name: 'QR code with the token of shop_1' }).waitFor();
  secret(await boss.dialog.locator('textarea.secret').inputValue());
  assert.equal((await world.good.closedWithin()).code, 1008);
  await press('I have copied it');
  assert.equal(await lastAudit('shop_1'), 'kiosk_token_renewed');
  await close();
});

test('remove', async () => {
  await drawerOf('shop_5');
  await press('Remove');
  await boss.dialog.getByText('Remove shop_5?').waitFor();
  await press('Remove');
  await boss.row('shop_5').waitFor({ state: 'detached' });
  assert.equal((await gw.api('GET', '/api/kiosks/shop_5')).status, 404);
  await boss.see('shop_5 was removed.');
  assert.equal(await lastAudit('shop_5'), 'kiosk_removed');
});

test('keys: make one that is shown once and works, rotate it, revoke it', async () => {
  await boss.go('#/keys');
  await boss.button('Add key').click();
  await press('Add key');
  await boss.dialog.getByText('This name is not allowed').waitFor();
  await boss.dialog.getByLabel('Name').fill('cashdesk');
  await boss.dialog.getByLabel('read: see everything').check();
  await boss.dialog.getByLabel('Kiosks', { exact: true }).fill('shop_*');
  await press('Add key');
  await boss.dialog.getByText('it is shown only this once').waitFor();
  const key = secret(await boss.dialog.locator('textarea.secret').inputValue());
  await press('I have copied it');
  assert.equal((await gw.get('/api/kiosks', { key })).status, 200);
  await boss.row('cashdesk').getByText('send, read').waitFor();
  await boss.page.getByRole('button', { name: 'Rotate: cashdesk' }).click();
  await boss.dialog.getByText('Replace cashdesk with a new key?').waitFor();
  await boss.dialog.getByLabel('Overlap').selectOption('hour');
  await press('Rotate');
  const next = secret(await boss.dialog.locator('textarea.secret').inputValue());
  await press('I have copied it');
  await boss.row('active, will expire').waitFor();
  await boss.row('active').filter({ hasNotText: 'will expire' }).getByRole('button', { name: 'Revoke: cashdesk' }).click();
  await boss.dialog.getByText('Revoke cashdesk?').waitFor();
  await press('Revoke');
  await boss.row('revoked').waitFor();
  assert.equal((await gw.get('/api/kiosks', { key: next })).status, 401);
  assert.equal((await gw.get('/api/kiosks', { key })).status, 200);
  const actions = (await gw.api('GET', '/api/audit?limit=20')).json.entries.map(({ action }) => action);
  for (const action of ['key_added', 'key_rotated', 'key_revoked']) await until(action, () => actions.includes(action));
});
