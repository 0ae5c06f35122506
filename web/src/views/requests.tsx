// The live trace of requests, by kiosk, operation, state, result and time, and by what one rarely asks for.
import { useMemo, useState } from 'preact/hooks';
import { now } from '../clock';
import { texts } from '../i18n';
import { Check, Choice, Filter } from '../parts/bits';
import { param, replaceParams } from '../route';
import { RequestsCsv, RequestTable, useRequests, type RequestFilters } from './request_list';

// What a request is refused with before it is sent.
const ERRORS = ['kiosk_busy', 'kiosk_offline', 'kiosk_disabled', 'caller_gone', 'draining', 'store_unavailable', 'overloaded'];
const SPANS: Record<string, number> = { hour: 3600_000, day: 86_400_000, week: 7 * 86_400_000 };

// The time range: a span up to now, which goes on, or two ends. [from, to]
function useTimes(): [string, string] {
  const time = param('time');
  const since = useMemo(() => (SPANS[time] ? new Date(now() - SPANS[time]).toISOString() : ''), [time]);
  return SPANS[time] ? [since, ''] : time === 'range' ? [param('from'), param('to')] : ['', ''];
}

// As the field has it: in the reader's zone, without one.
const localText = (at: string) => {
  const then = new Date(at);
  return at && !Number.isNaN(then.getTime()) ? new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : '';
};
const isoText = (local: string) => (local ? new Date(local).toISOString() : '');

function Times() {
  const r = texts.value.request;
  const end = (name: 'from' | 'to') => <input type="datetime-local" class="filter" aria-label={r[name]} title={r[name]} value={localText(param(name))} onChange={(event) => replaceParams({ [name]: isoText(event.currentTarget.value) })} />;
  return (
    <>
      <Choice label={r.when} hidden value={param('time')} options={Object.entries(r.times)} onChange={(time) => replaceParams({ time, ...(time === 'range' ? { from: new Date(now() - SPANS.day!).toISOString() } : { from: '', to: '' }) })} />
      {param('time') === 'range' && <>{end('from')}{end('to')}</>}
    </>
  );
}

export function Requests() {
  const t = texts.value, r = t.request;
  const [paused, setPaused] = useState(false);
  const [from, to] = useTimes();
  const filters: RequestFilters = { kiosk_id: param('of'), operation_type: param('operation'), state: param('state'), result: param('result'), unclaimed: param('unclaimed'), outcome: param('outcome'), owner: param('by'), error: param('error'), from, to };
  const list = useRequests(filters, 200, paused);
  const filtered = Object.values(filters).some(Boolean);
  const rare = !!(filters.outcome || filters.owner || filters.error);
  const states: [string, string][] = [['', t.common.all], ...Object.entries(r.states)];
  const results: [string, string][] = [['', r.anyResult], ...Object.entries(r.results)];
  const outcomes: [string, string][] = [['', r.anyOutcome], ...Object.entries(r.outcomes)];
  const errors: [string, string][] = [['', r.anyError], ...ERRORS.map((name): [string, string] => [name, name])];
  return (
    <>
      <div class="bar">
        <Filter label={r.kiosk} hint={r.kioskHint} value={filters.kiosk_id!} onInput={(of) => replaceParams({ of: of.trim() })} />
        <Filter label={r.operation} hint={r.operationHint} value={filters.operation_type!} onInput={(operation) => replaceParams({ operation: operation.trim() })} />
        <Choice label={r.state} hidden value={filters.state!} options={states} onChange={(state) => replaceParams({ state })} />
        <Choice label={r.result} hidden value={filters.result!} options={results} onChange={(result) => replaceParams({ result })} />
        <Times />
        <Check label={r.unclaimedOnly} checked={filters.unclaimed === 'true'} onChange={(on) => replaceParams({ unclaimed: on ? 'true' : '' })} />
        <details class="rare" open={rare}>
          <summary>{r.more}</summary>
          <div class="bar">
            <Choice label={r.outcome} hidden value={filters.outcome!} options={outcomes} onChange={(outcome) => replaceParams({ outcome })} />
            <Choice label={r.error} hidden value={filters.error!} options={errors} onChange={(error) => replaceParams({ error })} />
            <Filter label={r.owner} hint={r.ownerHint} value={filters.owner!} onInput={(by) => replaceParams({ by: by.trim() })} />
          </div>
        </details>
        {filtered && <button type="button" onClick={() => replaceParams({ of: '', operation: '', state: '', result: '', unclaimed: '', outcome: '', by: '', error: '', time: '', from: '', to: '' })}>{t.common.reset}</button>}
        <span class="push" />
        <button type="button" aria-pressed={paused} class={paused ? 'primary' : ''} onClick={() => setPaused(!paused)}>{paused ? r.resume : r.pause}</button>
        <RequestsCsv list={list} name="requests" />
      </div>
      <RequestTable list={list} label={t.views.requests} empty={filtered ? t.common.filtered : r.none} />
    </>
  );
}
