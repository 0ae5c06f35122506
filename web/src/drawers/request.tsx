// One request: its time line from accepted to answered with each hop's time, the kiosk's answer, and for administrators
// who ask for it the body.
import { useEffect, useState } from 'preact/hooks';
import { callText, failure } from '../api';
import { now } from '../clock';
import { requestBatch } from '../fleet';
import { preciseTime, span, fullTime, texts } from '../i18n';
import { memberText } from '../json_text';
import { Badge, Fact, Json, KioskName, RequestState } from '../parts/bits';
import { Dialog } from '../parts/dialog';
import { replayOne } from '../actions/callback_forms';
import { ackRequest, saysWhatHappened } from '../actions/ack_form';
import { Resolutions } from '../actions/resolve_form';
import { go, withParams } from '../route';
import { admin } from '../session';
import { CallbackBadge, isDead, whyOf } from '../views/callbacks';
import type { RequestDetail } from '../wire';

const ms = (at: string | null) => (at ? Date.parse(at) : null);
const final = (row: RequestDetail) => row.state !== 'accepted' && row.state !== 'dispatched';

interface Hop { label: string; from: number; to: number; tone: string }
function hopsOf(row: RequestDetail, now: number): Hop[] {
  const t = texts.value.request;
  const begun = ms(row.created_at)!, sent = ms(row.dispatched_at), answered = ms(row.answered_at), deadline = ms(row.deadline_at)!;
  const end = answered ?? (final(row) ? deadline : now);
  const hops: Hop[] = [{ label: t.hopWait, from: begun, to: sent ?? (final(row) ? begun : now), tone: 'quiet' }];
  if (sent !== null) hops.push({ label: t.hopKiosk, from: sent, to: end, tone: row.state === 'timed_out' ? 'bad' : row.late ? 'warn' : 'accent' });
  return hops;
}

function TimeLine({ row }: { row: RequestDetail }) {
  const t = texts.value, r = t.request;
  const hops = hopsOf(row, now());
  const begun = ms(row.created_at)!, answered = ms(row.answered_at), deadline = ms(row.deadline_at)!;
  const end = Math.max(begun + 1, ...hops.map((hop) => hop.to));
  const part = (at: number) => `${Math.max(0, Math.min(100, ((at - begun) / (end - begun)) * 100))}%`;
  const late = row.late && answered !== null ? r.lateBy(span(answered - deadline)) : '';
  return (
    <section class="card">
      <h3>{r.timeline}</h3>
      <ol class="timeline">
        {hops.map((hop) => (
          <li key={hop.label}>
            <span>{hop.label}</span>
            <span class="track" aria-hidden="true"><i class={`tone-${hop.tone}`} style={{ marginLeft: part(hop.from), width: `max(3px, calc(${part(hop.to)} - ${part(hop.from)}))` }} /></span>
            <b>{span(hop.to - hop.from)}</b>
          </li>
        ))}
        {row.dispatched_at === null && final(row) && <li><span>{r.hopNone}</span></li>}
      </ol>
      <dl class="facts">
        <Fact name={r.created}>{preciseTime(row.created_at)}</Fact>
        <Fact name={r.dispatched}>{preciseTime(row.dispatched_at)}</Fact>
        <Fact name={r.answeredAt}>{preciseTime(row.answered_at)}{late && `, ${late}`}</Fact>
        <Fact name={r.deadline}>{preciseTime(row.deadline_at)}</Fact>
        <Fact name={r.total}>{answered === null ? (final(row) ? t.unit.none : r.running) : span(answered - begun)}</Fact>
      </dl>
    </section>
  );
}

function Body({ id }: { id: string }) {
  const t = texts.value.request;
  const [body, setBody] = useState<{ text: string | null } | null>(null), [wrong, setWrong] = useState('');
  const look = async () => {
    setWrong('');
    try {
      setBody({ text: memberText(await callText('GET', `/requests/${id}?body=1`), 'body') });
    } catch (error) { setWrong(failure(error).text); }
  };
  return (
    <section class="card">
      <h3>{t.body}</h3>
      {!body && <><p class="hint">{t.bodySecret}</p><button type="button" onClick={look}>{t.showBody}</button></>}
      {body && (body.text === null ? <p class="hint">{t.bodyGone}</p> : <Json text={body.text} label={t.body} />)}
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
    </section>
  );
}

function useRequest(id: string) {
  const [found, setFound] = useState<{ row: RequestDetail; answer: string | null } | null>(null), [wrong, setWrong] = useState('');
  const [times, setTimes] = useState(0);
  const news = requestBatch.value.rows.find((one) => one.request_id === id);
  useEffect(() => {
    let current = true;
    callText('GET', `/requests/${id}`).then(
      (text) => { if (current) { setFound({ row: JSON.parse(text), answer: memberText(text, 'response') }); setWrong(''); } },
      (error) => { if (current) setWrong(failure(error).status === 404 ? texts.value.request.notFound : failure(error).text); });
    return () => { current = false; };
  }, [id, news, times]);
  return { row: found?.row, answer: found?.row.response_text ?? found?.answer, wrong, reload: () => setTimes((n) => n + 1) };
}

export function RequestDrawer({ id }: { id: string }) {
  const t = texts.value, r = t.request;
  const { row, answer, wrong, reload } = useRequest(id);
  return (
    <Dialog drawer title={<>{r.title}<span class="mono sub">{id}</span></>} onClose={() => go(withParams({ request: '' }))}>
      {!row && <p class={wrong ? 'wrong' : 'empty'} role={wrong ? 'alert' : undefined}>{wrong || t.common.loading}</p>}
      {row && (
        <>
          <dl class="facts">
            <Fact name={r.state}><RequestState row={row} /></Fact>
            <Fact name={r.outcome}>{row.outcome ? r.outcomes[row.outcome] : r.running}</Fact>
            <Fact name={r.kiosk}><a href={withParams({ kiosk: row.kiosk_id, order: '', request: '' })}>{row.kiosk_id}</a> <KioskName id={row.kiosk_id} /></Fact>
            <Fact name={r.operation}>{row.operation_type}</Fact>
            <Fact name={r.order}>{row.order_id ? <a href={withParams({ order: row.order_id, kiosk: '', request: '' })}>{row.order_id}</a> : t.unit.none}</Fact>
            <Fact name={r.time}>{fullTime(row.created_at)}</Fact>
            {row.resolved && <Fact name={r.resolved}>{r.resolutions[row.resolved.result]}, {row.resolved.by}, {fullTime(row.resolved.at)}{row.resolved.note && `: ${row.resolved.note}`}</Fact>}
            {row.claimed === false && <Fact name={r.received}><Badge tone="bad" icon="warning">{r.notReceived}</Badge></Fact>}
            {row.callback?.state && <Fact name={t.callback.title}><CallbackBadge state={row.callback.state} /> <span class="mono">{row.callback.url}</span>{row.callback.state !== 'delivered' && row.callback.failed_tries ? `, ${whyOf(row.callback)}` : ''}</Fact>}
            {row.error && <Fact name={r.error}><span class="mono">{row.error}</span></Fact>}
          </dl>
          {admin.value && row.outcome === 'unknown' && !row.resolved && <Resolutions row={row} />}
          {admin.value && row.outcome === 'known' && row.claimed === false && (saysWhatHappened(row) ? <p><button type="button" class="primary" onClick={() => ackRequest(row)}>{r.ack}</button></p> : <Resolutions row={row} />)}
          {admin.value && isDead(row.callback?.state ?? null) && <p><button type="button" onClick={() => void replayOne(row.request_id, reload)}>{t.callback.replay}</button></p>}
          <TimeLine row={row} />
          <section class="card"><h3>{r.answer}</h3>{answer ? <Json text={answer} label={r.answer} /> : <p class="hint">{r.noAnswer}</p>}</section>
          {admin.value && <Body id={id} />}
        </>
      )}
    </Dialog>
  );
}
