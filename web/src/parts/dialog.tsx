// Dialogs and drawers: the browser's own <dialog>, so that focus stays inside, Escape closes, and what lies below is
// out of reach. One list of what is open, and one line of short messages that screen readers hear.
import { signal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { failure } from '../api';
import { texts } from '../i18n';
import { Icon } from './icons';

const open = signal<{ id: number; content: VNode }[]>([]);
const above = signal<number[]>([]);  // dialogs on the screen, the uppermost last
let next = 1;
export function show(make: (close: () => void) => VNode) {
  const id = next++;
  const close = () => { open.value = open.value.filter((one) => one.id !== id); };
  open.value = [...open.value, { id, content: make(close) }];
}
export function closeAll() { open.value = []; }
export const Dialogs = () => <>{open.value.map(({ id, content }) => <div key={id}>{content}</div>)}</>;

interface Props { title: ComponentChildren; onClose: () => void; children: ComponentChildren; drawer?: boolean; stays?: boolean }

// stays: closed only by its own button: it shows what is never shown again.
export function Dialog({ title, onClose, children, drawer, stays }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const mounted = useRef(true);
  const [id] = useState(() => next++);
  useEffect(() => {
    above.value = [...above.value, id];
    const dialog = element.current!;
    const before = document.activeElement as HTMLElement | null;
    dialog.showModal();
    if (drawer) dialog.querySelector<HTMLElement>('h2')?.focus();
    return () => { mounted.current = false; above.value = above.value.filter((one) => one !== id); dialog.close(); if (before?.isConnected) before.focus(); };
  }, []);
  // A second Escape closes the element whatever the page says.
  const onClosed = () => { if (mounted.current) { if (stays) element.current!.showModal(); else onClose(); } };
  return (
    <dialog ref={element} class={drawer ? 'drawer' : 'dialog'} aria-labelledby={heading} onClose={onClosed}
      onCancel={(event) => { event.preventDefault(); if (!stays) onClose(); }}
      onMouseDown={(event) => { if (event.target === element.current && !stays) onClose(); }}>
      <div class="dialog-in">
        <header>
          <h2 id={heading} tabIndex={-1}>{title}</h2>
          {!stays && <button type="button" class="icon" aria-label={texts.value.common.close} title={texts.value.common.close} onClick={onClose}><Icon name="close" /></button>}
        </header>
        {children}
      </div>
      <Said of={id} />
    </dialog>
  );
}

interface AskProps {
  title: string; text?: string; ok: string; danger?: boolean; onClose: () => void; children?: ComponentChildren; working?: string; stays?: boolean;
  onOk: () => Promise<string | void>;  // a text: what is still wrong; nothing: done
}
// A question with one deed behind it; it closes when that is done, unless it `stays` to show more. What went wrong is told in place, and the form stays.
export function Ask({ title, text, ok, danger, onClose, children, onOk, working, stays }: AskProps) {
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setWrong('');
    try {
      const still = await onOk();
      if (still) setWrong(still);
      else if (!stays) onClose();
    } catch (error) {
      setWrong(failure(error).text);
    }
    setBusy(false);
  };
  const t = texts.value;
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        {text && <p class="text">{text}</p>}
        {children}
        {wrong && <p class="wrong" role="alert">{wrong}</p>}
        <footer>
          <button type="button" onClick={onClose}>{t.common.cancel}</button>
          <button type="submit" class={danger ? 'danger' : 'primary'} disabled={busy}>{busy ? (working ?? t.action.working) : ok}</button>
        </footer>
      </form>
    </Dialog>
  );
}

const said = signal<{ id: number; text: string; bad: boolean }[]>([]);
export function say(text: string, bad = false) {
  const id = next++;
  said.value = [...said.value.slice(-2), { id, text, bad }];
  setTimeout(() => { said.value = said.value.filter((one) => one.id !== id); }, bad ? 12_000 : 6_000);
}
// What lies below an open dialog is out of reach, for screen readers too: the uppermost one says it.
export const Said = ({ of = 0 }: { of?: number }) => ((above.value.at(-1) ?? 0) !== of ? null
  : <div class="said" role="status" aria-live="polite">{said.value.map(({ id, text, bad }) => <p key={id} class={bad ? 'bad' : ''}>{text}</p>)}</div>);
