// Who is looking at the page. The session itself is a cookie that no script can read; here is only what the gateway
// tells about it. null: nobody is logged in, and the login form stands in the page's place.
import { computed, signal } from '@preact/signals';
import { call, failure, Refused } from './api';
import type { Session } from './wire';

export const session = signal<Session | null>(null);
export const started = signal(false);  // the first question was answered
export const loginNote = signal<'' | 'ended' | 'linkUsed' | 'unreachable'>('');
export const wantsLogin = signal(false);  // a local reader asked for the form
export const admin = computed(() => !!session.value && !session.value.read_only && session.value.scopes.includes('admin'));

// The cookie is the browser's, so all its tabs come and go together.
const others = new BroadcastChannel('kgw session');
others.onmessage = () => void ask();
const tellOthers = () => others.postMessage(null);

// A one-time link's code leaves the address bar, and with it the history, before anything else happens.
function takeCode(): string | null {
  const code = /^#code=([^&]+)$/.exec(location.hash)?.[1];
  if (!code) return null;
  history.replaceState(null, '', location.pathname);
  return decodeURIComponent(code);
}

export async function begin() {
  const code = takeCode();
  if (code) {
    try {
      session.value = await call<Session>('POST', '/dashboard/login', { code });
      tellOthers();
      started.value = true;
      return;
    } catch (error) {
      loginNote.value = failure(error).status === 0 ? 'unreachable' : 'linkUsed';
    }
  }
  await ask();
}

export async function ask() {
  try {
    session.value = await call<Session>('GET', '/dashboard/session');
    loginNote.value = '';
    if (session.value.how === 'session') wantsLogin.value = false;
  } catch (error) {
    session.value = null;
    if (failure(error).status !== 401) loginNote.value = 'unreachable';
    else if (loginNote.value === 'unreachable') loginNote.value = '';
  }
  started.value = true;
}

export async function login(key: string) {
  session.value = await call<Session>('POST', '/dashboard/login', { key });
  loginNote.value = '';
  wantsLogin.value = false;
  tellOthers();
}

export async function logout() {
  try {
    await call('POST', '/dashboard/logout');
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
  }
  session.value = null;
  tellOthers();
  await ask();
}

export function sessionEnded() {
  if (!session.value) return;
  session.value = null;
  loginNote.value = 'ended';
  void ask();
}
