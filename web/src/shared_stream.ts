// One event stream for all tabs of a browser. On plain HTTP/1.1 a browser opens six connections to a host, for all its tabs
// together: a stream for each tab would leave none for the seventh, and none for anything else. So one tab, the leader,
// holds the stream and passes on what it says by a BroadcastChannel (which, unlike navigator.locks, is there on plain HTTP
// too); the others follow. Whoever is looked at leads: the timers of hidden tabs are slowed down. A leader that is closed
// says so; one that died is missed, asked for, and replaced. Who takes over goes on where the last one stopped.
import { EventStream, type StreamEvent, type StreamHandlers } from './event_stream';

const ANSWER_MS = 300;    // a leader that lives answers sooner: messages wake a hidden tab too
const SILENCE_MS = 4000;  // the gateway says something every second, and the leader passes it on

type State = Parameters<StreamHandlers['onState']>;
type Message =
  | { kind: 'who' | 'bye' | 'reconnect' }
  | { kind: 'lead'; rank: number }
  | { kind: 'here'; to: string; events: StreamEvent[]; lastId: string; state: State | null }
  | { kind: 'event'; event: StreamEvent; id: string | null }
  | { kind: 'state'; state: State };

export interface SharedHandlers extends StreamHandlers {
  // What a tab that has just come must hear to know what this one knows.
  snapshot: () => StreamEvent[];
}

export class SharedStream {
  readonly #me = crypto.getRandomValues(new Uint32Array(2)).join('.');
  readonly #channel: BroadcastChannel;
  #stream: EventStream | null = null;  // the leader's
  #rank = 0;
  #lastId = '';
  #state: State | null = null;
  #knows = false;  // has heard a snapshot, from the gateway or a leader
  #timer = 0;

  // `name`: of those who may see the same; a tab with another session is in another group.
  constructor(private readonly url: string, name: string, private readonly handlers: SharedHandlers) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<{ from: string; message: Message }>) => this.#hear(data.from, data.message);
    document.addEventListener('visibilitychange', this.#seen);
    addEventListener('pagehide', this.#leave);
    addEventListener('pageshow', this.#back);
    this.#ask();
  }

  stop() {
    document.removeEventListener('visibilitychange', this.#seen);
    removeEventListener('pagehide', this.#leave);
    removeEventListener('pageshow', this.#back);
    this.#leave();
    this.#channel.close();
  }
  reconnectNow() {
    if (this.#stream) this.#stream.reconnectNow();
    else this.#say({ kind: 'reconnect' });
  }

  #say(message: Message) { this.#channel.postMessage({ from: this.#me, message }); }
  #in(ms: number, what: () => void) { clearTimeout(this.#timer); this.#timer = window.setTimeout(what, ms); }

  // Is there a leader? Nobody says so: then it is this one. Not all at the same moment.
  #ask() {
    this.#say({ kind: 'who' });
    this.#in(ANSWER_MS * (1 + Math.random()), () => this.#lead());
  }
  #expect() { this.#in(SILENCE_MS, () => this.#ask()); }

  #lead() {
    if (this.#stream) return;
    clearTimeout(this.#timer);
    this.#rank = Date.now();
    this.#say({ kind: 'lead', rank: this.#rank });
    this.#stream = new EventStream(this.url, {
      onEvent: (event, id) => {
        if (id !== null) this.#lastId = id;
        this.#knows = true;
        this.#say({ kind: 'event', event, id });
        this.handlers.onEvent(event, id);
      },
      onState: (...state) => {
        this.#state = state;
        this.#say({ kind: 'state', state });
        this.handlers.onState(...state);
      },
    }, this.#knows ? this.#lastId : '');
  }
  #follow() {
    this.#stream?.stop();
    this.#stream = null;
    this.#expect();
  }

  #hear(from: string, message: Message) {
    switch (message.kind) {
      case 'who':
        if (this.#stream) this.#say({ kind: 'here', to: from, events: this.#knows ? this.handlers.snapshot() : [], lastId: this.#lastId, state: this.#state });
        return;
      case 'reconnect': return this.#stream?.reconnectNow();
      case 'bye': return this.#stream ? undefined : this.#ask();
      case 'lead':
        // The newer one leads; of two in the same moment, one of them.
        if (this.#stream && (message.rank < this.#rank || (message.rank === this.#rank && from < this.#me))) return this.#say({ kind: 'lead', rank: this.#rank });
        return this.#follow();
      case 'here':
        if (this.#stream) return undefined;
        if (message.to !== this.#me) return this.#expect();
        for (const event of message.events) this.handlers.onEvent(event, null);
        this.#knows = message.events.length > 0;
        this.#lastId = message.lastId;
        if (message.state) this.handlers.onState(...message.state);
        if (!document.hidden) return this.#lead();
        return this.#expect();
      case 'event':
        if (this.#stream) return undefined;
        if (message.id !== null) this.#lastId = message.id;
        this.handlers.onEvent(message.event, message.id);
        return this.#expect();
      case 'state':
        if (this.#stream) return undefined;
        this.#state = message.state;
        this.handlers.onState(...message.state);
        return this.#expect();
    }
  }

  #seen = () => { if (!document.hidden && this.#knows) this.#lead(); };
  #leave = () => {
    clearTimeout(this.#timer);
    if (!this.#stream) return;
    this.#stream.stop();
    this.#stream = null;
    this.#say({ kind: 'bye' });
  };
  #back = (event: PageTransitionEvent) => { if (event.persisted) this.#ask(); };
}
