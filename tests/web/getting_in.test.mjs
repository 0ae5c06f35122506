// Who gets in, how, and what he may do there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addKey, live, openSite } from './site.mjs';
import { Visitor } from './visitor.mjs';

let gw;
before(async () => { gw = await openSite({ env: { ALLOW_UNAUTHENTICATED_SEND: 'false' } }); await live(gw); });
after(() => gw.stop());

test('without a key on the same machine, where the setting says so: everything to see, nothing to change', async () => {
  const open = await openSite();
  await live(open);
  const guest = await Visitor.open(open.page, { hash: '#/kiosks' });
  await guest.see('Read-only: opened on the gateway’s own machine');
  await guest.row('shop_1').click();
  await guest.dialog.getByRole('button', { name: 'Ping' }).waitFor();
  assert.equal(await guest.dialog.getByRole('button', { name: 'Remove' }).count(), 0);
  assert.equal(await guest.button('Add kiosk').count(), 0);
  await guest.dialog.getByRole('button', { name: 'Close' }).click();
  await guest.button('Log in').click();
  await guest.logIn(open.adminKey);
  await guest.button('Add kiosk').waitFor();
  await guest.close();
  await open.stop();
});

test('login by key, a wrong one is told, logout', async () => {
  await addKey(gw, 'till', ['send']);
  const guest = await Visitor.open(gw.page);
  await guest.field('API key').waitFor();
  await guest.button('Log in').click();
  await guest.see('Enter the key first.');
  await guest.field('API key').fill('kgw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  await guest.button('Log in').click();
  await guest.see('This key is not valid here.');
  await guest.logIn(gw.adminKey);
  await guest.live();
  const [cookie] = await guest.page.context().cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, cookie.path], ['kgw_session', true, 'Strict', '/']);
  await guest.page.reload();
  await guest.live();
  await guest.button('Log out').click();
  await guest.field('API key').waitFor();
  await guest.page.reload();
  await guest.field('API key').waitFor();
  await guest.close();
});

test('a one-time link logs in once and leaves the address and the history at once', async () => {
  const { json } = await gw.api('POST', '/api/dashboard-links');
  assert.match(json.url, /^\/dashboard#code=/);
  const guest = await Visitor.open(gw.page);
  await guest.page.goto('about:blank');
  await guest.page.goto(gw.page + json.url);
  await guest.live();
  assert.doesNotMatch(guest.page.url(), /code/);
  await guest.page.goBack();
  assert.doesNotMatch(guest.page.url(), /code/);
  await guest.page.goForward();
  assert.doesNotMatch(guest.page.url(), /code/);
  await guest.close();
  const second = await Visitor.open(gw.page);
  await second.page.goto('about:blank');
  await second.page.goto(gw.page + json.url);
  await second.see('This link was already used');
  await second.close();
});

test('a key with scope read sees all and changes nothing', async () => {
  const { key } = await addKey(gw, 'auditor', ['read']);
  const auditor = await Visitor.open(gw.page, { key, hash: '#/kiosks?kiosk=shop_1' });
  await auditor.see('Read-only: this key can’t change anything.');
  await auditor.dialog.getByRole('button', { name: 'Ping' }).waitFor();
  assert.equal(await auditor.dialog.getByRole('button', { name: 'Rename' }).count(), 0);
  await auditor.go('#/keys');
  await auditor.see('Managing keys requires scope admin.');
  await auditor.close();
});

test('a session dies with its key', async () => {
  const { id, key } = await addKey(gw, 'shortlived', ['read']);
  const guest = await Visitor.open(gw.page, { key });
  await gw.api('DELETE', `/api/keys/${id}`);
  await guest.page.reload();
  await guest.field('API key').waitFor();
  await guest.close();
});
