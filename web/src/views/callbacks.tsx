// Callbacks that did not arrive yet, and those that were given up: whose receiver fails and why, what is sent again.
// The event stream does not have them: asked again now and then.
import { computed } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { replayAll, replayOne } from '../actions/callback_forms';
import { get } from '../api';
import { saveCsv } from '../csv';
import { texts, when } from '../i18n';
import { Ago, Badge, CsvButton, KioskLink, type Tone } from '../parts/bits';
import { usePaged, type Paged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import { openRequest } from '../route';
import { admin } from '../session';
import type { Answer, Callback, CallbackState } from '../wire';
import { ListFoot, Nothing } from './request_list';

const ASK_AGAIN_MS = 10_000, PAGE = 200;
const tones: Record<CallbackState, [Tone, string]> = { owed: ['busy', ''], delivered: ['ok', 'check'], dead: ['bad', 'warning'], gone: ['bad', 'cross'] };

export function CallbackBadge({ state }: { state: CallbackState }) {
  const [tone, icon] = tones[state];
  return <Badge tone={tone} icon={icon || undefined}>{texts.value.callback.states[state]}</Badge>;
}
export const isDead = (state: CallbackState | null) => state === 'dead' || state === 'gone';
export const whyOf = (row: { status?: number | null; why?: string | null }) => (row.status ? texts.value.callback.answered(row.status) : row.why ?? texts.value.unit.none);

function useCallbacks(state: CallbackState): Paged<Callback> {
  const list = usePaged<Callback>({
    filters: state, key: (row) => row.id,
    load: async (cursor) => { const page = await get<Answer<'listCallbacks'>>('/api/callbacks', { state, limit: PAGE, cursor }); return { rows: page.callbacks, next: page.next }; },
  });
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && list.rows.value.length <= PAGE) void list.reload(); }, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return list;
}

const columns = computed((): Column<Callback>[] => {
  const t = texts.value, c = t.callback;
  return [
    { key: 'state', title: c.state, width: 'minmax(120px, 195px)', cell: (row) => <><CallbackBadge state={row.state} /><span class="under">{whyOf(row)}</span></>, csv: (row) => row.state },
    { key: 'owed', title: c.owed, width: '130px', from: 640, cell: (row) => <Ago at={row.owed_at} />, csv: (row) => row.owed_at },
    { key: 'kiosk', title: t.request.kiosk, width: 'minmax(90px, 1fr)', cell: (row) => <><KioskLink id={row.kiosk_id} /><span class="under">{row.operation_type}</span></>, csv: (row) => row.kiosk_id },
    { key: 'owner', title: c.owner, width: 'minmax(80px, 120px)', from: 800, cell: (row) => row.owner ?? t.unit.none, csv: (row) => row.owner },
    { key: 'url', title: c.url, width: 'minmax(140px, 3fr)', from: 700, cell: (row) => <span class="mono" title={row.url}>{row.url}</span>, csv: (row) => row.url },
    { key: 'why', title: c.why, width: 'minmax(100px, 1fr)', from: 1000, cell: (row) => <span title={whyOf(row)}>{whyOf(row)}</span>, csv: (row) => whyOf(row) },
    { key: 'tries', title: c.tries, width: '90px', end: true, from: 480, cell: (row) => row.failed_tries, csv: (row) => row.failed_tries },
    { key: 'next', title: c.next, width: '160px', from: 1000, cell: (row) => (row.next_at ? when(row.next_at) : t.unit.none), csv: (row) => row.next_at },
    { key: 'request', title: t.request.id, width: '0', from: Infinity, cell: () => null, csv: (row) => row.request_id },
  ];
});
const again = (onDone: () => void): Column<Callback> => ({
  key: 'again', title: texts.value.callback.again, width: '172px', cell: (row) => <button type="button" tabIndex={-1} onClick={(event) => { event.stopPropagation(); void replayOne(row.id, onDone); }}>{texts.value.callback.replay}</button>,
});

// Whose receivers do not take what is owed to them; of the rows that are loaded.
function failing(rows: Callback[]): { owner: string; url: string; why: string; waiting: number }[] {
  const by = new Map<string, { owner: string; url: string; why: string; waiting: number }>();
  for (const row of rows) {
    if (!row.failed_tries) continue;
    const url = row.url.replace(/\?.*$/, ''), key = `${row.owner} ${url}`;
    by.set(key, { owner: row.owner ?? texts.value.unit.none, url, why: whyOf(row), waiting: (by.get(key)?.waiting ?? 0) + 1 });
  }
  return [...by.values()].sort((a, b) => b.waiting - a.waiting).slice(0, 12);
}

export function Callbacks() {
  const t = texts.value, c = t.callback;
  const owed = useCallbacks('owed'), dead = useCallbacks('dead'), gone = useCallbacks('gone');
  const reload = () => { for (const list of [owed, dead, gone]) void list.reload(); };
  const lost = [...dead.rows.value, ...gone.rows.value], sick = failing(owed.rows.value);
  const open = (row: Callback) => openRequest(row.request_id);
  const final = columns.value.filter((column) => column.key !== 'next');
  const shown = admin.value ? [...final, again(reload)] : final;
  const csv = () => saveCsv('callbacks', columns.value.map((column) => column.title), [...lost, ...owed.rows.value].map((row) => columns.value.map((column) => column.csv!(row))));
  return (
    <>
      <section class="card strip" aria-labelledby="receivers">
        <h2 id="receivers">{c.receivers}</h2>
        {sick.length === 0 ? <p class="hint">{c.receiversWell}</p> : <ul class="receivers">{sick.map((one) => <li key={`${one.owner} ${one.url}`}>{one.owner}: <span class="mono">{one.url}</span>, <b>{c.waiting(one.waiting)}</b>, {one.why}</li>)}</ul>}
      </section>
      <div class="bar"><h2>{c.dead}</h2><span class="push" />{admin.value && lost.length > 0 && <button type="button" onClick={() => replayAll(reload)}>{c.replayAll}</button>}<CsvButton onSave={csv} /></div>
      <Table label={c.dead} rows={lost} columns={shown} rowKey={(row) => row.id} onOpen={open} short empty={<Nothing list={dead} text={c.deadNone} />} foot={dead.next.value ? <ListFoot list={dead} /> : null} />
      <h2>{c.owedTitle}</h2>
      <Table label={c.owedTitle} rows={owed.rows.value} columns={columns.value} rowKey={(row) => row.id} onOpen={open} short empty={<Nothing list={owed} text={c.owedNone} />} foot={owed.next.value ? <ListFoot list={owed} /> : null} />
    </>
  );
}
