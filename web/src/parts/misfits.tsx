// Timeouts that are the wrong way round: who gives up too early, and the figure to set.
import { shortNumber, texts } from '../i18n';
import type { MisfitTimeouts } from '../wire';
import { Ago } from './bits';

// Always in seconds: that is how they are set.
const seconds = (ms: number) => texts.value.unit.s(shortNumber(ms / 1000));

function sentence(pair: MisfitTimeouts): string {
  const o = texts.value.overview, took = seconds(pair.took_ms), waits = seconds(pair.gateway_waits_ms), set = seconds(pair.set_seconds * 1000);
  if (pair.kind === 'device_answers_late') return o.slowDevice(pair.operation_type ?? '', took, waits, String(pair.set_seconds));
  const shorter = pair.header_timeout_seconds === null ? '' : o.orHeaderTimeout(String(pair.header_timeout_seconds));
  return o.hangsUp(pair.owner, took, waits, set) + shorter;
}

export function Misfits({ pairs }: { pairs: MisfitTimeouts[] }) {
  const o = texts.value.overview;
  return <div class="card"><h3>{o.misfits}</h3><ul>{pairs.map((pair) => <li key={`${pair.kind} ${pair.owner} ${pair.operation_type}`}><span>{sentence(pair)}</span><span>{o.seen(pair.times)}</span><Ago at={pair.last_at} /></li>)}</ul></div>;
}
