// All kiosks: search, filter, sort, export; a row opens its drawer.
import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { addKiosk } from '../actions/kiosk_forms';
import { now } from '../clock';
import { saveCsv } from '../csv';
import { kiosks, kiosksComplete, kiosksVersion } from '../fleet';
import { number, span, texts } from '../i18n';
import { Ago, Choice, CsvButton, Filter, KioskLink, KioskState, stateOf } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Table, useSorted, type Column, type Order } from '../parts/table';
import { openKiosk, param, replaceParams } from '../route';
import { admin } from '../session';
import type { KioskRow } from '../wire';

const stateRank = { offline: 0, online: 1, off: 2 };

const columns = computed((): Column<KioskRow>[] => {
  const t = texts.value, k = t.kiosk;
  return [
    { key: 'state', title: k.state, width: '130px', cell: (row) => <KioskState kiosk={row} />, sort: (row) => stateRank[stateOf(row)], csv: (row) => k[stateOf(row)] },
    { key: 'id', title: k.id, width: 'minmax(120px, 1fr)', cell: (row) => <><KioskLink id={row.id} /><span class="under">{row.name}</span></>, sort: (row) => row.id, csv: (row) => row.id },
    { key: 'name', title: k.name, width: 'minmax(140px, 1.6fr)', from: 480, cell: (row) => row.name, sort: (row) => row.name.toLowerCase() || null, csv: (row) => row.name },
    { key: 'since', title: k.connected, width: '150px', from: 900, cell: (row) => (row.connected_at ? <Ago at={row.connected_at} /> : t.unit.none), sort: (row) => row.connected_at, csv: (row) => row.connected_at },
    { key: 'address', title: k.address, width: '140px', from: 1100, cell: (row) => row.address ?? t.unit.none, sort: (row) => row.address, csv: (row) => row.address },
    { key: 'agent', title: k.agent, width: '100px', from: 1200, cell: (row) => row.agent_version ?? (row.online ? k.v1 : t.unit.none), sort: (row) => row.agent_version, csv: (row) => row.agent_version },
    { key: 'rtt', title: k.rtt, width: '100px', from: 760, end: true, cell: (row) => span(row.rtt_ms), sort: (row) => row.rtt_ms, csv: (row) => row.rtt_ms },
    { key: 'in_flight', title: k.inFlight, width: '120px', from: 620, end: true, cell: (row) => number(row.in_flight), sort: (row) => row.in_flight, csv: (row) => row.in_flight },
    { key: 'waiting', title: k.waiting, width: '90px', from: 840, end: true, cell: (row) => number(row.waiting), sort: (row) => row.waiting, csv: (row) => row.waiting },
    { key: 'error', title: k.lastError, width: 'minmax(150px, 1fr)', from: 1000, cell: (row) => (row.last_error ? <span class="two"><span class="mono">{row.last_error.code}</span> <Ago at={row.last_error.at} /></span> : t.unit.none), sort: (row) => row.last_error?.at, csv: (row) => row.last_error && `${row.last_error.code} ${row.last_error.at}` },
  ];
});
const hiddenInTable = computed((): Column<KioskRow>[] => {
  const k = texts.value.kiosk;
  return [
    { key: 'limit', title: k.limit, width: '', cell: () => null, csv: (row) => row.max_in_flight },
    { key: 'created', title: k.created, width: '', cell: () => null, csv: (row) => row.created_at },
    { key: 'issued', title: k.issued, width: '', cell: () => null, csv: (row) => row.token_issued_at },
    { key: 'expires', title: k.expires, width: '', cell: () => null, csv: (row) => row.token_expires_at },
  ];
});

const filters: Record<string, (row: KioskRow) => boolean> = {
  all: () => true, online: (row) => stateOf(row) === 'online', offline: (row) => stateOf(row) === 'offline', off: (row) => !row.enabled,
  busy: (row) => row.in_flight + row.waiting > 0, expiring: (row) => Date.parse(row.token_expires_at) - now() < 30 * 86400_000,
};

export function Kiosks() {
  const t = texts.value;
  const search = param('q').toLowerCase(), state = param('state') in filters ? param('state') : 'all';
  const [key = 'id', way] = (param('sort') || 'id').split('.');
  const order: Order = { key, down: way === 'down' };
  const version = kiosksVersion.value;
  const wanted = useMemo(() => {
    const fits = filters[state]!;
    const found: KioskRow[] = [];
    for (const row of kiosks.values())
      if (fits(row) && (!search || row.id.toLowerCase().includes(search) || row.name.toLowerCase().includes(search) || (row.address ?? '').includes(search))) found.push(row);
    return found;
  }, [version, search, state]);
  const rows = useSorted(wanted, (row) => row.id, columns.value, order);
  const save = () => {
    const all = [...columns.value, ...hiddenInTable.value];
    saveCsv('kiosks', all.map((column) => column.title), rows.map((row) => all.map((column) => column.csv!(row))));
  };
  const options: [string, string][] = [['all', t.kiosk.all], ['online', t.kiosk.online], ['offline', t.kiosk.offline], ['off', t.kiosk.off], ['busy', t.kiosk.busy], ['expiring', t.kiosk.expiring]];
  return (
    <>
      <div class="bar">
        <Filter label={t.common.search} hint={t.kiosk.searchHint} value={param('q')} onInput={(q) => replaceParams({ q })} />
        <Choice label={t.kiosk.state_filter} hidden value={state} options={options} onChange={(value) => replaceParams({ state: value === 'all' ? '' : value })} />
        <span class="count" role="status">{rows.length === kiosks.size ? t.kiosks(kiosks.size) : t.ofKiosks(number(rows.length), kiosks.size)}</span>
        <span class="push" />
        <CsvButton onSave={save} />
        {admin.value && <button type="button" class="primary" onClick={addKiosk}><Icon name="plus" />{t.action.add}</button>}
      </div>
      <Table label={t.views.kiosks} rows={rows} columns={columns.value} rowKey={(row) => row.id} order={order} onOrder={(next) => replaceParams({ sort: `${next.key}.${next.down ? 'down' : 'up'}` })} onOpen={(row) => openKiosk(row.id)}
        empty={!kiosksComplete.value ? t.common.loading : kiosks.size ? t.common.filtered : t.kiosk.noneYet} />
    </>
  );
}
