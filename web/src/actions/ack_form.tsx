// An answer that its caller may have missed is confirmed: somebody has made sure that the backend knows of it. What
// happened the answer itself says.
import { useState } from 'preact/hooks';
import { call } from '../api';
import { Field } from '../parts/bits';
import { Ask, say, show } from '../parts/dialog';
import { texts } from '../i18n';
import type { Body, RequestDetail } from '../wire';

type Result = Body<'resolveRequest'>['result'];
const resultOf: { [said: string]: Result } = { success: 'done', declined: 'not_done', failed: 'not_done' };
export const saysWhatHappened = (row: RequestDetail) => resultOf[row.result ?? ''] !== undefined;

function Ack({ row, onClose }: { row: RequestDetail; onClose: () => void }) {
  const [note, setNote] = useState('');
  const t = texts.value.request;
  const onOk = async () => {
    await call('POST', `/api/requests/${row.request_id}/resolve`, { result: resultOf[row.result!]!, note: note.trim() } satisfies Body<'resolveRequest'>);
    say(t.ackSaid);
    return '';
  };
  return (
    <Ask title={t.ack} text={t.ackText(t.results[row.result!] ?? row.result!)} ok={t.ack} onOk={onOk} onClose={onClose}>
      <Field label={t.resolveNote} value={note} onInput={setNote} hint={t.resolveNoteHint} />
    </Ask>
  );
}
export const ackRequest = (row: RequestDetail) => show((close) => <Ack row={row} onClose={close} />);
