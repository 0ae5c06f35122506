// Where in the page somebody is: '#/kiosks?kiosk=k1'. View, open drawers and filters are in the address, so that Back
// closes a drawer, a reload stays where it was and a place can be told to somebody else.
import { computed, signal } from '@preact/signals';

const read = () => {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  return { view: path, query: new URLSearchParams(query) };
};
const here = signal(read());
addEventListener('hashchange', () => { here.value = read(); });

export const view = computed(() => here.value.view || 'overview');
export const param = (name: string) => here.value.query.get(name) ?? '';

function href(target: string, query: URLSearchParams) {
  const text = query.toString();
  return `#/${target}${text ? `?${text}` : ''}`;
}
export const viewHref = (target: string, params: Record<string, string> = {}) => href(target, new URLSearchParams(params));

// The same place with some parameters changed; '' removes one.
export function withParams(changes: Record<string, string>) {
  const query = new URLSearchParams(here.value.query);
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  return href(view.value, query);
}
// The browser tells of it later; whoever changes the place again before that starts from the new one.
export const go = (target: string) => { location.hash = target; here.value = read(); };
// A filter that is typed is no step to go back to.
export function replaceParams(changes: Record<string, string>) {
  history.replaceState(null, '', withParams(changes));
  here.value = read();
}
export const openKiosk = (id: string) => go(withParams({ kiosk: id, request: '' }));
export const openRequest = (id: string) => go(withParams({ request: id }));
export const openOrder = (id: string) => go(withParams({ order: id, kiosk: '', request: '' }));
export const closeDrawers = () => go(withParams({ kiosk: '', order: '', request: '' }));
