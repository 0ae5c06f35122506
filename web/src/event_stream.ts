// One server-sent event stream over fetch: unlike EventSource it survives every kind of failure (a 503 while the gateway
// restarts ends an EventSource for good), keeps Last-Event-ID across its own reconnects, and notices a silent line.
export interface StreamEvent { type: string; data: string }
export interface StreamHandlers {
  onEvent: (event: StreamEvent, id: string | null) => void;
  onState: (state: 'open' | 'down', status: number) => void;  // status: of the answer; 0: there was none
}

const SILENCE_MAX_MS = 40_000;  // the gateway says something every 15 s
const RETRY_MAX_MS = 15_000;

export class EventStream {
  #retryMs = 2000;
  #failures = 0;
  #stopped = false;
  #abort = new AbortController();
  #timer = 0;

  // `#lastId`: where another stream stopped; empty: from the beginning.
  #lastId: string;
  constructor(private readonly url: string, private readonly handlers: StreamHandlers, lastId = '') {
    this.#lastId = lastId;
    void this.#run();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#abort.abort();
  }
  // Somebody does not want to wait, or the browser says that the network is back.
  reconnectNow() {
    if (!this.#timer || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    void this.#run();
  }

  async #run() {
    this.#timer = 0;
    this.#abort = new AbortController();
    let status = 0;
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (this.#lastId) headers['Last-Event-ID'] = this.#lastId;
      const response = await fetch(this.url, { headers, cache: 'no-store', credentials: 'same-origin', signal: this.#abort.signal });
      status = response.status;
      if (response.ok && response.body) {
        this.#failures = 0;
        this.handlers.onState('open', status);
        await this.#read(response.body);
      } else {
        await response.body?.cancel();
      }
    } catch { /* told below */ }
    if (this.#stopped) return;
    this.handlers.onState('down', status);
    if (this.#stopped) return;
    // 2, 4, 8, 15 s and some jitter: fifty dashboards do not come back in the same moment.
    const wait = Math.min(RETRY_MAX_MS, this.#retryMs * 2 ** Math.min(this.#failures++, 5)) * (0.75 + Math.random() / 2);
    this.#timer = window.setTimeout(() => void this.#run(), wait);
  }

  async #read(body: ReadableStream<Uint8Array>) {
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    const parser = new EventParser(
      (event, id) => { this.handlers.onEvent(event, id); if (id !== null) this.#lastId = id; },
      (ms) => { this.#retryMs = ms; });
    let silence = 0;
    const watch = () => { clearTimeout(silence); silence = window.setTimeout(() => this.#abort.abort(), SILENCE_MAX_MS); };
    try {
      for (;;) {
        watch();
        const { done, value } = await reader.read();
        if (done) return;
        parser.take(value);
      }
    } finally {
      clearTimeout(silence);
    }
  }
}

// The text format of server-sent events, as far as the gateway uses it: LF lines, one line of data an event.
class EventParser {
  #parts: string[] = [];
  #type = '';
  #data = '';
  #id: string | null = null;

  constructor(private readonly onEvent: (event: StreamEvent, id: string | null) => void, private readonly onRetry: (ms: number) => void) {}

  take(text: string) {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#parts.push(text.slice(from, end));
      this.#line(this.#parts.join(''));
      this.#parts = [];
      from = end + 1;
    }
    if (from < text.length) this.#parts.push(text.slice(from));
  }

  #line(raw: string) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    if (colon === 0) return;  // a comment: only a sign of life
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data += this.#data ? `\n${value}` : value;
    else if (field === 'id') this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.onRetry(Number(value));
  }

  #end() {
    if (this.#data) this.onEvent({ type: this.#type || 'message', data: this.#data }, this.#id);
    this.#type = this.#data = '';
    this.#id = null;
  }
}
