// The page's one clock: ticks once a second while somebody looks, and all that shows an age reads it.
import { signal } from '@preact/signals';

export const clock = signal(Date.now());
setInterval(() => { if (!document.hidden) clock.value = Date.now(); }, 1000);
