// Alerts, active and past. The gateway's sentence says what to do; it is in English, so its kind stands before it in the
// page's language. A gateway without alerts says 404, and the page says so.
import { useEffect } from 'preact/hooks';
import { get } from '../api';
import { alertBatch } from '../fleet';
import { texts, when } from '../i18n';
import { AllCsv } from '../parts/all_csv';
import { Ago, alertTones, Badge, KioskLink, KioskName, RequestLink } from '../parts/bits';
import { usePaged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import { openKiosk, openRequest } from '../route';
import type { Alert, Answer } from '../wire';
import { ListFoot, Nothing } from './request_list';

const ASK_AGAIN_MS = 15_000;  // also for a gateway whose event stream has no alerts

function columnsOf(past: boolean): Column<Alert>[] {
  const t = texts.value, a = t.alert;
  const columns: Column<Alert>[] = [
    { key: 'since', title: a.since, width: '120px', from: 480, cell: (row) => <Ago at={row.raised_at} />, csv: (row) => row.raised_at },
    { key: 'kind', title: a.kind, width: 'minmax(150px, 220px)', cell: (row) => <><Badge tone={past ? 'quiet' : alertTones[row.severity] ?? 'warn'}>{a.kinds[row.kind] ?? row.kind}</Badge><span class="under">{row.kiosk_id}</span></>, csv: (row) => row.kind },
    { key: 'message', title: a.what, width: 'minmax(160px, 3fr)', from: 640, cell: (row) => <span title={row.message}>{row.message}</span>, csv: (row) => row.message },
    { key: 'kiosk', title: a.kiosk, width: 'minmax(90px, 1fr)', from: 480, cell: (row) => (row.kiosk_id ? <><KioskLink id={row.kiosk_id} /><KioskName id={row.kiosk_id} /></> : t.unit.none), csv: (row) => row.kiosk_id },
    { key: 'request', title: t.request.id, width: '140px', from: 1000, cell: (row) => (row.request_id ? <RequestLink id={row.request_id} /> : t.unit.none), csv: (row) => row.request_id },
  ];
  if (past) columns.push({ key: 'until', title: a.until, width: '140px', from: 760, cell: (row) => when(row.ended_at), csv: (row) => row.ended_at });
  return columns;
}

export function Alerts() {
  const t = texts.value, a = t.alert;
  const key = (row: Alert) => row.id;
  const list = usePaged<Alert>({
    filters: '', key, live: alertBatch,
    load: async (cursor, limit = 200) => { const page = await get<Answer<'listAlerts'>>('/api/alerts', { limit, cursor }); return { rows: page.alerts, next: page.next }; },
  });
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && list.rows.value.length <= 200) void list.reload(); }, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  if (list.status.value === 404) return <p class="empty">{a.absent}</p>;
  if (!list.rows.value.length) return <div class="empty"><Nothing list={list} text={a.none} /></div>;
  const active = list.rows.value.filter((row) => !row.ended_at), past = list.rows.value.filter((row) => row.ended_at);
  const open = (row: Alert) => { if (row.request_id) openRequest(row.request_id); else if (row.kiosk_id) openKiosk(row.kiosk_id); };
  const all = columnsOf(true);
  return (
    <>
      <div class="bar"><h2>{a.active}</h2><span class="push" /><AllCsv list={list} name="alerts" columns={all} /></div>
      <Table label={a.active} rows={active} columns={columnsOf(false)} rowKey={key} onOpen={open} empty={a.noneActive} short />
      {past.length > 0 && <><h2>{a.past}</h2><Table label={a.past} rows={past} columns={all} rowKey={key} onOpen={open} empty={t.common.nothing} foot={list.next.value ? <ListFoot list={list} /> : null} /></>}
    </>
  );
}
