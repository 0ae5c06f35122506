// Small pieces that many views show: ages, states, links into drawers, what is shown once.
import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { encode } from 'uqr';
import { clock } from '../clock';
import { kiosks, kiosksVersion } from '../fleet';
import { ago, fullTime, texts } from '../i18n';
import { indented } from '../json_text';
import { withParams } from '../route';
import type { KioskRow, RequestRow } from '../wire';
import { Icon } from './icons';

// Only the text changes as time goes by; the component around it is not drawn again.
export function Ago({ at }: { at: string | null | undefined }) {
  return <time dateTime={at ?? undefined} title={at ? fullTime(at) : undefined}><AgoText key={at ?? ''} at={at} /></time>;
}
function AgoText({ at }: { at: string | null | undefined }) {
  const text = useComputed(() => ago(at, clock.value));
  return <>{text}</>;
}

export const stateOf = (kiosk: KioskRow): 'off' | 'online' | 'offline' => (!kiosk.enabled ? 'off' : kiosk.online ? 'online' : 'offline');
const stateTone = { off: 'quiet', online: 'ok', offline: 'bad' } as const;
export function KioskState({ kiosk }: { kiosk: KioskRow }) {
  const state = stateOf(kiosk);
  return <Badge tone={stateTone[state]}>{texts.value.kiosk[state]}</Badge>;
}

export const alertTones: Record<string, Tone> = { critical: 'bad', warning: 'warn', info: 'busy' };
export type Tone = 'ok' | 'warn' | 'bad' | 'quiet' | 'busy';
export const Badge = ({ tone, icon, children }: { tone: Tone; icon?: string; children: ComponentChildren }) => <span class={`badge ${tone}`}>{icon ? <Icon name={icon} /> : <i aria-hidden="true" class="dot" />}{children}</span>;

const requestTones: Record<string, Tone> = { accepted: 'busy', dispatched: 'busy', timed_out: 'bad', rejected: 'quiet', cancelled: 'quiet' };
// Of an answer, what it says: a decline must never look like a success, nor a device that fails like either.
const resultLooks: Record<string, [Tone, string]> = { success: ['ok', 'check'], declined: ['warn', 'cross'], failed: ['bad', 'warning'], error: ['bad', 'warning'], unknown: ['bad', 'question'], unclassified: ['quiet', 'answer'] };
export function RequestState({ row }: { row: Pick<RequestRow, 'state' | 'outcome' | 'result' | 'late'> }) {
  const t = texts.value.request;
  if (row.state !== 'answered') return <Badge tone={requestTones[row.state] ?? 'quiet'}>{t.states[row.state] ?? row.state}</Badge>;
  const result = row.result ?? (row.outcome === 'unknown' ? 'unknown' : 'unclassified');
  const [tone, icon] = resultLooks[result] ?? resultLooks.unclassified!;
  return <Badge tone={tone === 'ok' && row.late ? 'warn' : tone} icon={icon}>{t.results[result] ?? result}{row.late ? `, ${t.late}` : ''}</Badge>;
}

export const tookMs = (row: Pick<RequestRow, 'created_at' | 'answered_at'>) => (row.answered_at ? Date.parse(row.answered_at) - Date.parse(row.created_at) : null);

const inside = (event: Event) => event.stopPropagation();
export const KioskLink = ({ id }: { id: string }) => <a href={withParams({ kiosk: id, order: '', request: '' })} onClick={inside} tabIndex={-1}>{id}</a>;
// For people; what comes later (the kiosks' snapshot, a new name) changes this text alone.
export function KioskName({ id }: { id: string }) {
  const name = useComputed(() => (kiosksVersion.value >= 0 && kiosks.get(id)?.name) || '');
  return <span class="name" title={name}>{name}</span>;
}
export const OrderLink = ({ id }: { id: string }) => <a href={withParams({ order: id, kiosk: '', request: '' })} onClick={inside} tabIndex={-1}>{id}</a>;
export const RequestLink = ({ id, whole }: { id: string; whole?: boolean }) => <a href={withParams({ request: id })} onClick={inside} class="mono" tabIndex={whole ? undefined : -1}>{whole ? id : `…${id.slice(-12)}`}</a>;

export const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => <div class="fact"><dt>{name}</dt><dd>{children}</dd></div>;

interface FieldProps { label: string; value: string; onInput: (value: string) => void; hint?: string; secret?: boolean; lines?: number; mono?: boolean; focus?: boolean; autocomplete?: string }
export function Field({ label, value, onInput, hint, secret, lines, mono, focus, autocomplete = 'off' }: FieldProps) {
  const id = useId();
  const shared = { id, value, class: mono ? 'mono' : '', autocomplete, autofocus: focus, spellcheck: false, 'aria-describedby': hint ? `${id}-hint` : undefined, onInput: (event: Event) => onInput((event.currentTarget as HTMLInputElement).value) };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines ? <textarea rows={lines} {...shared} /> : secret ? <input type="password" {...shared} /> : <input {...shared} />}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
export function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return <label class="check"><input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />{label}</label>;
}
export function Choice<Value extends string>({ label, value, options, onChange, hidden }: { label: string; value: Value; options: [Value, string][]; onChange: (value: Value) => void; hidden?: boolean }) {
  const id = useId();
  return (
    <div class={hidden ? 'choice' : 'field'}>
      <label for={id} class={hidden ? 'hidden' : ''}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as Value)}>{options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}</select>
    </div>
  );
}
export function Filter({ label, value, onInput, hint, id }: { label: string; value: string; onInput: (value: string) => void; hint: string; id?: string }) {
  return <input id={id} type="search" class="filter" aria-label={label} placeholder={hint} value={value} autocomplete="off" spellcheck={false} onInput={(event) => onInput(event.currentTarget.value)} />;
}

export function CopyButton({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try { await navigator.clipboard.writeText(text); } catch {
      // Without TLS there is no clipboard for pages: select it, the rest is the person's Ctrl-C.
      const field = document.querySelector<HTMLTextAreaElement>('textarea.secret');
      field?.select();
      document.execCommand('copy');
    }
    setDone(true);
  };
  return <button type="button" onClick={copy}>{done ? texts.value.common.copied : texts.value.common.copy}</button>;
}

// A QR code as one SVG path: no markup is ever made of data.
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, data } = encode(text, { ecc: 'L', border: 3 });
  let path = '';
  data.forEach((line, y) => line.forEach((dark, x) => { if (dark) path += `M${x} ${y}h1v1h-1z`; }));
  return <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges"><rect width={size} height={size} fill="#fff" /><path d={path} fill="#000" /></svg>;
}

export const CsvButton = ({ onSave }: { onSave: () => void }) => <button type="button" onClick={onSave}><Icon name="down" />{texts.value.common.csv}</button>;

export const Json = ({ text, label }: { text: string; label: string }) => <pre class="json" tabIndex={0} role="region" aria-label={label}>{/^\s*[{[]/.test(text) ? indented(text) : text}</pre>;
