// The fleet at a glance: figures of this second, what needs a look, and four charts.
import { useMemo } from 'preact/hooks';
import { health, kiosks, kiosksVersion, stats } from '../fleet';
import { clock } from '../clock';
import { number, shortNumber, span, texts } from '../i18n';
import { openAlerts } from '../open_alerts';
import { Ago, alertTones, Badge, KioskName, KioskState, RequestState } from '../parts/bits';
import { Chart, type Line } from '../parts/chart';
import { Misfits } from '../parts/misfits';
import { param, replaceParams, viewHref, withParams } from '../route';
import { series, useSeries, windows, type Window } from '../series';
import type { Alert, RequestRow, SeriesPoint } from '../wire';
import { flapping, useConnections, useLastHour } from './connections';
import { useRequests, useUnclaimed } from './request_list';

function Figure({ name, value, hint, tone, to }: { name: string; value: string; hint?: string; tone?: string; to?: string }) {
  const inside = <><span class="name">{name}</span><span class="value">{value}</span>{hint && <span class="hint">{hint}</span>}</>;
  return to ? <a class={`card figure ${tone ?? ''}`} href={to}>{inside}</a> : <div class={`card figure ${tone ?? ''}`}>{inside}</div>;
}

// Requests a second, from two snapshots of the gateway's counters.
function rateNow(): number | null {
  const value = stats.value;
  if (!value?.before || !value.beforeAt || value.at <= value.beforeAt) return null;
  const now = value.now.requests.ended, before = value.before.requests.ended;
  if (now === null || before === null) return null;  // a key that is limited to some kiosks is told of none
  const ended = now - before;
  return ended < 0 ? null : (ended * 1000) / (value.at - value.beforeAt);
}

function Figures({ points, step, unknown }: { points: SeriesPoint[]; step: number; unknown: string }) {
  const t = texts.value, o = t.overview, now = stats.value?.now, said = health.value;
  const fleet = now?.kiosks ?? (said ? { online: said.active_kiosks, total: said.total_kiosks } : undefined);  // known a second sooner
  const minute = points.slice(-Math.max(1, Math.round(60 / step)));
  const errors = minute.reduce((sum, point) => sum + Object.values(point.errors).reduce((a, b) => a + b, 0), 0);
  const rate = rateNow();
  const p95 = minute.findLast((point) => point.p95_ms !== null)?.p95_ms ?? null;
  return (
    <div class="figures">
      <Figure name={o.perSecond} value={rate === null ? t.unit.none : shortNumber(Math.round(rate * 10) / 10)} />
      <Figure name={o.p95} value={span(p95)} hint={p95 === null ? o.noAnswers : undefined} />
      <Figure name={o.online} value={fleet ? number(fleet.online) : t.unit.none} hint={fleet && t.ofKiosks('', fleet.total)} to={viewHref('kiosks', fleet && fleet.online < fleet.total ? { state: 'offline' } : {})} />
      <Figure name={o.inFlight} value={now ? number(now.requests.in_flight) : t.unit.none} hint={now && now.requests.waiting > 0 ? o.waiting(now.requests.waiting) : undefined} to={viewHref('requests')} />
      {step <= 60 && <Figure name={o.errors} value={number(errors)} tone={errors ? 'warn' : ''} />}
      <Figure name={o.unknown} value={unknown} tone={unknown !== '0' && unknown !== t.unit.none ? 'bad' : ''} to={viewHref('unknown')} />
    </div>
  );
}

const tones = ['bad', 'warn', 'accent', 'violet', 'teal'];
function errorLines(points: SeriesPoint[], step: number, other: string): Line[] {
  const totals = new Map<string, number>();
  for (const point of points) for (const [code, n] of Object.entries(point.errors)) totals.set(code, (totals.get(code) ?? 0) + n);
  const codes = [...totals].sort((a, b) => b[1] - a[1]).map(([code]) => code);
  const named = codes.slice(0, 4), rest = codes.slice(4);
  const lines = named.map((code, index): Line => ({ label: code, tone: tones[index]!, values: points.map((point) => (point.errors[code] ?? 0) / step) }));
  if (rest.length) lines.push({ label: other, tone: tones[4]!, values: points.map((point) => rest.reduce((sum, code) => sum + (point.errors[code] ?? 0), 0) / step) });
  return lines;
}

function Charts({ points, step }: { points: SeriesPoint[]; step: number }) {
  const t = texts.value, o = t.overview;
  const times = useMemo(() => points.map((point) => point.t), [points]);
  const lines = useMemo(() => ({
    rate: [{ label: o.total, tone: 'accent', fill: true, values: points.map((point) => point.requests / step) }, { label: o.answered, tone: 'ok', values: points.map((point) => point.answered / step) }] as Line[],
    latency: [{ label: 'p50', tone: 'ok', values: points.map((point) => point.p50_ms) }, { label: 'p95', tone: 'accent', values: points.map((point) => point.p95_ms) }, { label: 'p99', tone: 'violet', values: points.map((point) => point.p99_ms) }] as Line[],
    errors: errorLines(points, step, o.other),
    online: [{ label: t.kiosk.online, tone: 'ok', fill: true, values: points.map((point) => point.online) }] as Line[],
  }), [points, step, t]);
  const perSecond = (n: number) => t.unit.perSecond(shortNumber(Math.round(n * 100) / 100));
  return (
    <div class="charts">
      <Chart title={o.perSecond} times={times} lines={lines.rate} format={perSecond} empty={o.noData} />
      <Chart title={o.latency} times={times} lines={lines.latency} format={(n) => span(n)} empty={o.noData} />
      <Chart title={o.errorsByKind} times={lines.errors.length ? times : []} lines={lines.errors} format={perSecond} empty={times.length ? o.noErrors : o.noData} />
      <Chart title={o.online} times={times} lines={lines.online} format={(n) => shortNumber(n)} empty={o.noData} />
    </div>
  );
}

// These have cards of their own, with their requests.
const ELSEWHERE = ['payment_unknown', 'unclaimed_answer'];
const SHOWN = 5;

function RequestLine({ row }: { row: RequestRow }) {
  return (
    <li>
      <span class="whose"><a href={withParams({ request: row.request_id })}>{row.kiosk_id} · {row.operation_type}{row.order_id && ` · ${row.order_id}`}</a><KioskName id={row.kiosk_id} /></span>
      <RequestState row={row} /><Ago at={row.created_at} />
    </li>
  );
}
function AlertLine({ row }: { row: Alert }) {
  const a = texts.value.alert;
  const where: Record<string, string> | null = row.request_id ? { request: row.request_id } : row.kiosk_id ? { kiosk: row.kiosk_id } : null;
  const what = row.kiosk_id ?? a.kinds[row.kind] ?? row.kind;
  return (
    <li>
      <span class="whose"><a href={where ? withParams(where) : viewHref('alerts')} title={row.message}>{what}</a>{row.kiosk_id && <KioskName id={row.kiosk_id} />}</span>
      <Badge tone={alertTones[row.severity] ?? 'warn'}>{a.kinds[row.kind] ?? row.kind}</Badge><Ago at={row.raised_at} />
    </li>
  );
}

// What is wrong, the worst first. That nothing is, is only said when all of it is known.
function Look({ unknown, unclaimed, connections }: { unknown: ReturnType<typeof useRequests>; unclaimed: ReturnType<typeof useRequests>; connections: ReturnType<typeof useConnections> }) {
  const t = texts.value, o = t.overview;
  const hour = useLastHour();
  const unstable = flapping(hour.rows.value, clock.value).slice(0, SHOWN);
  const lost = useMemo(() => {
    const seen = new Set<string>();
    return connections.rows.value.filter((row) => !seen.has(row.kiosk_id) && seen.add(row.kiosk_id) && !row.up && kiosks.get(row.kiosk_id)?.enabled).slice(0, SHOWN);
  }, [connections.rows.value, kiosksVersion.value]);
  const alerts = (openAlerts.value ?? []).filter(({ kind }) => !ELSEWHERE.includes(kind));
  const open = unknown.rows.value.slice(0, SHOWN), missed = unclaimed.rows.value.slice(0, SHOWN);
  const misfits = (stats.value?.now.timeouts ?? []).slice(0, SHOWN);
  const ill = health.value && health.value.status !== 'healthy';
  const nothing = !ill && !alerts.length && !openAlerts.value?.length && !open.length && !missed.length && !unstable.length && !lost.length && !misfits.length;
  const known = health.value && openAlerts.value && [unknown, unclaimed, connections, hour].every((list) => list.status.value === 200);
  return (
    <section class="look" aria-labelledby="look">
      <h2 id="look">{o.look}</h2>
      {nothing && <p class="hint">{known ? o.calm : t.common.loading}</p>}
      {ill && <p class="wrong">{health.value!.message || t.health.degraded}</p>}
      <div class="lists">
        {alerts.length > 0 && <div class="card alerts"><h3>{t.views.alerts}</h3><ul>{alerts.slice(0, SHOWN).map((row) => <AlertLine key={row.id} row={row} />)}</ul>{alerts.length > SHOWN && <p><a href={viewHref('alerts')}>{t.alert.open(alerts.length)}</a></p>}</div>}
        {open.length > 0 && <div class="card"><h3>{o.unknownTitle}</h3><ul>{open.map((row) => <RequestLine key={row.request_id} row={row} />)}</ul></div>}
        {missed.length > 0 && <div class="card"><h3>{t.request.unclaimed}</h3><ul>{missed.map((row) => <RequestLine key={row.request_id} row={row} />)}</ul></div>}
        {lost.length > 0 && <div class="card"><h3>{o.offline}</h3><ul>{lost.map((row) => { const kiosk = kiosks.get(row.kiosk_id); return <li key={row.kiosk_id}><a href={withParams({ kiosk: row.kiosk_id })}>{kiosk?.name || row.kiosk_id}</a>{kiosk && <KioskState kiosk={kiosk} />}<Ago at={row.at} /></li>; })}</ul></div>}
        {unstable.length > 0 && <div class="card"><h3>{o.flapping}</h3><ul>{unstable.map(({ kiosk_id, losses }) => <li key={kiosk_id}><a href={withParams({ kiosk: kiosk_id })}>{kiosks.get(kiosk_id)?.name || kiosk_id}</a><span>{t.connection.times(losses)}</span></li>)}</ul></div>}
        {misfits.length > 0 && <Misfits pairs={misfits} />}
      </div>
    </section>
  );
}

export function Overview() {
  const t = texts.value, o = t.overview;
  const chosen = (param('window') in windows ? param('window') : 'm15') as Window;
  useSeries(chosen);
  const unknown = useRequests({ outcome: 'unknown' }, 100);
  const unclaimed = useUnclaimed(100);
  const connections = useConnections('', 1000);
  const current = series.value?.window === chosen ? series.value.data : null;
  const points = current?.points ?? [], step = current?.step_seconds ?? 5;
  const count = unknown.status.value === 200 ? `${number(unknown.rows.value.length)}${unknown.next.value ? '+' : ''}` : t.unit.none;
  return (
    <div class="flow">
      <Figures points={points} step={step} unknown={count} />
      <Look unknown={unknown} unclaimed={unclaimed} connections={connections} />
      <div class="bar">
        <div class="segments" role="group" aria-label={o.window}>
          {(Object.keys(windows) as Window[]).map((one) => <button type="button" key={one} aria-pressed={one === chosen} onClick={() => replaceParams({ window: one === 'm15' ? '' : one })}>{o[one]}</button>)}
        </div>
      </div>
      <Charts points={points} step={step} />
    </div>
  );
}
