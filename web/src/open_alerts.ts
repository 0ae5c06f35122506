// The alerts that are open now, for the menu's number and the overview: whoever looks at any view sees that there is one.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from './api';
import { alertBatch } from './fleet';
import { usePaged } from './parts/paged';
import type { Alert, Answer } from './wire';

const ASK_AGAIN_MS = 60_000;
const SEVERITIES = ['critical', 'warning', 'info'];

// The worst first, without those that somebody muted. Null: not known yet.
export const openAlerts = signal<Alert[] | null>(null);

// Keeps openAlerts; for the frame.
export function useOpenAlerts() {
  const list = usePaged<Alert>({
    filters: 'open', key: (row) => row.id, live: alertBatch, match: (row) => !row.ended_at,
    load: async (cursor) => { const page = await get<Answer<'listAlerts'>>('/api/alerts', { open: 'true', limit: 200, cursor }); return { rows: page.alerts, next: page.next }; },
  });
  const rows = list.rows.value, known = list.status.value === 200 || list.status.value === 404;
  useEffect(() => {
    openAlerts.value = known ? rows.filter((row) => !row.muted).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || Number(b.id) - Number(a.id)) : null;
  }, [rows, known]);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void list.reload(); }, ASK_AGAIN_MS);
    return () => { clearInterval(timer); openAlerts.value = null; };
  }, []);
}
