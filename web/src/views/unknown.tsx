// Requests of which nobody knows whether they ran: what somebody has to look at.
import { texts } from '../i18n';
import { RequestsCsv, RequestTable, useRequests } from './request_list';

export function Unknown() {
  const t = texts.value;
  const list = useRequests({ outcome: 'unknown' }, 200);
  return (
    <>
      <div class="bar"><p class="text">{t.request.unknownText}</p><span class="push" /><RequestsCsv list={list} name="unknown" /></div>
      <RequestTable list={list} label={t.views.unknown} empty={t.request.unknownNone} />
    </>
  );
}
