// One search box for all, from any view (Ctrl-K): kiosks by id or name, requests by id or its beginning, orders by id.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { failure, get } from './api';
import { kiosks } from './fleet';
import { number, texts } from './i18n';
import { Ago, KioskName, KioskState, RequestState } from './parts/bits';
import { Dialog, show } from './parts/dialog';
import { Icon } from './parts/icons';
import { openKiosk, openOrder, openRequest } from './route';
import type { Answer, Query, RequestRow } from './wire';

const KIOSKS_MAX = 6, REQUESTS_MAX = 6;
const PAGES_MAX = 20;   // a page may be empty and have a next one
const TYPING_MS = 200;
const ID_BEGINNING = /^[0-9a-f]{8}(-([0-9a-f]{0,4}|[0-9a-f]{4}-([0-9a-f]{0,4}|[0-9a-f]{4}-([0-9a-f]{0,4}|[0-9a-f]{4}-[0-9a-f]{0,12}))))?$/i;
const WHOLE_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;  // in whatever was pasted

async function requestsOf(query: Query<'listRequests'>): Promise<RequestRow[]> {
  const rows: RequestRow[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX && rows.length < REQUESTS_MAX; ++pages) {
    const page = await get<Answer<'listRequests'>>('/api/requests', { ...query, limit: 50, cursor });
    rows.push(...page.requests);
    if (!page.next) break;
    cursor = page.next;
  }
  return rows;
}

function kiosksLike(text: string) {
  const wanted = text.toLowerCase(), found = [];
  for (const kiosk of kiosks.values()) {
    if (kiosk.id.toLowerCase().includes(wanted) || kiosk.name.toLowerCase().includes(wanted)) found.push(kiosk);
    if (found.length > 200) break;
  }
  return found.sort((a, b) => Number(b.id.toLowerCase().startsWith(wanted)) - Number(a.id.toLowerCase().startsWith(wanted)) || (a.id < b.id ? -1 : 1)).slice(0, KIOSKS_MAX);
}

const meant = (typed: string) => WHOLE_ID.exec(typed)?.[0].toLowerCase() ?? typed.trim();

interface Hit { key: string; what: string; text: ComponentChildren; open: () => void }
interface Found { of: string; byId: RequestRow[]; ofOrder: RequestRow[]; wrong: string }
const NONE: Found = { of: '', byId: [], ofOrder: [], wrong: '' };

// What the gateway knows of `text`, some time after the last letter.
function useFound(text: string): Found {
  const [found, setFound] = useState(NONE);
  useEffect(() => {
    if (!text) return setFound(NONE);
    let current = true;
    const ask = async () => {
      try {
        const [byId, ofOrder] = await Promise.all([ID_BEGINNING.test(text) ? requestsOf({ request_id: text }) : [], requestsOf({ order_id: text })]);
        if (current) setFound({ of: text, byId, ofOrder, wrong: '' });
      } catch (error) {
        if (current) setFound({ ...NONE, of: text, wrong: failure(error).text });
      }
    };
    const timer = setTimeout(() => void ask(), TYPING_MS);
    return () => { current = false; clearTimeout(timer); };
  }, [text]);
  return found;
}

function hitsOf(text: string, { of, byId, ofOrder }: Found): Hit[] {
  const t = texts.value, f = t.find;
  const request = (row: RequestRow): Hit => ({ key: row.request_id, what: f.request, open: () => openRequest(row.request_id),
    text: <><span>{row.operation_type} · {row.kiosk_id} <KioskName id={row.kiosk_id} /></span><RequestState row={row} /><Ago at={row.created_at} /></> });
  const hits: Hit[] = [];
  if (of === text && ofOrder.length) hits.push({ key: 'order', what: f.order, text: <><b>{text}</b><span>{t.requests(ofOrder.length)}{ofOrder.length >= 50 ? '+' : ''}</span></>, open: () => openOrder(text) });
  if (of === text) hits.push(...byId.slice(0, REQUESTS_MAX).map(request));
  if (text) hits.push(...kiosksLike(text).map((kiosk): Hit => ({ key: `kiosk ${kiosk.id}`, what: f.kiosk, text: <><span>{kiosk.id} <span class="name">{kiosk.name}</span></span><KioskState kiosk={kiosk} /></>, open: () => openKiosk(kiosk.id) })));
  const shown = new Set(hits.map(({ key }) => key));
  if (of === text) hits.push(...ofOrder.slice(0, REQUESTS_MAX).filter((row) => !shown.has(row.request_id)).map(request));
  return hits;
}

function Finder({ onClose }: { onClose: () => void }) {
  const t = texts.value, f = t.find;
  const [typed, setTyped] = useState(''), [at, setAt] = useState(0);
  const entered = useRef(false);  // Enter came before the answer
  const base = useId();
  const text = meant(typed);
  const found = useFound(text);
  const hits = hitsOf(text, found);
  const asking = text !== '' && found.of !== text;
  const chosen = Math.min(at, hits.length - 1);
  const open = (hit: Hit | undefined) => { if (!hit) return; onClose(); hit.open(); };
  useEffect(() => {
    if (!text || asking || !entered.current) return;
    entered.current = false;
    open(hits[chosen]);
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const early = asking || meant((event.currentTarget as HTMLInputElement).value) !== text;  // a scanner types faster than we draw
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hits.length) setAt((chosen + step + hits.length) % hits.length);
    else if (event.key !== 'Enter') return;
    else if (early && at === 0) entered.current = true;
    else open(hits[chosen]);
    event.preventDefault();
  };
  return (
    <Dialog title={f.title} onClose={onClose}>
      <input type="text" class="finder" aria-label={f.hint} placeholder={f.hint} value={typed} autocomplete="off" spellcheck={false} autofocus enterkeyhint="search"
        role="combobox" list={undefined} aria-expanded={hits.length > 0} aria-controls={hits.length ? base : undefined} aria-activedescendant={hits.length ? `${base}-${chosen}` : undefined}
        onInput={(event) => { entered.current = false; setAt(0); setTyped(event.currentTarget.value); }} onKeyDown={onKeyDown} />
      {hits.length > 0 && (
        <ul class="hits" role="listbox" id={base} aria-label={f.title}>
          {hits.map((hit, index) => (
            <li key={hit.key} id={`${base}-${index}`} role="option" aria-selected={index === chosen} onClick={() => open(hit)} onPointerMove={() => setAt(index)}><span class="what">{hit.what}</span>{hit.text}</li>
          ))}
        </ul>
      )}
      {found.wrong && <p class="wrong" role="alert">{found.wrong}</p>}
      <p class="hint" role="status">{!text ? f.help : asking ? t.common.loading : hits.length ? f.found(number(hits.length)) : found.wrong ? '' : f.nothing}</p>
    </Dialog>
  );
}

let shown = false;
export function find() {
  if (shown) return;
  shown = true;
  show((close) => <Finder onClose={() => { shown = false; close(); }} />);
}

// Ctrl-K, or Cmd-K, whatever the keyboard's letters are.
export function useFindKey() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.code !== 'KeyK') return;
      event.preventDefault();
      find();
    };
    addEventListener('keydown', onKey);
    return () => { removeEventListener('keydown', onKey); shown = false; };
  }, []);
}

export const FindButton = () => <button type="button" class="find" aria-keyshortcuts="Control+K" onClick={find}><Icon name="search" /><span>{texts.value.find.open}</span><kbd aria-hidden="true">Ctrl K</kbd></button>;
