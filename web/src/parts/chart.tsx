// A time chart: uPlot draws on a canvas, the legend and the summary for screen readers are ours. uPlot sets its styles
// through the DOM, which the page's CSP allows.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockTime, language } from '../i18n';
import { themeChanged } from '../theme';

export interface Line { label: string; tone: string; values: (number | null)[]; fill?: boolean; points?: boolean }
interface Props { title: string; times: number[]; lines: Line[]; format: (n: number) => string; height?: number; hint?: string; empty?: string }

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const lastOf = (values: (number | null)[]) => values.findLast((value) => value !== null) ?? null;

function options(lines: Line[], width: number, height: number, format: (n: number) => string): uPlot.Options {
  const axis = { stroke: color('muted'), grid: { stroke: color('line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
  return {
    width, height, padding: [10, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { setScale: false } },
    scales: { x: { time: true, range: (_self, low, high) => (low === high ? [low - 60, high + 60] : [low, high]) }, y: { range: (_self, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      { ...axis, size: 28, space: 70, values: (_self, splits) => splits.map((at) => clockTime(at * 1000).slice(0, 5)) },
      { ...axis, size: 56, space: 32, values: (_self, splits) => splits.map((value) => format(value)) },
    ],
    series: [{}, ...lines.map((line) => ({
      stroke: color(line.tone), width: line.points ? 0 : 1.75, spanGaps: false,
      points: { show: !!line.points, size: 5, fill: color(line.tone) }, ...(line.points ? { paths: () => null } : {}),
      ...(line.fill ? { fill: `${color(line.tone)}22` } : {}),
    }))],
  };
}

export function Chart({ title, times, lines, format, height = 170, hint, empty }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ times, lines, format });
  latest.current = { times, lines, format };
  const shape = lines.map((line) => line.label + line.tone).join('|');
  const blank = times.length === 0;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || blank) return;
    const made = new uPlot(options(lines, element.clientWidth, height, (n) => latest.current.format(n)), [times, ...lines.map((line) => line.values)] as uPlot.AlignedData, element);
    made.over.addEventListener('mouseleave', () => { if (tip.current) tip.current.textContent = ''; });
    made.over.addEventListener('mousemove', () => {
      const at = made.cursor.idx, now = latest.current;
      if (at == null || !tip.current || now.times[at] === undefined) return;
      tip.current.textContent = [clockTime(now.times[at]! * 1000), ...now.lines.map((line) => `${line.label} ${line.values[at] == null ? '–' : now.format(line.values[at]!)}`)].join(' · ');
    });
    plot.current = made;
    const observer = new ResizeObserver(() => { if (element.clientWidth && element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height }); });
    observer.observe(element);
    return () => { observer.disconnect(); made.destroy(); plot.current = null; };
  }, [shape, themeChanged.value, language.value, height, blank]);

  useEffect(() => { plot.current?.setData([times, ...lines.map((line) => line.values)] as uPlot.AlignedData); }, [times, lines]);

  const summary = lines.map((line) => { const last = lastOf(line.values); return `${line.label}: ${last === null ? '–' : format(last)}`; }).join(', ');
  return (
    <figure class="card chart">
      <figcaption><h2>{title}</h2>{hint && <p class="hint">{hint}</p>}</figcaption>
      {blank ? <p class="empty small">{empty}</p> : (
        <>
          <ul class="legend">
            {lines.map((line) => { const last = lastOf(line.values); return <li key={line.label}><i class={`swatch tone-${line.tone}`} aria-hidden="true" />{line.label} <b>{last === null ? '–' : format(last)}</b></li>; })}
          </ul>
          <div ref={box} class="plot" role="img" aria-label={`${title}. ${summary}`} />
          <div ref={tip} class="tip" aria-hidden="true" />
        </>
      )}
    </figure>
  );
}
