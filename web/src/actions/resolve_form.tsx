// What became of a request whose outcome nobody knew: said once, with a note, and it stands.
import { useState } from 'preact/hooks';
import { call } from '../api';
import { Choice, Field } from '../parts/bits';
import { Ask, say, show } from '../parts/dialog';
import { texts } from '../i18n';
import type { Body, RequestDetail } from '../wire';

type Result = Body<'resolveRequest'>['result'];

function Resolve({ row, onClose }: { row: RequestDetail; onClose: () => void }) {
  const [result, setResult] = useState<Result | ''>(''), [note, setNote] = useState('');
  const t = texts.value.request;
  const onOk = async () => {
    if (result === '') return t.resolveFirst;
    await call('POST', `/api/requests/${row.request_id}/resolve`, { result, note: note.trim() } satisfies Body<'resolveRequest'>);
    say(t.resolvedSaid(t.resolutions[result]!));
    return '';
  };
  return (
    <Ask title={t.resolve} text={t.resolveText(row.operation_type, row.kiosk_id)} ok={t.resolve} onOk={onOk} onClose={onClose}>
      <Choice<Result | ''> label={t.resolveWhat} value={result} onChange={setResult} options={[['', t.resolveChoose], ['done', t.resolutionTexts.done!], ['not_done', t.resolutionTexts.not_done!]]} />
      <Field label={t.resolveNote} value={note} onInput={setNote} hint={t.resolveNoteHint} />
    </Ask>
  );
}
export const resolveRequest = (row: RequestDetail) => show((close) => <Resolve row={row} onClose={close} />);
