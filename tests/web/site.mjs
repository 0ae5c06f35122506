// A real gateway with a dashboard, and simulated kiosks at it. The harness is the end-to-end tests': whatever the
// gateway logs, no secret may be in it.
import { Gateway } from '../e2e/harness.mjs';
import { sayYes } from '../e2e/kiosk.mjs';

export { until, within, newSecret } from '../e2e/harness.mjs';
export { sayYes };

export async function openSite(options = {}) {
  const gw = await Gateway.start(options);
  gw.page = gw.url;
  return gw;
}

export async function addKey(gw, name, scopes, more = {}) {
  const answer = await gw.api('POST', '/api/keys', { name, scopes, ...more });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json;
}

export const XSS = '<img src=x onerror=alert(1)>';

// Some life: kiosks that answer, one that does not, one that went away, requests of every kind of end.
export async function live(gw) {
  const good = await gw.kiosk(sayYes, { id: 'shop_1', name: 'Mall, 2nd floor' });
  const slow = await gw.kiosk(undefined, { id: 'shop_2', name: 'Вокзал, зал 1', max_in_flight: 1 });
  const evil = await gw.kiosk((message) => ({ request_id: message.request_id, status: 'success', note: XSS }), { id: 'shop_3', name: XSS });
  const lost = await gw.kiosk(sayYes, { id: 'shop_4', name: '=1+1' });
  await gw.addKiosk({ id: 'shop_5', name: 'Never connected' });
  const key = gw.adminKey;
  const paid = await gw.send(good, { order_id: 12345, sum: 1000, card: '4111111111111111' }, { key });
  await gw.send(evil, { order_id: 12346 }, { key, op: 'fiscal' });
  const unknown = await gw.send(slow, { order_id: 12347 }, { key, timeout: 1 });
  await gw.send(slow, { order_id: 12348 }, { key, timeout: 1, op: 'print' });  // did not get its turn
  await lost.close();
  return { good, slow, evil, paidId: paid.headers['x-request-id'], unknownId: unknown.headers['x-request-id'] };
}
