// A list that begins as a page of the journal and goes on live: rows of the event stream that match the filters are put
// in, those that match no more are taken out. Bounded; what is older is a page away. While somebody reads (`hold`), no
// row moves: those on the screen are brought up to date where they are, and `fresh` says how many more have come.
import { useSignal, type ReadonlySignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { failure } from '../api';
import { epoch, type Batch } from '../fleet';

export const LIST_MAX = 5000;

export interface Paged<Row> {
  rows: Signal<Row[]>; next: Signal<string | null>; busy: Signal<boolean>; wrong: Signal<string>; status: Signal<number>; skipped: Signal<number>; full: Signal<boolean>;
  fresh: ReadonlySignal<number>;
  hold: (on: boolean) => void;
  bringIn: () => void;
  older: () => Promise<void>; reload: () => Promise<void>;
  load: Source<Row>['load'];
}
interface Source<Row> {
  load: (before: string | undefined, limit?: number) => Promise<{ rows: Row[]; next: string | null }>;
  filters: string;                    // names what `load` asks for; another one is another list
  key: (row: Row) => string;
  live?: ReadonlySignal<Batch<Row>>;
  match?: (row: Row) => boolean;
  fresher?: (row: Row, than: Row) => boolean;  // a page may be newer than what the stream said before it
  paused?: boolean;
}

function merge<Row>(old: Row[], news: Row[], { key, match = () => true, fresher = () => true }: Source<Row>): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of news) byKey.set(key(row), row);  // the latest of each
  const kept: Row[] = [];
  for (const row of old) {
    const fresh = byKey.get(key(row));
    if (!fresh || !fresher(fresh, row)) kept.push(row);
    else if (match(fresh)) kept.push(fresh);
    byKey.delete(key(row));
  }
  const added = [...byKey.values()].filter(match).sort((a, b) => (key(a) < key(b) ? 1 : -1));
  return added.length ? [...added, ...kept] : kept;
}

export function usePaged<Row>(source: Source<Row>): Paged<Row> {
  const { load, filters, key, live, paused } = source;
  const seen = useRef(live?.value), pending = useRef<Batch<Row>>({ rows: [], skipped: 0 });
  const rows = useSignal<Row[]>([]), next = useSignal<string | null>(null), busy = useSignal(true), wrong = useSignal(''), status = useSignal(0), skipped = useSignal(0), full = useSignal(false);

  const held = useRef(false), waiting = useRef<Batch<Row>>({ rows: [], skipped: 0 }), coming = useRef(new Set<string>());
  const fresh = useSignal(0);
  const forgetWaiting = () => {
    waiting.current = { rows: [], skipped: 0 };
    coming.current = new Set();
    fresh.value = 0;
  };

  const fetchPage = async (before: string | undefined, still: () => boolean) => {
    busy.value = true;
    try {
      const page = await load(before);
      if (!still()) return;
      if (!before) forgetWaiting();  // it has them all
      const known = new Set(rows.value.map(key));
      rows.value = before ? [...rows.value, ...page.rows.filter((row) => !known.has(key(row)))] : page.rows;
      next.value = page.next;
      full.value = false;
      wrong.value = '';
      status.value = 200;
    } catch (error) {
      if (!still()) return;
      wrong.value = failure(error).text;
      status.value = failure(error).status;
    }
    busy.value = false;
    if (pending.current.rows.length) put(pending.current);
    pending.current = { rows: [], skipped: 0 };
  };
  const keep = (news: Batch<Row>) => {
    const byKey = new Map(news.rows.map((row) => [key(row), row]));
    const { match = () => true, fresher = () => true } = source;
    let changed = false;
    const shown = rows.value.map((row) => {
      const now = byKey.get(key(row));
      if (!now) return row;
      byKey.delete(key(row));
      if (!fresher(now, row)) return row;
      changed = true;
      return now;
    });
    if (changed) rows.value = shown;
    for (const [name, row] of byKey) {
      if (!match(row)) coming.current.delete(name);
      else if (coming.current.size < LIST_MAX) coming.current.add(name);
    }
    const rest = waiting.current;
    rest.rows.push(...news.rows);
    rest.skipped += news.skipped;
    const over = rest.rows.length - LIST_MAX;
    if (over > 0) { rest.rows.splice(0, over); rest.skipped += over; }
    fresh.value = coming.current.size;
  };
  const bringIn = () => {
    const news = waiting.current;
    forgetWaiting();
    if (news.rows.length || news.skipped) mergeIn(news);
  };
  const hold = (on: boolean) => {
    held.current = on;
    if (!on) bringIn();
  };
  const put = (news: Batch<Row>) => (held.current ? keep(news) : mergeIn(news));
  const mergeIn = (news: Batch<Row>) => {
    const merged = merge(rows.value, news.rows, source);
    if (merged.length > LIST_MAX) { merged.length = LIST_MAX; next.value = null; full.value = true; }
    rows.value = merged;
    skipped.value += news.skipped;
  };

  useEffect(() => {
    let current = true;
    if (paused) return;
    skipped.value = 0;
    const timer = setTimeout(() => void fetchPage(undefined, () => current), 0);
    return () => { current = false; clearTimeout(timer); };
  }, [filters, epoch.value, paused]);

  useEffect(() => {
    const news = live?.value;
    if (!news || news === seen.current) return;  // it was there before this list was
    seen.current = news;
    if (paused) return;
    if (!busy.value) put(news);
    else if (pending.current.rows.length < LIST_MAX) pending.current.rows.push(...news.rows);
  }, [live?.value]);

  return { rows, next, busy, wrong, status, skipped, full, fresh, hold, bringIn, load, older: () => fetchPage(next.value ?? undefined, () => true), reload: () => fetchPage(undefined, () => true) };
}
