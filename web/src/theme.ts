// Light, dark, or as the system has it. Charts are painted anew when `themeChanged` counts up.
import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
const kept = localStorage.getItem('kgw.theme');
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');
export const themeChanged = signal(0);

function apply() {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  themeChanged.value++;
}
export function choose(next: Theme) {
  localStorage.setItem('kgw.theme', next);
  theme.value = next;
  apply();
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { themeChanged.value++; });
apply();
