// Who changed what.
import { computed } from '@preact/signals';
import { get } from '../api';
import { auditBatch } from '../fleet';
import { texts, when } from '../i18n';
import { AllCsv } from '../parts/all_csv';
import { Filter } from '../parts/bits';
import { usePaged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import { param, replaceParams } from '../route';
import type { Answer, AuditEntry } from '../wire';
import { ListFoot, Nothing } from './request_list';

const columns = computed((): Column<AuditEntry>[] => {
  const t = texts.value, a = t.audit;
  return [
    { key: 'time', title: a.time, width: '140px', cell: (row) => <time dateTime={row.at}>{when(row.at)}</time>, csv: (row) => row.at },
    { key: 'action', title: a.action, width: 'minmax(120px, 1fr)', cell: (row) => t.actions[row.action] ?? row.action, csv: (row) => row.action },
    { key: 'target', title: a.target, width: 'minmax(100px, 1fr)', cell: (row) => <span class="mono">{row.target}</span>, csv: (row) => row.target },
    { key: 'who', title: a.who, width: '110px', from: 560, cell: (row) => row.actor, csv: (row) => row.actor },
    { key: 'detail', title: a.detail, width: 'minmax(160px, 2fr)', from: 760, cell: (row) => row.detail, csv: (row) => row.detail },
    { key: 'via', title: a.via, width: '110px', from: 940, cell: (row) => row.via, csv: (row) => row.via },
    { key: 'address', title: a.address, width: '130px', from: 1050, cell: (row) => row.address ?? t.unit.none, csv: (row) => row.address },
  ];
});

export function Audit() {
  const t = texts.value;
  const target = param('of');
  const key = (row: AuditEntry) => `${row.at} ${row.action} ${row.target} ${row.detail}`;
  const list = usePaged<AuditEntry>({
    filters: target, key, live: auditBatch, match: (row) => !target || row.target === target,
    load: async (cursor, limit = 200) => { const page = await get<Answer<'listAudit'>>('/api/audit', { target, limit, cursor }); return { rows: page.entries, next: page.next }; },
  });
  if (list.status.value === 403) return <p class="empty">{t.audit.forbidden}</p>;
  return (
    <>
      <div class="bar">
        <Filter label={t.audit.target} hint={t.audit.targetHint} value={target} onInput={(of) => replaceParams({ of: of.trim() })} />
        <span class="push" />
        <AllCsv list={list} name="audit" columns={columns.value} />
      </div>
      <Table label={t.views.audit} rows={list.rows.value} columns={columns.value} rowKey={key} live={list} empty={<Nothing list={list} text={target ? t.common.filtered : t.audit.none} />}
        foot={list.next.value || list.full.value ? <ListFoot list={list} /> : null} />
    </>
  );
}
