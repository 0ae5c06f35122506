// The table of requests that several views share: a page of the journal, going on live.
import { computed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../api';
import { now } from '../clock';
import { kiosks, requestBatch } from '../fleet';
import { preciseTime, span, texts, when } from '../i18n';
import { KioskLink, KioskName, OrderLink, RequestLink, RequestState, tookMs } from '../parts/bits';
import { AllCsv } from '../parts/all_csv';
import { usePaged, LIST_MAX, type Paged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import { openRequest } from '../route';
import type { Answer, Query, RequestRow } from '../wire';

const Time = ({ at }: { at: string }) => <time dateTime={at} title={when(at)}>{now() - Date.parse(at) < 72_000_000 ? preciseTime(at) : when(at)}</time>;

export const requestColumns = computed((): Column<RequestRow>[] => {
  const t = texts.value, r = t.request;
  return [
    { key: 'time', title: r.time, width: '118px', from: 420, cell: (row) => <Time at={row.created_at} />, csv: (row) => row.created_at },
    { key: 'state', title: r.state, width: 'minmax(110px, 1.75fr)', cell: (row) => <><RequestState row={row} /><span class="under"><Time at={row.created_at} /></span></>, csv: (row) => row.state },
    { key: 'result', title: r.result, width: '0', from: Infinity, cell: () => null, csv: (row) => row.result },  // the state shows it
    { key: 'kiosk', title: r.kiosk, width: 'minmax(90px, 1.9fr)', cell: (row) => <><KioskLink id={row.kiosk_id} /><KioskName id={row.kiosk_id} /><span class="under">{row.operation_type}{row.answered_at ? `, ${span(tookMs(row))}` : ''}</span></>, csv: (row) => row.kiosk_id },
    { key: 'name', title: t.kiosk.name, width: '0', from: Infinity, cell: () => null, csv: (row) => kiosks.get(row.kiosk_id)?.name },
    { key: 'operation', title: r.operation, width: '96px', from: 560, cell: (row) => row.operation_type, csv: (row) => row.operation_type },
    { key: 'took', title: r.took, width: '90px', end: true, from: 480, cell: (row) => span(tookMs(row)), csv: (row) => tookMs(row) },
    { key: 'order', title: r.order, width: 'minmax(90px, 1fr)', from: 800, cell: (row) => (row.order_id ? <OrderLink id={row.order_id} /> : t.unit.none), csv: (row) => row.order_id },
    { key: 'error', title: r.error, width: 'minmax(90px, 0.7fr)', from: 1000, cell: (row) => (row.error ? <span class="mono">{row.error}</span> : t.unit.none), csv: (row) => row.error },
    { key: 'owner', title: r.owner, width: '96px', from: 1150, cell: (row) => row.owner ?? t.unit.none, csv: (row) => row.owner },
    { key: 'id', title: r.id, width: '150px', from: 700, cell: (row) => <RequestLink id={row.request_id} />, csv: (row) => row.request_id },
  ];
});

const rank: Record<string, number> = { accepted: 0, dispatched: 1, timed_out: 2 };
const rankOf = (row: RequestRow) => rank[row.state] ?? 3;

// Empty: any. What stands in the page's address is asked as it is; the gateway refuses what it does not know.
export type RequestFilters = { [Name in keyof Query<'listRequests'> & ('kiosk_id' | 'operation_type' | 'state' | 'outcome' | 'result' | 'unclaimed' | 'owner' | 'error' | 'from' | 'to')]?: string };
const inTime = (row: RequestRow, { from, to }: RequestFilters) => (!from || Date.parse(row.created_at) >= Date.parse(from)) && (!to || Date.parse(row.created_at) < Date.parse(to));
export function useRequests(filters: RequestFilters, limit: number, paused = false): Paged<RequestRow> {
  return usePaged<RequestRow>({
    filters: JSON.stringify(filters), key: (row) => row.request_id, live: requestBatch, paused,
    fresher: (row, than) => rankOf(row) >= rankOf(than),
    match: (row) => inTime(row, filters) && (!filters.owner || row.owner === filters.owner) && (!filters.error || row.error === filters.error) && (!filters.kiosk_id || row.kiosk_id === filters.kiosk_id) && (!filters.operation_type || row.operation_type === filters.operation_type) && (!filters.state || row.state === filters.state) && (!filters.outcome || row.outcome === filters.outcome) && (!filters.result || row.result === filters.result) && (!filters.unclaimed || row.claimed === false) && (filters.outcome !== 'unknown' || !row.resolved),
    load: async (cursor, rows = limit) => {
      const page = await get<Answer<'listRequests'>>('/api/requests', { ...filters, limit: rows, cursor });
      return { rows: page.requests, next: page.next };
    },
  });
}

// Those whose callers may not know the answer. The event stream does not say that a connection was lost: asked again.
const ASK_AGAIN_MS = 15_000;
export function useUnclaimed(limit: number): Paged<RequestRow> {
  const list = useRequests({ unclaimed: 'true' }, limit);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && list.rows.value.length <= limit) void list.reload(); }, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return list;
}

export const RequestsCsv = ({ list, name }: { list: Paged<RequestRow>; name: string }) => <AllCsv list={list} name={name} columns={requestColumns.value} />;

// What stands below a list: more of it, and what is not in it.
export function ListFoot<Row>({ list }: { list: Paged<Row> }) {
  const t = texts.value;
  return (
    <>
      {list.skipped.value > 0 && <p class="hint">{t.request.skipped(list.skipped.value)}</p>}
      {list.full.value && <p class="hint">{t.common.bound(LIST_MAX)}</p>}
      {list.next.value && <button type="button" disabled={list.busy.value} onClick={() => void list.older()}>{list.busy.value ? t.common.loading : t.common.more}</button>}
    </>
  );
}
export function Nothing<Row>({ list, text }: { list: Paged<Row>; text: string }) {
  const t = texts.value;
  if (list.wrong.value) return <><p class="wrong" role="alert">{list.wrong.value}</p><button type="button" onClick={() => void list.reload()}>{t.common.retry}</button></>;
  return <>{list.busy.value ? t.common.loading : text}{!list.busy.value && list.next.value && <p><button type="button" onClick={() => void list.older()}>{t.common.more}</button></p>}</>;
}

const ofOneKiosk = computed(() => requestColumns.value.filter((column) => column.key !== 'kiosk'));
export const RequestTable = ({ list, label, empty, one, short }: { list: Paged<RequestRow>; label: string; empty: string; one?: boolean; short?: boolean }) => (
  <Table label={label} rows={list.rows.value} columns={one ? ofOneKiosk.value : requestColumns.value} rowKey={(row) => row.request_id} onOpen={(row) => openRequest(row.request_id)} short={one || short} live={list}
    empty={<Nothing list={list} text={empty} />} foot={list.next.value || list.full.value || list.skipped.value ? <ListFoot list={list} /> : null} />
);
