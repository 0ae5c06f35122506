// Raw sockets: HTTP and WebSocket bytes exactly as a test wants them, however bent.
import crypto from 'node:crypto';
import net from 'node:net';
import { checkAnyAnswer, checkExchange } from './contract.mjs';
import { within } from './harness.mjs';

export class RawConnection {
  received = Buffer.alloc(0);
  ended = false;
  #wake = [];
  #first;  // [line, method, target] of the first request, as long as it has no answer; false: not known, or answered

  static open(gateway, { host = '127.0.0.1', localAddress } = {}) {
    const raw = new this();
    raw.socket = net.connect({ host, port: gateway.port, localAddress, allowHalfOpen: true });
    raw.socket.setNoDelay(true);
    const done = () => { raw.ended = true; raw.#woken(); };
    raw.socket.on('data', (bytes) => { raw.received = Buffer.concat([raw.received, bytes]); raw.#woken(); });
    raw.socket.on('end', done).on('close', done).on('error', (error) => { raw.error = error; });
    return within(new Promise((resolve, reject) => {
      raw.socket.once('connect', () => resolve(raw)).once('error', reject);
    }), 'a connection');
  }
  #woken() { for (const wake of this.#wake.splice(0)) wake(); }
  // Waits until probe() gives something, or the connection ends (then what probe gives at the end).
  async wait(probe, what, ms = 60000) {
    const end = Date.now() + ms;
    for (;;) {
      const value = probe();
      if (value || this.ended) return value;
      const woken = new Promise((resolve) => this.#wake.push(resolve));
      await within(woken, () => `${what}; received ${JSON.stringify(this.received.toString('latin1').slice(0, 300))}`, Math.max(1, end - Date.now()));
    }
  }
  write(bytes) {
    this.#first ??= /^([A-Z]+) (\/[!-~]*) HTTP\/1\.1\r\n/.exec(bytes.toString('latin1')) ?? false;
    if (!this.socket.destroyed) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }
  // -> milliseconds until the other side ended it.
  async end(ms = 60000) {
    const began = Date.now();
    await this.wait(() => this.ended, 'the connection ends', ms);
    return Date.now() - began;
  }
  destroy() { this.socket.destroy(); }
  reset() { this.socket.resetAndDestroy(); }

  // --- HTTP: takes the next answer off what was received; null when the connection ended without one. It must be one of
  // the contract's; to the first request, when its first line can be read, one of its operation's.
  async response({ ms = 60000, head = false } = {}) {
    const answer = await this.wait(() => this.#parse(head), 'an HTTP answer', ms);
    if (!answer) return null;
    this.received = this.received.subarray(answer.length);
    if (answer.status === 100) return answer;
    if (this.#first) checkExchange({ method: this.#first[1], target: this.#first[2] }, answer, { garbage: true });
    else checkAnyAnswer(answer, { head });
    this.#first = false;
    return answer;
  }
  #parse(headOnly) {
    const at = this.received.indexOf('\r\n\r\n');
    if (at < 0) return null;
    const [statusLine, ...fields] = this.received.subarray(0, at).toString('latin1').split('\r\n');
    const match = /^HTTP\/1\.[01] (\d{3}) /.exec(statusLine + ' ');
    if (!match) throw new Error(`no status line: ${statusLine}`);
    const headers = {};
    for (const field of fields) {
      const colon = field.indexOf(':');
      headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
    }
    const status = Number(match[1]);
    const size = headOnly || status < 200 ? 0 : Number(headers['content-length'] ?? 0);
    const length = at + 4 + size;
    if (this.received.length < length) return null;
    const body = this.received.subarray(at + 4, length);
    let json;
    try { json = JSON.parse(body.toString()); } catch { /* some are not */ }
    return { status, headers, body, text: body.toString(), json, length, statusLine };
  }
}

// A POST /send as text. fields: more header lines, each without CRLF.
export function sendText(kiosk, body, { fields = [], target = '/send', version = '1.1', length = true, host = 'Host: localhost' } = {}) {
  return [`POST ${target} HTTP/${version}`, ...(host ? [host] : []), `Header-Kiosk-Id: ${kiosk}`, 'Header-Operation-Type: payment', ...fields,
    ...(length ? [`Content-Length: ${Buffer.byteLength(body)}`] : []), '', body].join('\r\n');
}

// A frame as a client sends it. length: 'short' | 16 | 64 | a BigInt to claim; mask: false to leave it out.
export function wsFrame(opcode, payload = '', { fin = true, rsv = 0, mask = true, length, claim } = {}) {
  const data = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
  const said = claim ?? BigInt(data.length);
  const form = length ?? (said < 126n ? 'short' : said < 65536n ? 16 : 64);
  const head = Buffer.alloc(form === 'short' ? 2 : form === 16 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (form === 'short' ? Number(said) : form === 16 ? 126 : 127);
  if (form === 16) head.writeUInt16BE(Number(said), 2);
  if (form === 64) head.writeBigUInt64BE(said, 2);
  if (!mask) return Buffer.concat([head, data]);
  const key = crypto.randomBytes(4);
  const masked = Buffer.from(data);
  for (let i = 0; i < masked.length; ++i) masked[i] ^= key[i & 3];
  return Buffer.concat([head, key, masked]);
}
export const closeFrame = (code, reason = '') => {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return wsFrame(8, payload);
};

export function upgradeText(token, { version = '13', key = crypto.randomBytes(16).toString('base64'), fields = [], method = 'GET', http = '1.1', upgrade = 'websocket', connection = 'Upgrade', target = '/ws' } = {}) {
  const lines = [`${method} ${target} HTTP/${http}`, 'Host: localhost', `Authorization: Bearer ${token}`];
  if (upgrade) lines.push(`Upgrade: ${upgrade}`);
  if (connection) lines.push(`Connection: ${connection}`);
  if (version) lines.push(`Sec-WebSocket-Version: ${version}`);
  if (key !== null) lines.push(`Sec-WebSocket-Key: ${key}`);
  return [...lines, ...fields, '', ''].join('\r\n');
}

// A WebSocket connection over a raw socket.
export class RawKiosk extends RawConnection {
  static async connect(gateway, token, options = {}) {
    const raw = await this.open(gateway, options);
    raw.write(Buffer.concat([Buffer.from(upgradeText(token, options)), options.behind ?? Buffer.alloc(0)]));
    raw.handshake = await raw.response();
    if (raw.handshake?.status !== 101) throw new Error(`no upgrade: ${raw.handshake?.status} ${raw.handshake?.text}`);
    return raw;
  }
  // The next frame of the server; null when the connection ended without one.
  async frame(ms) {
    const frame = await this.wait(() => this.#parseFrame(), 'a frame', ms);
    if (!frame) return null;
    this.received = this.received.subarray(frame.length);
    return frame;
  }
  #parseFrame() {
    const bytes = this.received;
    if (bytes.length < 2) return null;
    if (bytes[1] & 0x80) throw new Error('a server masked its frame');
    let size = bytes[1] & 0x7f, at = 2;
    if (size === 126) { if (bytes.length < 4) return null; size = bytes.readUInt16BE(2); at = 4; }
    else if (size === 127) { if (bytes.length < 10) return null; size = Number(bytes.readBigUInt64BE(2)); at = 10; }
    if (bytes.length < at + size) return null;
    const payload = bytes.subarray(at, at + size);
    return { opcode: bytes[0] & 15, fin: !!(bytes[0] & 0x80), payload, text: payload.toString(), length: at + size };
  }
  // Reads up to the close frame; -> {code, reason}, code null when the connection ended without one.
  async closeFrame(ms) {
    for (;;) {
      const frame = await this.frame(ms);
      if (!frame) return { code: null };
      if (frame.opcode === 8) return { code: frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005, reason: frame.payload.subarray(2).toString() };
    }
  }
}
