// API keys. Only an administrator who is not limited to some kiosks sees them; the keys themselves nobody does.
import { computed } from '@preact/signals';
import { addKey, revokeKey, rotateKey } from '../actions/key_forms';
import { get } from '../api';
import { saveCsv } from '../csv';
import { dayOnly, number, texts, when } from '../i18n';
import { Badge, CsvButton, type Tone } from '../parts/bits';
import { Icon } from '../parts/icons';
import { usePaged } from '../parts/paged';
import { Table, type Column } from '../parts/table';
import { admin } from '../session';
import type { Answer, Key } from '../wire';
import { Nothing } from './request_list';

const tones: Record<string, Tone> = { active: 'ok', expiring: 'warn', expired: 'quiet', revoked: 'quiet' };
const reloaders = new Set<() => void>();
const reload = () => { for (const one of reloaders) one(); };

const columns = computed((): Column<Key>[] => {
  const t = texts.value, k = t.key;
  return [
    { key: 'name', title: k.name, width: 'minmax(90px, 1fr)', cell: (row) => <span class="mono">{row.name}</span>, csv: (row) => row.name },
    { key: 'state', title: k.state, width: 'minmax(100px, 160px)', from: 420, cell: (row) => <Badge tone={tones[row.state] ?? 'quiet'}>{k.states[row.state]}</Badge>, csv: (row) => k.states[row.state] },
    { key: 'scopes', title: k.scopes, width: '130px', from: 620, cell: (row) => row.scopes.join(', '), csv: (row) => row.scopes.join(' ') },
    { key: 'owner', title: k.owner, width: 'minmax(90px, 1fr)', from: 860, cell: (row) => row.owner, csv: (row) => row.owner },
    { key: 'kiosks', title: k.kiosks, width: 'minmax(90px, 1fr)', from: 980, cell: (row) => row.kiosks.join(', ') || k.allKiosks, csv: (row) => row.kiosks.join(' ') },
    { key: 'rate', title: k.rate, width: '120px', from: 1150, cell: (row) => (row.rate_per_second ? k.perSecond(number(row.rate_per_second)) : t.unit.none), csv: (row) => row.rate_per_second },
    { key: 'created', title: k.created, width: '120px', from: 1050, cell: (row) => dayOnly(row.created_at), csv: (row) => row.created_at },
    { key: 'expires', title: k.expires, width: '130px', from: 760, cell: (row) => (row.expires_at ? when(row.expires_at) : t.unit.none), csv: (row) => row.expires_at },
    { key: 'deeds', title: t.kiosk.actions, width: '190px', cell: (row) => (row.state === 'revoked' || row.state === 'expired' ? '' : <span class="deeds">
      <button type="button" aria-label={`${k.rotate}: ${row.name}`} onClick={() => rotateKey(row, reload)}>{k.rotate}</button>
      <button type="button" class="danger" aria-label={`${k.revoke}: ${row.name}`} onClick={() => revokeKey(row, reload)}>{k.revoke}</button></span>) },
  ];
});

function List() {
  const t = texts.value;
  const list = usePaged<Key>({ filters: '', key: (row) => row.id, load: async () => {
    const { keys } = await get<Answer<'listKeys'>>('/api/keys');
    return { rows: keys.sort((a, b) => (a.created_at < b.created_at ? 1 : -1)), next: null };
  } });
  reloaders.clear();
  reloaders.add(() => void list.reload());
  const saved = columns.value.filter((column) => column.csv);
  return (
    <>
      <div class="bar">
        <span class="push" />
        <CsvButton onSave={() => saveCsv('keys', saved.map((column) => column.title), list.rows.value.map((row) => saved.map((column) => column.csv!(row))))} />
        <button type="button" class="primary" onClick={() => addKey(reload)}><Icon name="plus" />{t.key.add}</button>
      </div>
      <Table label={t.views.keys} rows={list.rows.value} columns={columns.value} rowKey={(row) => row.id} empty={<Nothing list={list} text={t.key.none} />} />
    </>
  );
}
export const Keys = () => (admin.value ? <List /> : <p class="empty">{texts.value.key.adminOnly}</p>);
