// The form in the page's place while nobody is logged in.
import { useState } from 'preact/hooks';
import { failure } from './api';
import { texts } from './i18n';
import { Field } from './parts/bits';
import { ask, login, loginNote, session, wantsLogin } from './session';

export function Login() {
  const [key, setKey] = useState(''), [busy, setBusy] = useState(false), [wrong, setWrong] = useState('');
  const t = texts.value, l = t.login;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!key.trim()) return setWrong(l.empty);
    setBusy(true);
    setWrong('');
    try { await login(key.trim()); } catch (error) {
      const why = failure(error);
      setWrong(why.status === 401 ? l.wrong : why.text);
    }
    setBusy(false);
  };
  const note = loginNote.value;
  return (
    <main class="login" id="content">
      <form class="card" onSubmit={submit} noValidate>
        <h1>{t.title}</h1>
        <p class="text">{l.hint}</p>
        {note && <p class="wrong" role="alert">{note === 'unreachable' ? t.link.unreachable : l[note]}</p>}
        <Field label={l.key} value={key} onInput={setKey} secret mono focus autocomplete="current-password" />
        {wrong && <p class="wrong" role="alert">{wrong}</p>}
        <footer>
          {session.value && <button type="button" onClick={() => { wantsLogin.value = false; }}>{t.common.cancel}</button>}
          {note === 'unreachable' && <button type="button" onClick={() => void ask()}>{t.common.retry}</button>}
          <button type="submit" class="primary" disabled={busy}>{busy ? l.working : l.title}</button>
        </footer>
        <p class="hint">{l.link}</p>
      </form>
    </main>
  );
}
