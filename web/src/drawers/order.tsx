// One order: what was asked for it, oldest first, and what is missing ("paid, no receipt").
import { useEffect, useState } from 'preact/hooks';
import { failure, get } from '../api';
import { requestBatch } from '../fleet';
import { span, texts, when } from '../i18n';
import { Badge, KioskName, RequestState, tookMs, type Tone } from '../parts/bits';
import { Dialog } from '../parts/dialog';
import { go, withParams } from '../route';
import type { Answer, RequestRow } from '../wire';

const STEPS = ['payment', 'fiscal', 'kds', 'print'];  // in the order in which they are due
const PAGES_MAX = 10;

type Fate = 'done' | 'open' | 'unknown' | 'not_done';
function fateOf(row: RequestRow): Fate {
  if (row.resolved) return row.resolved.result === 'done' ? 'done' : 'not_done';
  if (row.state === 'accepted' || row.state === 'dispatched') return 'open';
  if (row.outcome === 'unknown') return 'unknown';
  return row.state === 'answered' && (row.result === 'success' || row.result === 'unclassified') ? 'done' : 'not_done';
}

export type Verdict = 'paid' | 'noReceipt' | 'receiptOpen' | 'receiptUnknown' | 'receiptNotAsked' | 'twice' | 'refunded' | 'open' | 'unknown' | 'notPaid' | 'noPayment';
const tones: Record<Verdict, Tone> = { paid: 'ok', noReceipt: 'bad', receiptOpen: 'busy', receiptUnknown: 'bad', receiptNotAsked: 'warn', twice: 'bad', refunded: 'quiet', open: 'busy', unknown: 'bad', notPaid: 'warn', noPayment: 'quiet' };
// The worst of what can be said: money that nobody knows of, money taken twice, a receipt that is owed.
export function verdictOf(rows: RequestRow[]): Verdict {
  const fates = (operation: string) => rows.filter((row) => row.operation_type === operation).map(fateOf);
  const payments = fates('payment'), receipts = fates('fiscal');
  const paid = payments.filter((fate) => fate === 'done').length - fates('refund').filter((fate) => fate === 'done').length;
  if (payments.includes('unknown')) return 'unknown';
  if (paid > 1) return 'twice';
  if (payments.includes('open')) return 'open';
  if (!payments.length) return 'noPayment';
  if (paid < 1) return payments.includes('done') ? 'refunded' : 'notPaid';
  if (receipts.includes('done')) return 'paid';
  if (receipts.includes('open')) return 'receiptOpen';
  if (receipts.includes('unknown')) return 'receiptUnknown';
  return receipts.length ? 'noReceipt' : 'receiptNotAsked';
}

function useOrder(id: string) {
  const [rows, setRows] = useState<RequestRow[] | null>(null), [wrong, setWrong] = useState('');
  const news = requestBatch.value.rows.find((row) => row.order_id === id);
  useEffect(() => {
    let current = true;
    const load = async () => {
      const all: RequestRow[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < PAGES_MAX; ++pages) {
        const page = await get<Answer<'getOrder'>>(`/api/orders/${encodeURIComponent(id)}`, { limit: 200, cursor });
        all.push(...page.requests);
        if (!page.next || page.requests.length < 200) break;
        cursor = page.next;
      }
      return all;
    };
    load().then((all) => { if (current) { setRows(all); setWrong(''); } }, (error) => { if (current) setWrong(failure(error).text); });
    return () => { current = false; };
  }, [id, news]);
  return { rows, wrong };
}

function Step({ operation, rows }: { operation: string; rows: RequestRow[] }) {
  const t = texts.value, o = t.order;
  return (
    <li>
      <b>{o.operations[operation] ?? operation}</b>
      {rows.length === 0 ? <Badge tone="quiet">{o.notAsked}</Badge> : (
        <ul>
          {rows.map((row) => (
            <li key={row.request_id}>
              <a href={withParams({ request: row.request_id })}>{when(row.created_at)}</a>
              <RequestState row={row} />
              <span>{row.resolved ? t.request.resolutions[row.resolved.result] : row.answered_at ? span(tookMs(row)) : row.error ?? ''}</span>
              <span class="where">{row.kiosk_id} <KioskName id={row.kiosk_id} /></span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

export function OrderDrawer({ id }: { id: string }) {
  const t = texts.value, o = t.order;
  const { rows, wrong } = useOrder(id);
  const others = [...new Set((rows ?? []).map((row) => row.operation_type))].filter((operation) => !STEPS.includes(operation));
  const verdict = rows?.length ? verdictOf(rows) : null;
  return (
    <Dialog drawer title={<>{o.title} {id}</>} onClose={() => go(withParams({ order: '' }))}>
      {wrong && <p class="wrong" role="alert">{wrong}</p>}
      {!rows && !wrong && <p class="empty">{t.common.loading}</p>}
      {rows?.length === 0 && <p class="empty">{o.none}</p>}
      {rows && verdict && (
        <>
          <p class="verdict"><Badge tone={tones[verdict]} icon={tones[verdict] === 'ok' ? 'check' : tones[verdict] === 'bad' ? 'warning' : undefined}>{o.verdicts[verdict]}</Badge> {o.advice[verdict]}</p>
          <ol class="card steps">
            {[...STEPS, ...others].map((operation) => <Step key={operation} operation={operation} rows={rows.filter((row) => row.operation_type === operation)} />)}
          </ol>
        </>
      )}
    </Dialog>
  );
}
