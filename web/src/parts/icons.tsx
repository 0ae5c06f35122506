// The page's few icons, drawn with lines; they never stand for a word alone without a label beside them.
const paths: Record<string, string> = {
  overview: 'M4 19V9m5 10V5m5 14v-7m5 7V8', kiosks: 'M7 3h10v14H7zM10 21h4M12 17v4M10 7h4', requests: 'M4 8h13m-4-4 4 4-4 4M20 16H7m4-4-4 4 4 4',
  unknown: 'M9 9a3 3 0 1 1 4 2.8c-.7.3-1 .9-1 1.7v.5M12 17.5v.01M12 3a9 9 0 1 0 .01 0', connections: 'M8 12h8M6 8a4 4 0 0 0 0 8h3M18 8a4 4 0 0 1 0 8h-3', alerts: 'M6 16V11a6 6 0 1 1 12 0v5l2 2H4zM10 21h4',
  audit: 'M6 3h9l4 4v14H6zM9 12h7M9 16h7M9 8h3', keys: 'M8 11a4 4 0 1 0 .01 0M11 14l9-9M16 9l3 3', settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4', close: 'M6 6l12 12M18 6 6 18', sun: 'M12 8a4 4 0 1 0 .01 0M12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.5 1.5m11 11L19 19M19 5l-1.5 1.5m-11 11L5 19',
  out: 'M10 4H5v16h5M9 12h11m-4-4 4 4-4 4', down: 'M12 4v11m-5-5 5 5 5-5M5 20h14', plus: 'M12 5v14M5 12h14',
  search: 'M10.5 4a6.5 6.5 0 1 0 .01 0M15.5 15.5 21 21',
  callbacks: 'M4 6h16v12H4zM4 7l8 6 8-6', check: 'M5 12.5l4.5 4.5L19 7.5', cross: 'M7 7l10 10M17 7 7 17', warning: 'M12 4 3 20h18zM12 10v5M12 17.5v.01', question: 'M8 9a4 4 0 1 1 5.3 3.8c-.9.3-1.3 1-1.3 2v.7M12 19v.01', answer: 'M4 5h16v11H10l-4 4v-4H4z',
};
export const Icon = ({ name }: { name: string }) => (
  <svg class="ic" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false"><path d={paths[name] ?? ''} fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" /></svg>
);
