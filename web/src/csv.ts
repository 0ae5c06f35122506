// Tables as CSV files. Whoever opens one in a spreadsheet must not run what a kiosk's name says: a text that a
// spreadsheet would take for a formula gets an apostrophe in front (OWASP "CSV injection").
import { now } from './clock';

export type CsvValue = string | number | boolean | null | undefined;

export function csvCell(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[\s\u0000-\u001f]*[=+\-@\t\r＝＋－＠]/.test(value) ? `'${value}` : value;
  return /[",;\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvText = (rows: CsvValue[][]) => rows.map((row) => row.map(csvCell).join(',') + '\r\n').join('');

export const saveCsv = (name: string, head: string[], rows: CsvValue[][]) => saveText(name, [csvText([head, ...rows])]);
export function saveText(name: string, parts: string[]) {
  const url = URL.createObjectURL(new Blob(['\ufeff', ...parts], { type: 'text/csv;charset=utf-8' }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = `${name}-${new Date(now()).toISOString().slice(0, 19).replaceAll(':', '')}.csv`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
