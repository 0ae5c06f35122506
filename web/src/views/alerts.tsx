// Alerts, active and past. A gateway that has none yet says 404, and the page says so.
import { get } from '../api';
import { alertBatch } from '../fleet';
import { texts, when } from '../i18n';
import { Badge, KioskLink } from '../parts/bits';
import { usePaged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import type { Alert } from '../wire';
import { Nothing } from './request_list';

const began = (alert: Alert) => alert.at ?? alert.since ?? alert.started_at ?? '';
const ended = (alert: Alert) => alert.ended_at ?? alert.until ?? null;

function columnsOf(past: boolean): Column<Alert>[] {
  const t = texts.value, a = t.alert;
  const columns: Column<Alert>[] = [
    { key: 'since', title: a.since, width: '140px', cell: (row) => when(began(row)) },
    { key: 'what', title: a.what, width: 'minmax(160px, 3fr)', cell: (row) => <Badge tone={past ? 'quiet' : 'bad'}>{row.message ?? row.text ?? row.kind ?? '?'}</Badge> },
    { key: 'kiosk', title: a.kiosk, width: 'minmax(90px, 1fr)', from: 520, cell: (row) => (row.kiosk_id ? <KioskLink id={row.kiosk_id} /> : t.unit.none) },
  ];
  if (past) columns.push({ key: 'until', title: a.until, width: '140px', from: 700, cell: (row) => when(ended(row)) });
  return columns;
}

export function Alerts() {
  const t = texts.value, a = t.alert;
  const key = (row: Alert) => row.id ?? `${began(row)} ${row.kind ?? ''} ${row.kiosk_id ?? ''}`;
  const list = usePaged<Alert>({
    filters: '', key, live: alertBatch,
    load: async () => { const page = await get<{ alerts?: Alert[]; rows?: Alert[] }>('/api/alerts'); return { rows: page.alerts ?? page.rows ?? [], next: null }; },
  });
  if (list.status.value === 404) return <p class="empty">{a.absent}</p>;
  if (!list.rows.value.length) return <div class="empty"><Nothing list={list} text={a.none} /></div>;
  const active = list.rows.value.filter((row) => !ended(row)), past = list.rows.value.filter(ended);
  return (
    <>
      <h2>{a.active}</h2>
      <Table label={a.active} rows={active} columns={columnsOf(false)} rowKey={key} empty={a.noneActive} short />
      <h2>{a.past}</h2>
      <Table label={a.past} rows={past} columns={columnsOf(true)} rowKey={key} empty={t.common.nothing} />
    </>
  );
}
