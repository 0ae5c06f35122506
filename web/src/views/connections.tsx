// Comings and goings of all kiosks, and those whose connection does not hold.
import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { get } from '../api';
import { clock, now } from '../clock';
import { historyBatch } from '../fleet';
import { texts, when } from '../i18n';
import { Badge, Choice, Filter, KioskLink, KioskName } from '../parts/bits';
import { AllCsv } from '../parts/all_csv';
import { LIST_MAX, usePaged, type Paged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import { openKiosk, param, replaceParams } from '../route';
import type { Answer, Connection } from '../wire';
import { ListFoot, Nothing } from './request_list';

export const FLAPPING_FROM = 3;  // losses in an hour
export const connectionKey = (row: Connection) => `${row.at} ${row.kiosk_id} ${row.up}`;

export function useConnections(kiosk_id: string, limit: number): Paged<Connection> {
  return usePaged<Connection>({
    filters: kiosk_id, key: connectionKey, live: historyBatch, match: (row) => !kiosk_id || row.kiosk_id === kiosk_id,
    load: async (cursor, rows = limit) => {
      const page = await get<Answer<'listConnections'>>('/api/history', { kiosk_id, limit: rows, cursor });
      return { rows: page.connections, next: page.next };
    },
  });
}

// The whole last hour, however much happened in it, up to LIST_MAX.
const HOUR_MS = 3_600_000, PAGE = 1000;
export function useLastHour(): Paged<Connection> {
  return usePaged<Connection>({
    filters: 'hour', key: connectionKey, live: historyBatch,
    load: async () => {
      const rows: Connection[] = [], from = new Date(now() - HOUR_MS).toISOString();
      let cursor: string | undefined;
      do {
        const page = await get<Answer<'listConnections'>>('/api/history', { from, limit: PAGE, cursor });
        rows.push(...page.connections);
        cursor = page.next ?? undefined;
      } while (cursor && rows.length < LIST_MAX);
      return { rows, next: null };
    },
  });
}

// Who lost its connection often in the last hour, most first.
export function flapping(rows: Connection[], at: number): { kiosk_id: string; losses: number }[] {
  const losses = new Map<string, number>();
  for (const row of rows)
    if (!row.up && at - Date.parse(row.at) < HOUR_MS) losses.set(row.kiosk_id, (losses.get(row.kiosk_id) ?? 0) + 1);
  return [...losses].filter(([, n]) => n >= FLAPPING_FROM).map(([kiosk_id, n]) => ({ kiosk_id, losses: n })).sort((a, b) => b.losses - a.losses);
}

const columns = computed((): Column<Connection>[] => {
  const t = texts.value, c = t.connection;
  return [
    { key: 'time', title: c.time, width: '150px', cell: (row) => <time dateTime={row.at}>{when(row.at)}</time>, csv: (row) => row.at },
    { key: 'what', title: c.what, width: '150px', cell: (row) => <Badge tone={row.up ? 'ok' : 'bad'}>{row.up ? c.up : c.down}</Badge>, csv: (row) => (row.up ? c.up : c.down) },
    { key: 'kiosk', title: c.kiosk, width: 'minmax(80px, 1fr)', cell: (row) => <><KioskLink id={row.kiosk_id} /><KioskName id={row.kiosk_id} /></>, csv: (row) => row.kiosk_id },
    { key: 'address', title: c.address, width: 'minmax(120px, 1fr)', from: 640, cell: (row) => row.address, csv: (row) => row.address },
    { key: 'reason', title: c.reason, width: 'minmax(140px, 2fr)', from: 520, cell: (row) => row.reason, csv: (row) => row.reason },
  ];
});

export function Connections() {
  const t = texts.value, c = t.connection;
  const list = useConnections(param('of'), 1000);
  const way = param('way');
  const rows = useMemo(() => (way ? list.rows.value.filter((row) => row.up === (way === 'up')) : list.rows.value), [list.rows.value, way]);
  const hour = useLastHour();
  const unstable = flapping(hour.rows.value, clock.value).slice(0, 12);
  return (
    <>
      <section class="card strip" aria-labelledby="flapping">
        <h2 id="flapping">{c.flapping}</h2>
        {unstable.length === 0 ? <p class="hint">{c.flappingNone}</p> : <ul class="chips">{unstable.map(({ kiosk_id, losses }) => <li key={kiosk_id}><button type="button" onClick={() => openKiosk(kiosk_id)}>{kiosk_id} <b>{c.times(losses)}</b></button></li>)}</ul>}
      </section>
      <div class="bar">
        <Filter label={c.kiosk} hint={t.request.kioskHint} value={param('of')} onInput={(of) => replaceParams({ of: of.trim() })} />
        <Choice label={c.what} hidden value={way} options={[['', c.all], ['up', c.up], ['down', c.down]]} onChange={(next) => replaceParams({ way: next })} />
        <span class="push" />
        <AllCsv list={list} name="connections" columns={columns.value} keep={way ? (row) => row.up === (way === 'up') : undefined} />
      </div>
      <Table label={t.views.connections} rows={rows} columns={columns.value} rowKey={connectionKey} onOpen={(row) => openKiosk(row.kiosk_id)} live={list}
        empty={<Nothing list={list} text={param('of') || way ? t.common.filtered : c.none} />} foot={list.next.value || list.full.value ? <ListFoot list={list} /> : null} />
    </>
  );
}
