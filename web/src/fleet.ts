// All that the event stream tells, gathered in plain maps and shown at most once a second: events only mark what
// changed, and one flush tells the signals. Everything here is bounded; what is older is asked of the gateway.
import { batch, signal } from '@preact/signals';
import { gatewaySays, now } from './clock';
import type { StreamEvent } from './event_stream';
import { ask, session, sessionEnded } from './session';
import { SharedStream } from './shared_stream';
import type { Alert, AuditEntry, Connection, Events, Health, KioskRow, RequestRow, Stats } from './wire';

const FLUSH_MS = 1000;
const BATCH_MAX = 2000;

export type LinkState = 'connecting' | 'open' | 'down';
export const link = signal<LinkState>('connecting');
export const lastNews = signal(0);

export const kiosks = new Map<string, KioskRow>();
export const kiosksVersion = signal(0);
export const kiosksComplete = signal(false);
export const health = signal<Health | null>(null);
export const stats = signal<{ now: Stats; at: number; before?: Stats; beforeAt?: number } | null>(null);

// What came since the last flush, for the lists that go on live. `epoch`: a list has to be fetched anew.
export interface Batch<Row> { rows: Row[]; skipped: number }
export const requestBatch = signal<Batch<RequestRow>>({ rows: [], skipped: 0 });
export const historyBatch = signal<Batch<Connection>>({ rows: [], skipped: 0 });
export const auditBatch = signal<Batch<AuditEntry>>({ rows: [], skipped: 0 });
export const alertBatch = signal<Batch<Alert>>({ rows: [], skipped: 0 });
export const epoch = signal(0);

const gathered = { requests: empty<RequestRow>(), history: empty<Connection>(), audit: empty<AuditEntry>(), alerts: empty<Alert>() };
const changed = { kiosks: false, complete: false, epoch: false };
let arriving = new Set<string>();  // ids of a snapshot that is not complete yet
let news: { health?: Health; stats?: Stats; at: number } = { at: 0 };

function empty<Row>(): Batch<Row> { return { rows: [], skipped: 0 }; }
function gather<Row>(into: Batch<Row>, { rows, skipped }: Batch<Row>) {
  into.rows.push(...rows);
  into.skipped += skipped;
  const over = into.rows.length - BATCH_MAX;
  if (over > 0) { into.rows.splice(0, over); into.skipped += over; }
}

function takeKiosks(data: Events['kiosks']) {
  if (data.reset) { arriving = new Set(); changed.epoch = true; kiosksSnapshot = true; }
  for (const row of data.rows) {
    kiosks.set(row.id, row);
    if (kiosksSnapshot) arriving.add(row.id);
  }
  for (const id of data.removed) kiosks.delete(id);
  // The old rows stay on the screen until the new snapshot is whole.
  if (data.complete && kiosksSnapshot) {
    for (const id of kiosks.keys()) if (!arriving.has(id)) kiosks.delete(id);
    arriving = new Set();
    kiosksSnapshot = false;
    changed.complete = true;
  }
  changed.kiosks = true;
}
let kiosksSnapshot = false;

const takers: { [Name in keyof Events]: (data: Events[Name]) => void } = {
  hello: (data) => { gatewaySays(Date.parse(data.time)); hello = data; news.health = data.health; },
  health: (data) => { news.health = data; },
  stats: (data) => { news.stats = data; },
  kiosks: takeKiosks,
  requests: (data) => gather(gathered.requests, data),
  history: (data) => gather(gathered.history, data),
  audit: (data) => gather(gathered.audit, data),
  alerts: (data) => gather(gathered.alerts, data),
};
function take({ type, data }: StreamEvent) {
  news.at = now();
  if (Object.hasOwn(takers, type)) takers[type as keyof Events](JSON.parse(data));  // a newer gateway says more
  schedule();
}

// All that this tab knows, as the gateway would say it to one that has just come.
let hello: Events['hello'] | null = null;
function snapshot(): StreamEvent[] {
  if (!hello) return [];
  const event = <Name extends keyof Events>(type: Name, data: Events[Name]): StreamEvent => ({ type, data: JSON.stringify(data) });
  const events = [event('hello', { ...hello, time: new Date(now()).toISOString(), health: news.health ?? health.value ?? hello.health })];
  const latest = news.stats ?? stats.value?.now;
  if (latest) events.push(event('stats', latest));
  events.push(event('kiosks', { reset: true, complete: !kiosksSnapshot, rows: [...kiosks.values()], removed: [] }));
  return events;
}

let flushTimer = 0, lastFlush = 0;
function schedule() {
  if (flushTimer || document.hidden) return;
  flushTimer = window.setTimeout(flush, Math.max(0, lastFlush + FLUSH_MS - Date.now()));
}
function pass<Row>(from: Batch<Row>, to: { value: Batch<Row> }) {
  if (!from.rows.length && !from.skipped) return;
  to.value = { rows: from.rows.splice(0), skipped: from.skipped };
  from.skipped = 0;
}
export function flush() {
  clearTimeout(flushTimer);
  flushTimer = 0;
  lastFlush = Date.now();
  batch(() => {
    if (news.at) lastNews.value = news.at;
    if (news.health) health.value = news.health;
    if (news.stats) stats.value = { now: news.stats, at: news.at, before: stats.value?.now, beforeAt: stats.value?.at };
    news = { at: 0 };
    if (changed.complete) kiosksComplete.value = true;
    if (changed.kiosks) kiosksVersion.value++;
    if (changed.epoch) epoch.value++;
    changed.kiosks = changed.complete = changed.epoch = false;
    pass(gathered.requests, requestBatch);
    pass(gathered.history, historyBatch);
    pass(gathered.audit, auditBatch);
    pass(gathered.alerts, alertBatch);
  });
}
document.addEventListener('visibilitychange', () => { if (!document.hidden) schedule(); });

let stream: SharedStream | null = null;
export const reconnectNow = () => stream?.reconnectNow();
addEventListener('online', reconnectNow);

export function watch() {
  stream?.stop();
  link.value = 'connecting';
  const who = session.value;
  stream = new SharedStream('/api/events', `kgw events ${who?.how} ${who?.name} ${who?.scopes.join()}`, {
    onEvent: take,
    snapshot,
    onState: (state, status) => {
      if (status === 401) { stopWatching(); sessionEnded(); return; }
      link.value = state;
    },
  });
}
export function stopWatching() {
  stream?.stop();
  stream = null;
  hello = null;
  batch(() => {
    kiosks.clear();
    kiosksVersion.value++;
    kiosksComplete.value = false;
    stats.value = null;
  });
}
// A local reader may have become a stranger meanwhile (the first send key was made).
export const lookAgain = () => void ask();
