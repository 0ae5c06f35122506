// The charts' figures: asked of the gateway once a step, and only while somebody looks.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { failure, get } from './api';
import { epoch } from './fleet';
import type { Series } from './wire';

export const windows = { m15: 900, h1: 3600, h24: 86400 } as const;
export type Window = keyof typeof windows;
export const seriesWrong = signal('');
export const series = signal<{ window: Window; data: Series } | null>(null);

export function useSeries(window_: Window) {
  useEffect(() => {
    let current = true, timer = 0;
    const load = async () => {
      let wait = 5;
      try {
        const data = await get<Series>('/api/series', { window: windows[window_] });
        if (!current) return;
        wait = Math.max(5, Math.min(60, data.step_seconds));
        if (!document.hidden) series.value = { window: window_, data };
        seriesWrong.value = '';
      } catch (error) {
        seriesWrong.value = failure(error).text;
      }
      if (current) timer = window.setTimeout(load, wait * 1000);
    };
    void load();
    return () => { current = false; clearTimeout(timer); };
  }, [window_, epoch.value]);
}
