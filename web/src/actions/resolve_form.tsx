// What became of a request whose outcome nobody knew: said once, with a note, and it stands. Two buttons say which of the
// two; a dialog asks once more.
import { useState } from 'preact/hooks';
import { call } from '../api';
import { Field } from '../parts/bits';
import { Ask, say, show } from '../parts/dialog';
import { texts } from '../i18n';
import type { Body, RequestDetail } from '../wire';

type Result = Body<'resolveRequest'>['result'];
const RESULTS: Result[] = ['done', 'not_done'];

function Resolve({ row, result, onClose }: { row: RequestDetail; result: Result; onClose: () => void }) {
  const [note, setNote] = useState('');
  const t = texts.value.request;
  const onOk = async () => {
    await call('POST', `/api/requests/${row.request_id}/resolve`, { result, note: note.trim() } satisfies Body<'resolveRequest'>);
    say(t.resolvedSaid(t.resolutions[result]!));
    return '';
  };
  return (
    <Ask title={t.resolutionTexts[result]!} text={t.resolveText(row.operation_type, row.kiosk_id)} ok={t.resolve} onOk={onOk} onClose={onClose}>
      <Field label={t.resolveNote} value={note} onInput={setNote} hint={t.resolveNoteHint} />
    </Ask>
  );
}

export const Resolutions = ({ row }: { row: RequestDetail }) => (
  <div class="deeds" role="group" aria-label={texts.value.request.resolve}>
    {RESULTS.map((result) => <button type="button" key={result} onClick={() => show((close) => <Resolve row={row} result={result} onClose={close} />)}>{texts.value.request.resolutionTexts[result]}</button>)}
  </div>
);
