// A CSV file of all that a list's filters select, not of the rows that happen to be on the screen: read page by page, so
// that neither the gateway nor the page ever holds more than one. A second click stops it. All or nothing: what could
// not be read to the end is not saved.
import { useEffect, useRef, useState } from 'preact/hooks';
import { failure } from '../api';
import { csvText, saveText } from '../csv';
import { number, texts } from '../i18n';
import { say } from './dialog';
import { Icon } from './icons';
import type { Paged } from './paged';
import type { Column } from './table';

const PAGE = 1000;

interface Props<Row> { list: Paged<Row>; name: string; columns: Column<Row>[]; keep?: (row: Row) => boolean }
export function AllCsv<Row>({ list, name, columns, keep }: Props<Row>) {
  const [count, setCount] = useState<number | null>(null);
  const stopped = useRef(false);
  useEffect(() => () => { stopped.current = true; }, []);
  const write = async () => {
    const parts = [csvText([columns.map((column) => column.title)])];
    let before: string | undefined, rows = 0;
    do {
      const page = await list.load(before, PAGE);
      if (stopped.current) return;
      const kept = keep ? page.rows.filter(keep) : page.rows;
      parts.push(csvText(kept.map((row) => columns.map((column) => column.csv!(row)))));
      setCount(rows += kept.length);
      before = page.next ?? undefined;
    } while (before);
    saveText(name, parts);
  };
  const click = async () => {
    if (count !== null) { stopped.current = true; return; }
    stopped.current = false;
    setCount(0);
    try { await write(); } catch (error) { say(texts.value.common.notExported(failure(error).text), true); }
    setCount(null);
  };
  const t = texts.value.common;
  return <button type="button" onClick={click}><Icon name={count === null ? 'down' : 'close'} />{count === null ? t.csv : t.exporting(number(count))}</button>;
}
