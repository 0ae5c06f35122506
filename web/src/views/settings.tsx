// The settings that count, and where each is from. Secrets come masked from the gateway.
import { computed } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import { get } from '../api';
import { saveCsv } from '../csv';
import { texts } from '../i18n';
import { Badge, CsvButton, Filter } from '../parts/bits';
import { usePaged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import type { Answer, Setting } from '../wire';
import { Nothing } from './request_list';

const columns = computed((): Column<Setting>[] => {
  const t = texts.value, s = t.setting;
  return [
    { key: 'name', title: s.name, width: 'minmax(150px, 1.2fr)', cell: (row) => <span class="mono">{row.name}</span>, csv: (row) => row.name },
    { key: 'value', title: s.value, width: 'minmax(120px, 1.4fr)', cell: (row) => (row.secret && row.value ? <Badge tone="quiet">{s.masked}</Badge> : row.value || <span class="muted">{s.unset}</span>), csv: (row) => (row.secret ? (row.value ? s.masked : '') : row.value) },
    { key: 'source', title: s.source, width: 'minmax(100px, 1fr)', from: 480, cell: (row) => row.source, csv: (row) => row.source },
  ];
});

export function Settings() {
  const t = texts.value;
  const [search, setSearch] = useState('');
  const list = usePaged<Setting>({ filters: '', key: (row) => row.name, load: async () => ({ rows: (await get<Answer<'listSettings'>>('/api/settings')).settings, next: null }) });
  const wanted = search.toLowerCase();
  const rows = useMemo(() => list.rows.value.filter((row) => row.name.toLowerCase().includes(wanted) || (!row.secret && (row.value ?? '').toLowerCase().includes(wanted))), [list.rows.value, wanted]);
  if (list.status.value === 404) return <p class="empty">{t.setting.absent}</p>;
  return (
    <>
      <div class="bar">
        <Filter label={t.common.search} hint={t.setting.searchHint} value={search} onInput={setSearch} />
        <p class="hint">{t.setting.text}</p>
        <span class="push" />
        <CsvButton onSave={() => saveCsv('settings', columns.value.map((column) => column.title), rows.map((row) => columns.value.map((column) => column.csv!(row))))} />
      </div>
      <Table label={t.views.settings} rows={rows} columns={columns.value} rowKey={(row) => row.name} empty={<Nothing list={list} text={search ? t.common.filtered : t.setting.none} />} />
    </>
  );
}
