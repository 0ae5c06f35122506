// The mock's kiosks and requests: a second's worth of made-up life at a time, told to whoever listens.
import crypto from 'node:crypto';

const now = () => new Date().toISOString();
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const pick = (list) => list[Math.floor(Math.random() * list.length)];
function newId() {
  const bytes = crypto.randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 15);
  bytes[8] = 0x80 | (bytes[8] & 63);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
const streets = ['Mall, 2nd floor', 'ТЦ «Мега», вход 3', 'Main street 5', 'Вокзал, зал 1', 'Airport T2', '<img src=x onerror=alert(1)>', '=HYPERLINK("x")'];

export class Fleet {
  kiosks = new Map();
  requests = [];
  history = [];
  audit = [];
  keys = [{ id: 'k_Zm9vYmFyYmF', name: 'till', owner: 'shop', scopes: ['send'], kiosks: ['msk_*'], rate_per_second: 50, created_at: ago(86400), expires_at: null, revoked_at: null, state: 'active' }];
  counts = { ended: 0, answered: 0, errors: {} };
  points = [];
  #listeners = new Set();
  #news = this.#none();

  constructor(count, rate) {
    this.rate = rate;
    this.began = Date.now();
    for (let i = 0; i < count; ++i) this.#add(`kiosk_${String(i).padStart(5, '0')}`, streets[i % streets.length], Math.random() < 0.93);
    for (let i = 0; i < 60; ++i) { const kiosk = pick([...this.kiosks.values()]); this.history.push({ kiosk_id: kiosk.id, at: ago(i * 90), up: i % 2 === 0, address: '192.0.2.7', reason: i % 2 ? '1006' : 'connected' }); }
    for (let i = 900; i > 0; --i) this.points.push(this.#point(Math.floor(Date.now() / 1000) - i * 5, rate * 5));
    setInterval(() => this.#second(), 1000);
  }
  #none() { return { kiosks: new Map(), removed: [], requests: new Map(), skipped: 0, history: [], audit: [] }; }
  #add(id, name, online) {
    const row = { id, name, enabled: Math.random() < 0.98, online, connected_at: online ? ago(Math.random() * 90000) : null, address: online ? `192.0.2.${1 + Math.floor(Math.random() * 250)}` : null, agent_version: Math.random() < 0.5 ? '0.1.0' : null, rtt_ms: online ? Math.random() * 60 : null,
      in_flight: 0, waiting: 0, max_in_flight: null, last_error: Math.random() < 0.1 ? { code: 'timeout', at: ago(500), request_id: newId() } : null, created_at: ago(8e6), token_expires_at: ago(-2e7 * Math.random()), token_issued_at: Math.random() < 0.2 ? null : ago(7e6) };
    this.kiosks.set(id, row);
    return row;
  }
  #point(t, n) {
    const wave = 1 + 0.4 * Math.sin(t / 97), requests = Math.round(n * wave * (0.85 + Math.random() * 0.3));
    return { t, requests, answered: Math.round(requests * 0.97), errors: Math.random() < 0.3 ? { timeout: 1, kiosk_offline: Math.round(Math.random() * 3) } : {}, p50_ms: 40 + 10 * Math.random(), p95_ms: 180 + 60 * Math.random(), p99_ms: 400 + 300 * Math.random(), online: this.kiosks.size - 3 };
  }
  listen(listener) { this.#listeners.add(listener); return () => this.#listeners.delete(listener); }

  #second() {
    const online = [...this.kiosks.values()].filter((row) => row.online && row.enabled);
    for (const row of this.requests.slice(0, 3000).filter((one) => one.state === 'dispatched')) this.#end(row);
    for (let i = 0; i < this.rate && online.length; ++i) this.#begin(pick(online));
    this.requests.length = Math.min(this.requests.length, 20000);
    if (Math.random() < 0.3) this.#flip(pick([...this.kiosks.values()]));
    const t = Math.floor(Date.now() / 1000);
    if (t % 5 === 0) this.points.push(this.#point(t, this.rate * 5));
    const { kiosks, removed, requests, skipped, history, audit } = this.#news;
    this.#news = this.#none();
    const rows = [...requests.values()];
    const told = { kiosks: [...kiosks.values()], removed, requests: rows.slice(0, 200), skipped: skipped + Math.max(0, rows.length - 200), history, audit };
    for (const listener of this.#listeners) listener(told);
  }
  #changed(kiosk, change) {
    const row = { ...this.kiosks.get(kiosk.id), ...change };
    this.kiosks.set(row.id, row);
    this.#news.kiosks.set(row.id, row);
    return row;
  }
  #begin(kiosk) {
    const row = { request_id: newId(), kiosk_id: kiosk.id, operation_type: pick(['payment', 'fiscal', 'kds', 'print']), order_id: String(10000 + Math.floor(Math.random() * 9999)), state: 'dispatched', outcome: null, late: false, result: null, resolved: null, created_at: ago(Math.random() * 0.05), dispatched_at: now(), answered_at: null, deadline_at: ago(-45), owner: 'till' };
    this.requests.unshift(row);
    this.#news.requests.set(row.request_id, row);
    this.#changed(kiosk, { in_flight: 1 });
  }
  #end(row) {
    const bad = Math.random() < 0.02;
    Object.assign(row, bad ? { state: 'timed_out', outcome: 'unknown' } : { state: 'answered', outcome: 'known', answered_at: now() });
    this.counts.ended++;
    if (!bad) this.counts.answered++;
    this.#news.requests.set(row.request_id, row);
    if (this.kiosks.has(row.kiosk_id)) this.#changed({ id: row.kiosk_id }, { in_flight: 0 });
  }
  #flip(kiosk) {
    const up = !kiosk.online;
    this.#changed(kiosk, { online: up, connected_at: up ? now() : null });
    const row = { kiosk_id: kiosk.id, at: now(), up, address: '192.0.2.7', reason: up ? 'connected' : '1006' };
    this.history.unshift(row);
    this.#news.history.push(row);
  }

  health() { return { status: 'healthy', redis: 'embedded', durability: 'strict', active_kiosks: 1, total_kiosks: this.kiosks.size, version: '0.1.0', node: 'mock', uptime_seconds: Math.floor((Date.now() - this.began) / 1000) }; }
  stats() {
    const online = [...this.kiosks.values()].filter((row) => row.online).length;
    return { uptime_seconds: 1, kiosks: { online, total: this.kiosks.size }, requests: { in_flight: this.rate, waiting: 0, ended: this.counts.ended, answered: this.counts.answered, refused: 0, late_answers: 0, unmatched_answers: 0 }, errors: {}, latency_ms: { p50: 1, p95: 2, p99: 3 }, store: { durability: 'strict', trouble: null, commits: 1, records: 1, last_commit_us: 1, queue_bytes: 0 }, pushes: {}, timeouts: [{ kind: 'caller_hangs_up', owner: 'web-shop', operation_type: null, times: 6, took_ms: 30012, gateway_waits_ms: 45000, set_seconds: 50, header_timeout_seconds: 25, last_at: ago(2) }] };
  }
  series(window) { const step = { 900: 5, 3600: 15, 86400: 300 }[window] ?? 5; return { step_seconds: step, points: this.points.slice(-180) }; }
  pageOfRequests(query) {
    const limit = Number(query.get('limit') ?? 100), before = Number(query.get('cursor') ?? 0);
    const fits = (row) => ['kiosk_id', 'operation_type', 'state', 'outcome', 'result', 'order_id', 'owner', 'error'].every((name) => !query.get(name) || row[name] === query.get(name)) && row.request_id.startsWith(query.get('request_id') ?? '');
    const found = this.requests.filter(fits);
    return { requests: found.slice(before, before + limit), next: found.length > before + limit ? String(before + limit) : null };
  }

  act(method, target, query, body) {
    const [, top, name, id, deed] = target.split('/');
    if (name === 'orders') return [200, { requests: this.requests.filter((row) => row.order_id === decodeURIComponent(id)).reverse(), next: null }];
    if (name === 'alerts') return [200, { alerts: [], next: null }];
    if (top === 'requests') {
      const row = this.requests.find((one) => one.request_id === name);
      const { owner, ...rest } = row ?? {};
      return row ? [200, { ...rest, response: { request_id: name, status: 'success' }, ...(query.get('body') ? { body: { order_id: 1, card: '411111******1111' } } : {}) }] : [404, { refused: 'request_not_found' }];
    }
    if (name === 'keys') return this.#actOnKeys(method, id, deed, body);
    if (name !== 'kiosks') return [404, { refused: 'not_found' }];
    return this.#actOnKiosks(method, id && decodeURIComponent(id), deed, body);
  }
  #note(action, target, detail = '') {
    const row = { at: now(), actor: 'admin', via: 'dashboard', address: '127.0.0.1', action, target, detail };
    this.audit.unshift(row);
    this.#news.audit.push(row);
  }
  #actOnKiosks(method, id, deed, body) {
    const token = { name: '', token: `eyJ${crypto.randomBytes(150).toString('base64url')}`, expires_at: ago(-3e7) };
    if (!id) {
      if (this.kiosks.has(body.id)) return [409, { refused: 'already_exists' }];
      this.#changed(this.#add(body.id, body.name ?? '', false), { enabled: true });
      this.#note('kiosk_added', body.id);
      return [201, { kiosk_id: body.id, ...token }];
    }
    if (!this.kiosks.has(id)) return [404, { refused: 'kiosk_not_found' }];
    if (deed === 'token') { this.#note('kiosk_token_renewed', id); return [200, { kiosk_id: id, ...token }]; }
    if (deed === 'ping') return [200, { kiosk_id: id, round_trip_ms: 21.374 }];
    if (deed === 'kick') { this.#note('kiosk_kicked', id); return [200, { kiosk_id: id, kicked: true }]; }
    if (deed === 'send') return [200, { request_id: newId(), status: 'success' }];
    if (method === 'DELETE') { this.kiosks.delete(id); this.#news.removed.push(id); this.#note('kiosk_removed', id); return [200, { kiosk_id: id, removed: true }]; }
    if (method === 'PATCH') { const { force, ...change } = body; this.#note('kiosk_changed', id, JSON.stringify(change)); return [200, this.#changed({ id }, change)]; }
    return [200, { ...this.kiosks.get(id), connections: [] }];
  }
  #actOnKeys(method, id, deed, body) {
    if (method === 'DELETE') { const key = this.keys.find((one) => one.id === id); Object.assign(key, { state: 'revoked', revoked_at: now() }); this.#note('key_revoked', id); return [200, key]; }
    const old = this.keys.find((one) => one.id === id);
    const key = { id: `k_${crypto.randomBytes(8).toString('base64url')}`, name: body.name, owner: body.owner ?? body.name, scopes: body.scopes, kiosks: body.kiosks ?? [], rate_per_second: body.rate_per_second ?? null, created_at: now(), expires_at: null, revoked_at: null, state: 'active', ...(deed ? { ...old, id: `k_${crypto.randomBytes(8).toString('base64url')}` } : {}) };
    this.keys.unshift(key);
    this.#note(deed ? 'key_rotated' : 'key_added', key.id, `name: ${key.name}`);
    return [201, { ...key, key: `kgw_${crypto.randomBytes(32).toString('base64url')}` }];
  }
}
