// Dead letters are sent again: one at once, or all since a time.
import { useState } from 'preact/hooks';
import { call, failure } from '../api';
import { now } from '../clock';
import { Choice } from '../parts/bits';
import { Ask, say, show } from '../parts/dialog';
import { texts } from '../i18n';
import type { Answer, Body } from '../wire';

type Replayed = Answer<'replayCallbacks'>;
const replay = (form: Body<'replayCallbacks'>) => call<Replayed>('POST', '/api/callbacks/replay', form);
const told = ({ replayed, more }: Replayed) => { const t = texts.value.callback; say(more ? t.replayedMore(replayed) : t.replayed(replayed)); };

// id: of a callback, or of a request.
export async function replayOne(id: string, onDone: () => void) {
  try {
    told(await replay({ id }));
    onDone();
  } catch (error) { say(failure(error).text); }
}

const spans: Record<string, number> = { hour: 3_600_000, day: 86_400_000, days3: 3 * 86_400_000, all: Infinity };
function ReplayAll({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [since, setSince] = useState('day');
  const t = texts.value.callback;
  const onOk = async () => {
    const span = spans[since]!;
    told(await replay({ since: new Date(span === Infinity ? 0 : now() - span).toISOString() }));
    onDone();
    return '';
  };
  return (
    <Ask title={t.replayAll} text={t.replayText} ok={t.replay} onOk={onOk} onClose={onClose}>
      <Choice label={t.since} value={since} onChange={setSince} options={Object.keys(spans).map((one) => [one, t.sinces[one]!])} />
    </Ask>
  );
}
export const replayAll = (onDone: () => void) => show((close) => <ReplayAll onClose={close} onDone={onDone} />);
