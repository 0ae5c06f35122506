// A table that draws only the rows in sight: 10,000 kiosks cost as much as forty. Rows are of one height. For the
// keyboard it is one stop: arrows, Page Up and Down, Home, End move the marked row, Enter opens it. The marked row is
// told to screen readers by aria-activedescendant. Columns appear from the width on where there is room for them.
import { Component, type ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { language, texts } from '../i18n';
import type { CsvValue } from '../csv';
import { LIST_MAX, type Paged } from './paged';

export interface Column<Row> {
  key: string;
  title: string;
  cell: (row: Row) => ComponentChildren;
  width: string;                       // of grid-template-columns
  from?: number;                       // shown when the table is at least this wide
  end?: boolean;                       // figures: to the right
  sort?: (row: Row) => string | number | null | undefined;
  csv?: (row: Row) => CsvValue;
}
export interface Order { key: string; down: boolean }

const ROW_HEIGHT = 44;
// Drawn beyond what is in sight: more where it scrolls to than where it comes from.
const AHEAD = 8, BEHIND = 2;
const STEP = 4;  // the window moves by so many rows, so that most scroll events draw nothing

interface RowProps<Row> {
  row: Row; index: number; id: string; marked: boolean; columns: Column<Row>[]; template: string; language: string;
  onOpen?: (row: Row) => void; tone?: string;
}
class TableRow<Row> extends Component<RowProps<Row>> {
  override shouldComponentUpdate(next: RowProps<Row>) {
    const now = this.props;
    return next.row !== now.row || next.index !== now.index || next.marked !== now.marked || next.columns !== now.columns ||
      next.template !== now.template || next.language !== now.language || next.tone !== now.tone;
  }
  render({ row, index, id, marked, columns, template, onOpen, tone }: RowProps<Row>) {
    return (
      <div role="row" id={id} aria-rowindex={index + 2} aria-selected={marked} class={`row ${marked ? 'marked' : ''} ${tone ?? ''} ${onOpen ? 'opens' : ''}`}
        style={{ transform: `translateY(${index * ROW_HEIGHT}px)`, gridTemplateColumns: template }} onClick={() => onOpen?.(row)}>
        {columns.map((column) => (
          <div role="gridcell" key={column.key} class={column.end ? 'cell end' : 'cell'}>{column.cell(row)}</div>
        ))}
      </div>
    );
  }
}

interface Keyed<Row> { row: Row; key: string; value: string | number | null }

// The last order is the beginning of the next: what hardly changed is sorted in no time.
export function useSorted<Row>(rows: Row[], rowKey: (row: Row) => string, columns: Column<Row>[], order: Order | null): Row[] {
  const last = useRef<Map<string, number>>(new Map());
  return useMemo(() => {
    const by = order && columns.find((column) => column.key === order.key)?.sort;
    if (!by) return rows;
    const sign = order.down ? -1 : 1;
    const old: Keyed<Row>[] = new Array(last.current.size), fresh: Keyed<Row>[] = [];
    for (const row of rows) {
      const one = { row, key: rowKey(row), value: by(row) ?? null };
      const place = last.current.get(one.key);
      if (place === undefined) fresh.push(one);
      else old[place] = one;
    }
    const keyed = old.filter(() => true).concat(fresh);  // filter leaves out the holes
    keyed.sort((a, b) => {
      if (a.value === b.value) return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
      if (a.value === null) return 1;  // what is not known comes last, either way
      if (b.value === null) return -1;
      return a.value < b.value ? -sign : sign;
    });
    last.current = new Map(keyed.map(({ key }, index) => [key, index]));
    return keyed.map(({ row }) => row);
  }, [rows, columns, order?.key, order?.down]);
}

interface Props<Row> {
  label: string; rows: Row[]; columns: Column<Row>[]; rowKey: (row: Row) => string;
  order?: Order | null; onOrder?: (order: Order) => void; onOpen?: (row: Row) => void; tone?: (row: Row) => string;
  empty: ComponentChildren; foot?: ComponentChildren; short?: boolean;
  live?: Pick<Paged<Row>, 'hold' | 'fresh' | 'bringIn'>;  // a list that goes on by itself, and waits while it is read
}

export function Table<Row>({ label, rows, columns, rowKey, order, onOrder, onOpen, tone, empty, foot, short, live }: Props<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const base = useId();
  const [size, setSize] = useState({ width: 0, height: 600 });
  const [{ first, down }, setPlace] = useState({ first: 0, down: true });
  const [marked, setMarked] = useState<string | null>(null);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setSize((old) => (old.width === element.clientWidth && old.height === element.clientHeight ? old : { width: element.clientWidth, height: element.clientHeight }));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [rows.length === 0]);

  const shown = useMemo(() => columns.filter((column) => (column.from ?? 0) <= (size.width || 1e9)), [columns, size.width]);
  const template = shown.map((column) => column.width).join(' ');
  const visible = Math.ceil(size.height / ROW_HEIGHT);
  const top = Math.max(0, Math.min(first, rows.length - visible));
  const begin = Math.max(0, top - (down ? BEHIND : AHEAD));
  const end = Math.min(rows.length, top + visible + STEP + (down ? AHEAD : BEHIND));
  const at = marked === null ? -1 : rows.findIndex((row) => rowKey(row) === marked);

  // Read: a row is under the pointer, or the top is out of sight.
  const over = useRef(false), away = useRef(false);
  const tellHold = () => live?.hold(over.current || away.current);
  const point = (on: boolean) => { over.current = on; tellHold(); };
  useEffect(() => {
    if (rows.length) return;
    over.current = away.current = false;
    tellHold();
  }, [rows.length === 0]);
  useEffect(() => () => live?.hold(false), []);

  useEffect(() => { if (box.current && rows.length === 0) setPlace({ first: 0, down: true }); }, [rows.length]);
  if (rows.length === 0) return <div class="empty">{empty}</div>;

  const onScroll = (event: Event) => {
    const row = Math.floor((event.currentTarget as HTMLElement).scrollTop / ROW_HEIGHT / STEP) * STEP;
    if (row !== first) setPlace({ first: row, down: row > first });
    const was = away.current;
    away.current = (event.currentTarget as HTMLElement).scrollTop > ROW_HEIGHT / 2;
    if (was !== away.current) tellHold();
  };
  const mark = (index: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    setMarked(rowKey(rows[to]!));
    const element = box.current!;
    const top = to * ROW_HEIGHT, head = ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT + head > element.scrollTop + element.clientHeight) element.scrollTop = top + ROW_HEIGHT + head - element.clientHeight;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== box.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, visible - 2);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 };
    if (event.key in moves) { mark(moves[event.key]!); event.preventDefault(); }
    else if ((event.key === 'Enter' || event.key === ' ') && at >= 0 && onOpen) { onOpen(rows[at]!); event.preventDefault(); }
  };
  const t = texts.value;
  const fresh = live?.fresh.value ?? 0;
  const bringIn = () => { box.current!.scrollTop = 0; live!.bringIn(); };

  return (
    <div class={short ? 'table short' : 'table'}>
      {fresh > 0 && <button type="button" class="fresh" onClick={bringIn}>{fresh >= LIST_MAX && '> '}{t.common.fresh(fresh)}</button>}
      <div ref={box} class="scroll" role="grid" aria-label={label} aria-rowcount={rows.length + 1} aria-colcount={columns.length} tabIndex={0}
        aria-activedescendant={at >= begin && at < end ? `${base}-${at}` : undefined} aria-description={onOpen ? t.common.opened : undefined} onScroll={onScroll} onKeyDown={onKeyDown}>
        <div role="rowgroup" class="head">
          <div role="row" aria-rowindex={1} class="row" style={{ gridTemplateColumns: template }}>
            {shown.map((column) => {
              const sorted = order?.key === column.key;
              return (
                <div role="columnheader" key={column.key} class={column.end ? 'cell end' : 'cell'} aria-sort={!column.sort || !onOrder ? undefined : sorted ? (order.down ? 'descending' : 'ascending') : 'none'}>
                  {column.sort && onOrder
                    ? <button type="button" class={sorted ? 'sort sorted' : 'sort'} title={t.common.sort(column.title)} onClick={() => onOrder({ key: column.key, down: sorted ? !order.down : !!column.end })}>
                        {column.title}<span aria-hidden="true" class="arrow">{sorted ? (order.down ? '↓' : '↑') : ''}</span>
                      </button>
                    : column.title}
                </div>
              );
            })}
          </div>
        </div>
        <div role="rowgroup" class="body" onPointerEnter={live && (() => point(true))} onPointerLeave={live && (() => point(false))} style={{ height: `${rows.length * ROW_HEIGHT}px` }}>
          {rows.slice(begin, end).map((row, offset) => {
            const index = begin + offset, key = rowKey(row);
            return <TableRow key={key} row={row} index={index} id={`${base}-${index}`} marked={index === at} columns={shown} template={template} language={language.value}
              onOpen={onOpen && ((opened: Row) => { setMarked(rowKey(opened)); onOpen(opened); })} tone={tone?.(row)} />;
          })}
        </div>
      </div>
      {foot && <div class="foot">{foot}</div>}
    </div>
  );
}
