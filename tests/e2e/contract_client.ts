// A backend's own client, as somebody writes it in an afternoon: generated types (api.d.ts, from the gateway's
// /openapi.json) and openapi-fetch. contract.test.mjs has tsc check it and runs what comes out.
import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from './api.js';

type Request = components['schemas']['Request'];
type ErrorCode = components['schemas']['ErrorCode'];

export class Refused extends Error {
  constructor(readonly code: ErrorCode, message: string, readonly requestId?: string) {
    super(message);
  }
}

export function connect(baseUrl: string, key: string) {
  const client = createClient<paths>({ baseUrl });
  const withKey: Middleware = {
    onRequest({ request }) {
      request.headers.set('Authorization', `Bearer ${key}`);
      return request;
    },
  };
  client.use(withKey);

  // An error of the gateway is one closed shape for every operation.
  function good<T>({ data, error }: { data?: T; error?: components['schemas']['Error'] }): T {
    if (data === undefined) throw new Refused(error!.error, error!.message, error!.request_id);
    return data;
  }

  return {
    async addKiosk(id: string, name: string) {
      const issued = good(await client.POST('/api/kiosks', { body: { id, name } }));
      if (!('token' in issued)) throw new Error('the answer to an import');
      return issued.token;
    },
    async addKey(name: string) {
      const made = good(await client.POST('/api/keys', { body: { name, scopes: ['send', 'read'], kiosks: ['shop_*'] } }));
      // @ts-expect-error: a scope that there is not
      void (() => client.POST('/api/keys', { body: { name, scopes: ['write'] } }));
      return { id: made.id, key: made.key, state: made.state };
    },
    async pay(kiosk: string, order: { order_id: number; sum: number }) {
      const { data, error, response } = await client.POST('/send', {
        params: { header: { 'Header-Kiosk-Id': kiosk, 'Header-Operation-Type': 'payment', 'Header-Timeout': 20 } },
        body: order,
      });
      // @ts-expect-error: without Header-Operation-Type
      void (() => client.POST('/send', { params: { header: { 'Header-Kiosk-Id': kiosk } }, body: order }));
      const answer = good({ data, error });  // the kiosk's; asked with respond-async, the request
      return { requestId: answer.request_id, from: response.headers.get('X-Answer-From'), status: 'status' in answer ? answer['status'] : undefined };
    },
    async request(id: string): Promise<Request> {
      return good(await client.GET('/requests/{request_id}', { params: { path: { request_id: id } } }));
    },
    async unknownOutcomes() {
      const page = good(await client.GET('/api/requests', { params: { query: { outcome: 'unknown', limit: 10 } } }));
      return page.requests.map((one) => one.request_id);
    },
    async audit(target: string) {
      const page = good(await client.GET('/api/audit', { params: { query: { target } } }));
      // @ts-expect-error: a member that there is not
      void page.entries.map((one) => one.when);
      return page.entries.map(({ actor, action, target: what }) => ({ actor, action, target: what }));
    },
    async isOnline(kiosk: string) {
      const { data, error } = await client.POST('/api/kiosks/{kiosk_id}/ping', { params: { path: { kiosk_id: kiosk } } });
      if (error?.error === 'kiosk_offline') return false;
      return good({ data, error }).round_trip_ms >= 0;
    },
  };
}
