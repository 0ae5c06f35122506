// Requests of which nobody knows whether they ran, and answers that their callers may not have got: what somebody has
// to look at.
import { texts } from '../i18n';
import { RequestsCsv, RequestTable, useRequests, useUnclaimed } from './request_list';

export function Unknown() {
  const t = texts.value;
  const list = useRequests({ outcome: 'unknown' }, 200), missed = useUnclaimed(200);
  const both = missed.rows.value.length > 0;
  return (
    <>
      <div class="bar"><p class="text">{t.request.unknownText}</p><span class="push" /><RequestsCsv list={list} name="unknown" /></div>
      <RequestTable list={list} label={t.views.unknown} empty={t.request.unknownNone} short={both} />
      {both && <><h2>{t.request.unclaimed}</h2><div class="bar"><p class="text">{t.request.unclaimedText}</p><span class="push" /><RequestsCsv list={missed} name="unclaimed" /></div><RequestTable list={missed} label={t.request.unclaimed} empty="" short /></>}
    </>
  );
}
