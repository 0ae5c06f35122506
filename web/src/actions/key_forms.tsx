// API keys: make, rotate, revoke. A key is shown once, in the answer that made it.
import { useState } from 'preact/hooks';
import { call } from '../api';
import { Check, Choice, CopyButton, Field } from '../parts/bits';
import { Ask, Dialog, say, show } from '../parts/dialog';
import { texts } from '../i18n';
import type { Body, IssuedKey, Key, Scope } from '../wire';

const NAME = /^[A-Za-z0-9_.:-]{1,64}$/;
const whole = (text: string, most: number): number | null | undefined => {
  if (text.trim() === '') return null;
  const n = Number(text);
  return Number.isInteger(n) && n >= 1 && n <= most ? n : undefined;
};

function KeyShown({ issued, onClose }: { issued: IssuedKey; onClose: () => void }) {
  const t = texts.value.key;
  return (
    <Dialog title={t.keyOf(issued.name)} onClose={onClose} stays>
      <p class="text strong">{t.once}</p>
      <textarea class="secret mono" readOnly rows={2} value={issued.key} aria-label={t.keyOf(issued.name)} onFocus={(event) => event.currentTarget.select()} />
      <footer><CopyButton text={issued.key} /><button type="button" class="primary" onClick={onClose}>{texts.value.action.closeToken}</button></footer>
    </Dialog>
  );
}
const showKey = (issued: IssuedKey) => show((close) => <KeyShown issued={issued} onClose={close} />);

interface Props { onClose: () => void; onDone: () => void }

function Add({ onClose, onDone }: Props) {
  const [name, setName] = useState(''), [owner, setOwner] = useState(''), [kiosks, setKiosks] = useState(''), [rate, setRate] = useState(''), [days, setDays] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['send']);
  const t = texts.value.key;
  const onOk = async () => {
    const perSecond = whole(rate, 1_000_000), lasts = whole(days, 3650);
    if (!NAME.test(name) || name === 'admin') return t.wrongName;
    if (!scopes.length) return t.noScope;
    if (perSecond === undefined) return `${t.rate}: ${t.wrongNumber}`;
    if (lasts === undefined) return `${t.expires}: ${t.wrongNumber}`;
    const patterns = kiosks.split(',').map((one) => one.trim()).filter(Boolean);
    const issued = await call<IssuedKey>('POST', '/api/keys', {
      name, scopes, ...(owner ? { owner } : {}), ...(patterns.length ? { kiosks: patterns } : {}),
      ...(perSecond ? { rate_per_second: perSecond } : {}), ...(lasts ? { expires_in_seconds: lasts * 86400 } : {}),
    } satisfies Body<'addKey'>);
    showKey(issued);
    onDone();
    return '';
  };
  const toggle = (scope: Scope) => (on: boolean) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope));
  return (
    <Ask title={t.add} text={t.addText} ok={t.add} onOk={onOk} onClose={onClose}>
      <Field label={t.name} value={name} onInput={setName} hint={t.nameHint} mono focus />
      <fieldset><legend>{t.scopes}</legend>{(['send', 'read', 'admin'] as const).map((scope) => <Check key={scope} label={t.scopeText[scope]!} checked={scopes.includes(scope)} onChange={toggle(scope)} />)}</fieldset>
      <Field label={t.owner} value={owner} onInput={setOwner} hint={t.ownerHint} mono />
      <Field label={t.kiosks} value={kiosks} onInput={setKiosks} hint={t.kiosksHint} mono />
      <Field label={t.rate} value={rate} onInput={setRate} hint={t.rateHint} />
      <Field label={t.expires} value={days} onInput={setDays} hint={t.daysHint} />
    </Ask>
  );
}
export const addKey = (onDone: () => void) => show((close) => <Add onClose={close} onDone={onDone} />);

const overlaps = { now: 0, hour: 3600, day: 86400, week: 604800 };

function Rotate({ key_, onClose, onDone }: Props & { key_: Key }) {
  const [overlap, setOverlap] = useState<keyof typeof overlaps>('day');
  const t = texts.value.key;
  const onOk = async () => {
    showKey(await call<IssuedKey>('POST', `/api/keys/${key_.id}/rotate`, { overlap_seconds: overlaps[overlap] } satisfies Body<'rotateKey'>));
    onDone();
  };
  return (
    <Ask title={t.rotate} text={t.rotateText(key_.name)} ok={t.rotate} onOk={onOk} onClose={onClose}>
      <Choice label={t.overlap} value={overlap} onChange={setOverlap} options={(Object.keys(overlaps) as (keyof typeof overlaps)[]).map((one) => [one, t.overlaps[one]])} />
    </Ask>
  );
}
export const rotateKey = (key: Key, onDone: () => void) => show((close) => <Rotate key_={key} onClose={close} onDone={onDone} />);

function Revoke({ key_, onClose, onDone }: Props & { key_: Key }) {
  const t = texts.value.key;
  const onOk = async () => { await call('DELETE', `/api/keys/${key_.id}`); say(t.revoked(key_.name)); onDone(); };
  return <Ask title={t.revoke} text={t.revokeText(key_.name)} ok={t.revoke} danger onOk={onOk} onClose={onClose} />;
}
export const revokeKey = (key: Key, onDone: () => void) => show((close) => <Revoke key_={key} onClose={close} onDone={onDone} />);
