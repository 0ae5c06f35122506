// Calls to the gateway. The session's cookie goes along by itself; a write also bears the session's CSRF token. Every
// failure comes out as a Refused, whose text says what to do in the page's language.
import { session, sessionEnded } from './session';
import { texts } from './i18n';
import type { ErrorBody } from './wire';

export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly requestId?: string) {
    super(message);
  }
  // Our own words where we have some; else the gateway's, which are in English.
  get text(): string {
    if (this.status === 0) return texts.value.error.network;
    return texts.value.error.codes[this.code] ?? (this.message || texts.value.error.unknown);
  }
}

export const failure = (error: unknown): Refused => (error instanceof Refused ? error : new Refused(0, '', String(error)));

// body: text goes as it is (a money amount is not to be rewritten), anything else as JSON.
export const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const text = await callText(method, path, body);
  return (text ? JSON.parse(text) : null) as T;
};

// The answer as it came.
export async function callText(method: string, path: string, body?: unknown): Promise<string> {
  const headers: Record<string, string> = {};
  if (method !== 'GET') headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && session.value?.csrf) headers['X-CSRF-Token'] = session.value.csrf;
  let response: Response, text: string;
  try {
    response = await fetch(path, { method, headers, cache: 'no-store', credentials: 'same-origin',
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body) });
    text = await response.text();
  } catch (error) {
    throw new Refused(0, '', String(error));
  }
  if (response.ok) return text;
  let error: Partial<ErrorBody> | null = null;
  try { error = JSON.parse(text); } catch { /* a proxy's page: told by its status */ }
  if (response.status === 401 && !path.startsWith('/dashboard/')) sessionEnded();
  throw new Refused(response.status, error?.error ?? '', error?.message ?? '', error?.request_id);
}

export const get = <T>(path: string, query: Record<string, string | number | undefined | null> = {}) => {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== '').map(([name, value]) => [name, String(value)]);
  return call<T>('GET', given.length ? `${path}?${new URLSearchParams(given)}` : path);
};
export const kioskPath = (id: string, rest = '') => `/api/kiosks/${encodeURIComponent(id)}${rest}`;
