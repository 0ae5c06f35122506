// Which language the page speaks, and how it writes numbers, times and spans in it.
import { computed, signal } from '@preact/signals';
import { now } from './clock';
import { en, type Texts } from './texts/en';
import { ru } from './texts/ru';

export const languages: Record<string, { texts: Texts; name: string }> = {
  en: { texts: en, name: 'English' },
  ru: { texts: ru, name: 'Русский' },
};

const chosen = localStorage.getItem('kgw.language');
const wanted = [chosen, ...navigator.languages].map((one) => one?.slice(0, 2)).find((one) => one && one in languages);
export const language = signal(wanted ?? 'en');
export const texts = computed(() => languages[language.value]!.texts);

export function speak(code: string) {
  localStorage.setItem('kgw.language', code);
  language.value = code;
  document.documentElement.lang = code;
}
document.documentElement.lang = language.value;

const formats = computed(() => {
  const code = language.value;
  const day = { day: 'numeric', month: 'short' } as const;
  return {
    number: new Intl.NumberFormat(code),
    short: new Intl.NumberFormat(code, { maximumSignificantDigits: 3 }),
    time: new Intl.DateTimeFormat(code, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }),
    millis: new Intl.DateTimeFormat(code, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false }),
    dayTime: new Intl.DateTimeFormat(code, { ...day, hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }),
    day: new Intl.DateTimeFormat(code, { ...day, year: 'numeric' }),
    full: new Intl.DateTimeFormat(code, { ...day, year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hour12: false }),
  };
});

type At = string | number | null | undefined;
const date = (at: string | number) => new Date(at);

export const number = (n: number) => formats.value.number.format(n);
export const shortNumber = (n: number) => formats.value.short.format(n >= 1000 ? Math.round(n) : n);
export const clockTime = (at: At) => (at == null ? texts.value.unit.none : formats.value.time.format(date(at)));
export const preciseTime = (at: At) => (at == null ? texts.value.unit.none : formats.value.millis.format(date(at)));
export const fullTime = (at: At) => (at == null ? texts.value.unit.none : formats.value.full.format(date(at)));
export const dayOnly = (at: At) => (at == null ? texts.value.unit.none : formats.value.day.format(date(at)));

// Today's times without the day.
export function when(at: At): string {
  if (at == null) return texts.value.unit.none;
  const then = date(at);
  const today = then.toDateString() === new Date(now()).toDateString();
  return (today ? formats.value.time : formats.value.dayTime).format(then);
}

// How long something took: three digits are enough for the eye.
export function span(ms: number | null | undefined): string {
  const { unit } = texts.value;
  if (ms == null || !Number.isFinite(ms)) return unit.none;
  if (ms < 1000) return unit.ms(shortNumber(ms < 10 ? Math.round(ms * 100) / 100 : Math.round(ms)));
  if (ms < 60_000) return unit.s(shortNumber(ms / 1000));
  if (ms < 3_600_000) return unit.min(shortNumber(Math.floor(ms / 60_000)));
  if (ms < 86_400_000) {
    const minutes = Math.floor(ms / 60_000);
    return minutes % 60 && minutes < 600 ? `${unit.h(String(Math.floor(minutes / 60)))} ${unit.min(String(minutes % 60))}` : unit.h(String(Math.floor(minutes / 60)));
  }
  return unit.d(shortNumber(Math.floor(ms / 86_400_000)));
}

export function ago(at: At, now: number): string {
  const { unit } = texts.value;
  if (at == null) return unit.never;
  const ms = now - date(at).getTime();
  if (Math.abs(ms) < 5000) return unit.now;
  const whole = Math.abs(ms) < 60_000 ? Math.floor(Math.abs(ms) / 1000) * 1000 : Math.abs(ms);
  return ms > 0 ? unit.ago(span(whole)) : unit.inFuture(span(whole));
}
