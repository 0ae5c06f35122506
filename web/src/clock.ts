// The page's one clock. It shows the gateway's time, not the computer's, which may be hours off: ages, ranges and "expires in"
// are all reckoned from times that the gateway wrote. Between two words of the gateway it runs on by the browser's steady
// clock, so that a computer whose clock is set meanwhile changes nothing.
import { signal } from '@preact/signals';

let said = { time: Date.now(), at: performance.now() };
export const now = () => said.time + (performance.now() - said.at);
export function gatewaySays(time: number) {
  if (!Number.isFinite(time)) return;
  said = { time, at: performance.now() };
  clock.value = now();
}

// Ticks once a second while somebody looks; all that shows an age reads it.
export const clock = signal(now());
setInterval(() => { if (!document.hidden) clock.value = now(); }, 1000);
