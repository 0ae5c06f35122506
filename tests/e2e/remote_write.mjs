// A receiver of Prometheus' remote write 1.0 that takes nothing but what the specification allows, with a reader of
// its own for snappy's block format and for WriteRequest. What it refused stands in `faults`.
import http from 'node:http';
import { Feed } from './harness.mjs';

const STALE = 0x7ff0000000000002n;

function varint(bytes, at) {
  let value = 0n, shift = 0n;
  for (;;) {
    if (at >= bytes.length || shift > 63n) throw new Error('a varint without end');
    const byte = bytes[at++];
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) return [value, at];
  }
}

// https://github.com/google/snappy/blob/main/format_description.txt
export function snappyBlock(bytes) {
  if (bytes.subarray(0, 10).equals(Buffer.from('ff060000734e61507059', 'hex'))) throw new Error('framed snappy, not a block');
  let [size, at] = varint(bytes, 0);
  size = Number(size);
  if (size > 64 << 20) throw new Error('too large');
  const out = Buffer.alloc(size);
  let written = 0;
  const copy = (length, offset) => {
    if (offset === 0 || offset > written || written + length > size) throw new Error('a copy from nowhere');
    for (let i = 0; i < length; ++i, ++written) out[written] = out[written - offset];
  };
  while (at < bytes.length) {
    const tag = bytes[at++];
    if ((tag & 3) === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) { const more = length - 60; length = bytes.readUIntLE(at, more) + 1; at += more; }
      if (at + length > bytes.length || written + length > size) throw new Error('a literal beyond the end');
      bytes.copy(out, written, at, at + length);
      at += length;
      written += length;
    } else if ((tag & 3) === 1) copy(((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | bytes[at++]);
    else if ((tag & 3) === 2) { copy((tag >> 2) + 1, bytes.readUInt16LE(at)); at += 2; } else { copy((tag >> 2) + 1, bytes.readUInt32LE(at)); at += 4; }
  }
  if (written !== size) throw new Error(`${written} bytes, ${size} were announced`);
  return out;
}

// -> [[field, wire type, value]...]: Buffer for bytes, BigInt else
function fields(bytes) {
  const out = [];
  for (let at = 0; at < bytes.length;) {
    let key, value;
    [key, at] = varint(bytes, at);
    const type = Number(key & 7n);
    if (type === 0) [value, at] = varint(bytes, at);
    else if (type === 1) { value = bytes.readBigUInt64LE(at); at += 8; } else if (type === 2) {
      let size;
      [size, at] = varint(bytes, at);
      if (at + Number(size) > bytes.length) throw new Error('a field beyond the end');
      value = bytes.subarray(at, (at += Number(size)));
    } else throw new Error(`wire type ${type}`);
    out.push([Number(key >> 3n), type, value]);
  }
  return out;
}

function series(bytes) {
  const labels = [], samples = [];
  for (const [field, , value] of fields(bytes)) {
    if (field === 1) {
      const label = Object.fromEntries(fields(value).map(([n, , v]) => [n === 1 ? 'name' : 'value', v.toString('utf8')]));
      if (!label.name || !label.value) throw new Error(`an empty label: ${JSON.stringify(label)}`);
      labels.push(label);
    } else if (field === 2) {
      const sample = Object.fromEntries(fields(value).map(([n, , v]) => [n, v]));
      const buffer = Buffer.alloc(8);
      buffer.writeBigUInt64LE(sample[1] ?? 0n);
      samples.push({ value: buffer.readDoubleLE(), stale: sample[1] === STALE, at: Number(sample[2] ?? 0n) });
    }
  }
  return { labels, samples };
}

export class RemoteWriteReceiver {
  pushes = new Feed();  // {series: Map of 'name{labels}' to samples, status}
  faults = [];
  answers = [];         // for the next requests: a status, [status, headers], or 'hang'; then 204
  #last = new Map();

  static async start() {
    const one = new RemoteWriteReceiver();
    one.server = http.createServer((request, response) => one.#onRequest(request, response));
    await new Promise((resolve) => one.server.listen(0, '127.0.0.1', resolve));
    one.server.unref();  // a failed test leaves it open
    one.url = `http://127.0.0.1:${one.server.address().port}/api/prom/push`;
    return one;
  }
  stop() { this.server.closeAllConnections(); this.server.close(); }

  #onRequest(request, response) {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const answer = this.answers.shift() ?? 204;
      let taken;
      try { taken = this.check(request.headers, request.method, Buffer.concat(parts), answer === 204); } catch (error) {
        this.faults.push(error.message);
        response.writeHead(400).end(error.message);
        return;
      }
      if (answer !== 'hang') {
        const [status, headers] = Array.isArray(answer) ? answer : [answer, {}];
        response.writeHead(status, headers).end(status === 204 ? '' : 'no');
      }
      this.pushes.push({ series: taken, status: answer, at: Date.now(), authorization: request.headers.authorization });
    });
  }

  // Throws what the specification forbids. -> the series
  check(headers, method, body, keep) {
    const wanted = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0' };
    if (method !== 'POST') throw new Error(`${method}`);
    for (const [name, value] of Object.entries(wanted)) if (headers[name] !== value) throw new Error(`${name}: ${headers[name]}`);
    if (!headers['user-agent']) throw new Error('no User-Agent');
    const seen = new Map();
    for (const [field, , value] of fields(snappyBlock(body))) {
      if (field !== 1) continue;
      const { labels, samples } = series(value);
      const names = labels.map(({ name }) => name);
      const key = labels.map(({ name, value: text }) => `${name}="${text}"`).join(',');
      if (names.some((name, i) => i > 0 && !(names[i - 1] < name))) throw new Error(`labels not sorted, or one twice: ${key}`);
      if (!names.includes('__name__') || !names.includes('job') || !names.includes('instance')) throw new Error(`no name, job or instance: ${key}`);
      if (seen.has(key)) throw new Error(`a series twice: ${key}`);
      if (samples.length === 0) throw new Error(`no sample: ${key}`);
      let before = this.#last.get(key) ?? 0;
      for (const { at } of samples) {
        if (Math.abs(at - Date.now()) > 600_000) throw new Error(`a stamp that is no milliseconds of now: ${at}`);
        if (at <= before) throw new Error(`out of order: ${key} ${at} after ${before}`);
        before = at;
      }
      seen.set(key, samples);
    }
    if (keep) for (const [key, samples] of seen) this.#last.set(key, samples.at(-1).at);
    return seen;
  }
}
