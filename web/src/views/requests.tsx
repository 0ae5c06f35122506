// The live trace of requests, by kiosk, operation, state or id.
import { useState } from 'preact/hooks';
import { texts } from '../i18n';
import { Check, Choice, Filter } from '../parts/bits';
import { openRequest, param, replaceParams } from '../route';
import { RequestsCsv, RequestTable, useRequests, type RequestFilters } from './request_list';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

function FindById() {
  const [id, setId] = useState(''), [wrong, setWrong] = useState(false);
  const t = texts.value;
  const find = (event: Event) => {
    event.preventDefault();
    setWrong(!ID.test(id.trim()));
    if (ID.test(id.trim())) openRequest(id.trim().toLowerCase());
  };
  return (
    <form class="find" onSubmit={find}>
      <Filter label={t.request.id} hint={t.request.searchHint} value={id} onInput={(text) => { setId(text); setWrong(false); }} />
      <button type="submit">{t.request.open}</button>
      {wrong && <p class="wrong" role="alert">{t.request.badId}</p>}
    </form>
  );
}

export function Requests() {
  const t = texts.value, r = t.request;
  const [paused, setPaused] = useState(false);
  const filters: RequestFilters = { kiosk_id: param('of'), operation_type: param('operation'), state: param('state'), result: param('result'), unclaimed: param('unclaimed') };
  const list = useRequests(filters, 200, paused);
  const filtered = !!(filters.kiosk_id || filters.operation_type || filters.state || filters.result || filters.unclaimed);
  const states: [string, string][] = [['', t.common.all], ...Object.entries(r.states)];
  const results: [string, string][] = [['', r.anyResult], ...Object.entries(r.results)];
  return (
    <>
      <div class="bar">
        <Filter label={r.kiosk} hint={r.kioskHint} value={filters.kiosk_id!} onInput={(of) => replaceParams({ of: of.trim() })} />
        <Filter label={r.operation} hint={r.operationHint} value={filters.operation_type!} onInput={(operation) => replaceParams({ operation: operation.trim() })} />
        <Choice label={r.state} hidden value={filters.state!} options={states} onChange={(state) => replaceParams({ state })} />
        <Choice label={r.result} hidden value={filters.result!} options={results} onChange={(result) => replaceParams({ result })} />
        <Check label={r.unclaimedOnly} checked={filters.unclaimed === 'true'} onChange={(on) => replaceParams({ unclaimed: on ? 'true' : '' })} />
        {filtered && <button type="button" onClick={() => replaceParams({ of: '', operation: '', state: '', result: '', unclaimed: '' })}>{t.common.reset}</button>}
        <FindById />
        <span class="push" />
        <button type="button" aria-pressed={paused} class={paused ? 'primary' : ''} onClick={() => setPaused(!paused)}>{paused ? r.resume : r.pause}</button>
        <RequestsCsv list={list} name="requests" />
      </div>
      <RequestTable list={list} label={t.views.requests} empty={filtered ? t.common.filtered : r.none} />
    </>
  );
}
