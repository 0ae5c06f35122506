// What an administrator may do to kiosks. Each deed is one question that names the kiosk; what it made is said, and a
// token is shown once.
import { useState } from 'preact/hooks';
import { call, callText, kioskPath } from '../api';
import { Check, CopyButton, Field, Json, QrCode } from '../parts/bits';
import { Ask, Dialog, say, show } from '../parts/dialog';
import { fullTime, span, texts } from '../i18n';
import { closeDrawers } from '../route';
import type { Answer, Body, IssuedToken, KioskRow } from '../wire';

const ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const limitOf = (text: string): number | null | undefined => {
  if (text.trim() === '') return null;
  const n = Number(text);
  return Number.isInteger(n) && n >= 1 && n <= 1000 ? n : undefined;
};

function TokenShown({ issued, onClose }: { issued: IssuedToken; onClose: () => void }) {
  const t = texts.value.action;
  return (
    <Dialog title={t.tokenFor(issued.kiosk_id)} onClose={onClose} stays>
      <p class="text strong">{t.tokenOnce}</p>
      <QrCode text={issued.token} label={t.qr(issued.kiosk_id)} />
      <textarea class="secret mono" readOnly rows={4} value={issued.token} aria-label={t.tokenFor(issued.kiosk_id)} onFocus={(event) => event.currentTarget.select()} />
      <p class="hint">{t.expires(fullTime(issued.expires_at))}</p>
      <footer><CopyButton text={issued.token} /><button type="button" class="primary" onClick={onClose}>{t.closeToken}</button></footer>
    </Dialog>
  );
}
const showToken = (issued: IssuedToken) => show((close) => <TokenShown issued={issued} onClose={close} />);

function Add({ onClose }: { onClose: () => void }) {
  const [id, setId] = useState(''), [name, setName] = useState(''), [limit, setLimit] = useState('');
  const t = texts.value.action;
  const onOk = async () => {
    const max = limitOf(limit);
    if (!ID.test(id)) return t.wrongId;
    if (max === undefined) return t.wrongLimit;
    const issued = await call<IssuedToken>('POST', '/api/kiosks', { id, name, ...(max === null ? {} : { max_in_flight: max }) } satisfies Body<'addKiosk'>);
    say(t.added(id));
    showToken(issued);
    return '';
  };
  return (
    <Ask title={t.add} text={t.addText} ok={t.add} onOk={onOk} onClose={onClose}>
      <Field label={texts.value.kiosk.id} value={id} onInput={setId} hint={t.idHint} mono focus />
      <Field label={texts.value.kiosk.name} value={name} onInput={setName} hint={t.nameHint} />
      <Field label={t.limit} value={limit} onInput={setLimit} hint={t.limitHint} />
    </Ask>
  );
}
export const addKiosk = () => show((close) => <Add onClose={close} />);

interface Of { kiosk: KioskRow; onClose: () => void }
const changed = (id: string) => say(texts.value.action.changed(id));

function Rename({ kiosk, onClose }: Of) {
  const [name, setName] = useState(kiosk.name);
  const t = texts.value.action;
  const onOk = async () => { await call('PATCH', kioskPath(kiosk.id), { name } satisfies Body<'changeKiosk'>); changed(kiosk.id); };
  return <Ask title={t.rename} text={t.renameText(kiosk.id)} ok={texts.value.common.save} onOk={onOk} onClose={onClose}><Field label={texts.value.kiosk.name} value={name} onInput={setName} focus /></Ask>;
}
function Limit({ kiosk, onClose }: Of) {
  const [limit, setLimit] = useState(kiosk.max_in_flight === null ? '' : String(kiosk.max_in_flight));
  const t = texts.value.action;
  const onOk = async () => {
    const max = limitOf(limit);
    if (max === undefined) return t.wrongLimit;
    await call('PATCH', kioskPath(kiosk.id), { max_in_flight: max } satisfies Body<'changeKiosk'>);
    changed(kiosk.id);
    return '';
  };
  return <Ask title={t.limit} text={t.limitText(kiosk.id)} ok={texts.value.common.save} onOk={onOk} onClose={onClose}><Field label={t.limit} value={limit} onInput={setLimit} hint={t.limitHint} focus /></Ask>;
}
function Switch({ kiosk, onClose }: Of) {
  const [force, setForce] = useState(false);
  const t = texts.value.action;
  const onOk = async () => { await call('PATCH', kioskPath(kiosk.id), { enabled: !kiosk.enabled, ...(force ? { force } : {}) } satisfies Body<'changeKiosk'>); changed(kiosk.id); };
  return kiosk.enabled
    ? <Ask title={t.disable} text={t.disableText(kiosk.id)} ok={t.disable} danger onOk={onOk} onClose={onClose}><Check label={t.force} checked={force} onChange={setForce} /></Ask>
    : <Ask title={t.enable} text={t.enableText(kiosk.id)} ok={t.enable} onOk={onOk} onClose={onClose} />;
}
function NewToken({ kiosk, onClose }: Of) {
  const [force, setForce] = useState(false);
  const t = texts.value.action;
  const onOk = async () => { showToken(await call<IssuedToken>('POST', kioskPath(kiosk.id, '/token'), (force ? { force } : {}) satisfies Body<'renewKioskToken'>)); };
  return <Ask title={t.token} text={t.tokenText(kiosk.id)} ok={t.token} danger onOk={onOk} onClose={onClose}><Check label={t.force} checked={force} onChange={setForce} /></Ask>;
}
function Remove({ kiosk, onClose }: Of) {
  const [force, setForce] = useState(false);
  const t = texts.value.action;
  const onOk = async () => { await call('DELETE', kioskPath(kiosk.id, force ? '?force=true' : '')); say(t.removed(kiosk.id)); closeDrawers(); };
  return <Ask title={t.remove} text={t.removeText(kiosk.id)} ok={t.remove} danger onOk={onOk} onClose={onClose}><Check label={t.force} checked={force} onChange={setForce} /></Ask>;
}
function Kick({ kiosk, onClose }: Of) {
  const t = texts.value.action;
  const onOk = async () => { await call('POST', kioskPath(kiosk.id, '/kick')); say(t.kicked(kiosk.id)); };
  return <Ask title={t.kick} text={t.kickText(kiosk.id)} ok={t.kick} danger onOk={onOk} onClose={onClose} />;
}

const isObject = (text: string) => { try { const value: unknown = JSON.parse(text); return typeof value === 'object' && value !== null && !Array.isArray(value); } catch { return false; } };

function Test({ kiosk, onClose }: Of) {
  const [operation, setOperation] = useState('print'), [timeout, setTimeoutText] = useState('30'), [body, setBody] = useState('{}');
  const [answer, setAnswer] = useState<{ text: string; ms: number } | null>(null);
  const t = texts.value.action;
  const onOk = async () => {
    if (!ID.test(operation)) return `${t.operation}: ${t.wrongId}`;
    if (!isObject(body)) return t.bodyWrong;
    const seconds = Number(timeout);
    if (!Number.isInteger(seconds) || seconds < 1) return `${t.timeout}: 1–300`;
    const began = performance.now();
    // Spliced and not stringified, so that 1000.10 stays 1000.10.
    const answered = await callText('POST', kioskPath(kiosk.id, '/send'), `{"operation":${JSON.stringify(operation)},"timeout":${seconds},"body":${body}}`);
    setAnswer({ text: answered, ms: performance.now() - began });
    return '';
  };
  if (answer) {
    return (
      <Dialog title={`${t.answer}: ${kiosk.id}`} onClose={onClose}>
        <p class="text">{t.took(span(answer.ms))}</p>
        <Json text={answer.text} label={t.answer} />
        <footer><button type="button" class="primary" onClick={onClose}>{texts.value.common.close}</button></footer>
      </Dialog>
    );
  }
  return (
    <Ask title={`${t.test}: ${kiosk.id}`} text={t.testText(kiosk.id)} ok={t.send} danger onOk={onOk} working={t.sending} stays onClose={onClose}>
      <Field label={t.operation} value={operation} onInput={setOperation} mono focus />
      <Field label={t.timeout} value={timeout} onInput={setTimeoutText} />
      <Field label={t.body} value={body} onInput={setBody} lines={4} mono />
    </Ask>
  );
}

export async function ping(kiosk: KioskRow) {
  const answer = await call<Answer<'pingKiosk'>>('POST', kioskPath(kiosk.id, '/ping'));
  say(texts.value.action.pong(kiosk.id, span(answer.round_trip_ms)));
}

const forms = { rename: Rename, limit: Limit, enabled: Switch, token: NewToken, remove: Remove, kick: Kick, test: Test };
export type Deed = keyof typeof forms;
export const ask = (deed: Deed, kiosk: KioskRow) => show((close) => { const Form = forms[deed]; return <Form kiosk={kiosk} onClose={close} />; });
