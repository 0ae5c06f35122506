// The gateway under test as a child process, its log, and an HTTP client for it. One Gateway a test file is the
// rule; kiosks are made per test. Whatever a test does, each line that the gateway logged must be a JSON event
// without a secret in it: Gateway.stop() checks that for every test.
import assert from 'node:assert/strict';
import { after, afterEach, beforeEach } from 'node:test';
import { spawn, execFile } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { checkExchange } from './contract.mjs';
import { Kiosk } from './kiosk.mjs';
import { RedisServer } from './redis.mjs';

export const buildDir = process.env.KGW_BUILD_DIR;
if (!buildDir) throw new Error('KGW_BUILD_DIR is not set; start these tests by tests/e2e/run BUILD_DIR');
export const binary = path.join(buildDir, 'kiosk-gateway');

export const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
export const storeName = process.env.KGW_STORE === 'redis' ? 'connected' : 'embedded';  // as /health has it
const BOUND_MS = 60000;  // waiting longer than this for an event is a failure, also on a machine that has other work

// A time that a quiet machine keeps to. What a busy one needs proves nothing: only `make pace` (KGW_PACE) judges it.
export function pace(what, tookMs, mostMs) {
  if (process.env.KGW_PACE) assert.ok(tookMs < mostMs, `${what}: ${tookMs} ms, more than ${mostMs}`);
}

const children = new Set();
const directories = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const dir of directories) fs.rmSync(dir, { recursive: true, force: true });
});

export function tempDir() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kgw-e2e-'));
  directories.add(dir);
  return dir;
}

// A promise that fails with `what` when it takes too long.
export function within(promise, what, ms = BOUND_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${typeof what === 'function' ? what() : what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// For what has no event: asks again until `probe` gives something true.
export async function until(what, probe, ms = BOUND_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${typeof what === 'function' ? what() : what}`);
    await new Promise((resume) => setTimeout(resume, 20)); // tidy: allow sleep: a poll, bounded above
  }
}

// A list that tests wait on: push() wakes whoever waits for an entry that matches.
export class Feed {
  entries = [];
  #waiters = [];
  push(entry) {
    this.entries.push(entry);
    this.#waiters = this.#waiters.filter(({ match, resolve }) => !match(entry) || (resolve(entry), false));
  }
  wait(match, what, { from = 0, ms = BOUND_MS } = {}) {
    const found = this.entries.slice(from).find(match);
    if (found !== undefined) return Promise.resolve(found);
    return within(new Promise((resolve) => this.#waiters.push({ match, resolve })),
      () => `${what}; last: ${JSON.stringify(this.entries.slice(-5)).slice(0, 1500)}`, ms);
  }
}

// Values that may stand in no line of any gateway's output, for the whole run of one test file.
const secrets = new Set();
export function secret(value) {
  assert.ok(value && value.length >= 8, 'a secret worth looking for');
  secrets.add(value);
  return value;
}
export const newSecret = () => secret(crypto.randomBytes(24).toString('hex'));

// No setting of the caller's environment leaks into a test.
export function cleanEnv(extra) {
  const env = {};
  for (const name of ['PATH', 'HOME', 'LANG', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS'])
    if (process.env[name] !== undefined) env[name] = process.env[name];
  return { ...env, ...extra };
}

// tests/crash: SLOW_SYNC_MS delays every fdatasync and fsync, a file named by FAIL_SYNC_FLAG makes them fail; names below mute.test are never answered.
// Without the sandbox: a library may write outside of DATA_DIR.
export function preload(name, env) {
  const library = path.join(buildDir, name);
  assert.ok(fs.existsSync(library), `${library} is missing: the build makes it from tests/crash`);
  return { LD_PRELOAD: library, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`, SANDBOX: 'false', ...env };
}

export function startProcess(command, args, options) {
  const child = spawn(command, args, options);
  children.add(child);
  child.exited = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }));
    child.on('close', (code, signal) => { children.delete(child); resolve({ code, signal }); });
  });
  return child;
}

// Runs a program to its end.
export function run(command, args, { env = {}, cwd, input } = {}) {
  return new Promise((resolve) => {
    const child = execFile(command, args, { env: cleanEnv(env), cwd, timeout: 60000, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? 1) : 0, signal: error?.signal ?? null, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}

// KGW_STORE=redis: the state of each directory lives in a database of its own of one redis-server a test file. A gateway
// that was killed has its lease taken away, as if the five seconds had passed: redis_takeover.test.mjs waits for them.
let redis;
const databases = new Map();
async function useRedis(gw, settings) {
  if (settings.REDIS_URL !== undefined) return;
  redis ??= await RedisServer.start({ options: ['--databases', '1000'] });
  const database = databases.get(gw.dir) ?? { number: databases.size, secret: newSecret() };
  databases.set(gw.dir, database);
  settings.REDIS_URL = `${redis.url}/${database.number}`;
  if (settings.JWT_SECRET_FILE === undefined) settings.JWT_SECRET ??= database.secret;
  if (database.last?.signalCode === 'SIGKILL') {
    const reply = await redis.command('EVAL', "redis.call('SELECT', ARGV[1]) return redis.call('DEL', 'kgw:lease')", '0', String(database.number));
    assert.match(reply, /^:/);
  }
  return (child) => { database.last = child; };
}

// What a failed test leaves open (a server, a child process) does not hold up the end of its file: whatever has not ended
// some time after the last test and the file's own after() is left behind, and the children are killed on exit.
after(() => { setTimeout(() => process.exit(), 2 * BOUND_MS).unref(); });

// A gateway that a test started ends with that test, also when the test failed before its stop().
let startedInTest;
beforeEach(() => { startedInTest = []; });
afterEach(() => { for (const gw of startedInTest.splice(0)) gw.abandon(); });

export class Gateway {
  log = new Feed();
  lines = [];
  stderr = '';
  kiosks = [];
  agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

  // env: settings; callers of this machine need no key unless they say otherwise. ca: the path of who signed the
  // certificate for "localhost" that the settings name: all goes over TLS then. wrapper: [command, ...args] that the binary's path is appended to. dir: DATA_DIR of an earlier one.
  static async start({ env = {}, dir = tempDir(), wrapper = [], args = ['serve'], expectListening = true, stdout = 'pipe', ca } = {}) {
    const gw = new Gateway();
    gw.dir = dir;
    const settings = { DATA_DIR: path.join(dir, 'data'), PORT: '0', HOST: '127.0.0.1', ALLOW_UNAUTHENTICATED_SEND: 'loopback', ...env };
    gw.dataDir = settings.DATA_DIR;
    const started = process.env.KGW_STORE === 'redis' ? await useRedis(gw, settings) : undefined;
    gw.settings = settings;
    const [command, ...rest] = [...wrapper, binary, ...args];
    gw.child = startProcess(command, rest, { cwd: dir, env: cleanEnv(settings), stdio: ['ignore', stdout, 'pipe'] });
    started?.(gw.child);
    gw.pid = gw.child.pid;
    gw.exited = gw.child.exited;
    gw.#readOutput();
    if (startedInTest) startedInTest.push(gw);
    if (!expectListening) return gw;
    const dead = gw.exited.then((end) => { throw new Error(`gateway ended: ${JSON.stringify(end)} ${gw.stderr} ${gw.lines.join('\n')}`); });
    dead.catch(() => {});
    gw.port = (await Promise.race([gw.waitLog('listening'), dead])).port;
    gw.url = `http${ca ? 's' : ''}://127.0.0.1:${gw.port}`;
    if (ca) gw.tls = { ca: fs.readFileSync(ca), servername: 'localhost' };
    if (ca) gw.agent = new https.Agent({ keepAlive: true, maxSockets: Infinity, ...gw.tls });
    const keyFile = settings.ADMIN_API_KEY_FILE ?? path.join(gw.dataDir, 'admin.key');
    gw.adminKey = settings.ADMIN_API_KEY ?? fs.readFileSync(keyFile, 'utf8').trim();
    secret(gw.adminKey);
    return gw;
  }

  #readOutput() {
    let rest = '';
    this.child.stdout?.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        this.lines.push(line);
        let event;
        try { event = JSON.parse(line); } catch { event = { event: 'NOT JSON', line }; }
        this.log.push(event);
      }
    }).on('error', () => {});
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
  }

  waitLog(event, match = () => true, options = {}) {
    return this.log.wait((line) => line.event === event && match(line), `log event ${event}; stderr: ${this.stderr}`, options);
  }
  logged(event) { return this.log.entries.filter((line) => line.event === event); }

  rssBytes() { return Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) * 1024; }

  kill(signal) { process.kill(this.pid, signal); }

  // What a failed test leaves behind.
  abandon() {
    for (const kiosk of this.kiosks) kiosk.drop();
    this.agent.destroy();
    this.child.kill('SIGKILL');
  }

  // Ends it, and checks all that it said.
  async stop(signal = 'SIGTERM') {
    for (const kiosk of this.kiosks) kiosk.drop();
    this.agent.destroy();
    if (this.child.exitCode === null && this.child.signalCode === null) this.kill(signal);
    const end = await within(this.exited, 'the gateway ends').finally(() => this.child.kill('SIGKILL'));
    if (this.breach) throw this.breach;
    this.checkOutput();
    if (signal === 'SIGTERM') assert.deepEqual(end, { code: 0, signal: null }, this.stderr);
    return end;
  }

  checkOutput() {
    for (const line of this.log.entries) {
      assert.ok(line.event !== 'NOT JSON', `a log line is no JSON: ${line.line}`);
      assert.match(String(line.timestamp), RFC3339, JSON.stringify(line));
      assert.ok(typeof line.level === 'string' && typeof line.event === 'string', JSON.stringify(line));
    }
    for (const line of [...this.lines, this.stderr])
      for (const value of secrets) assert.ok(!line.includes(value), `a secret in the output: ${line}`);
    assert.doesNotMatch(this.stderr, /Sanitizer|runtime error:|"event":"check_failed"|terminate called/);
  }

  // --- HTTP
  // -> {status, headers, rawHeaders, body: Buffer, text, json}; never throws for a status, but for what is not in the
  // contract (openapi.yaml). garbage: the request is off the contract on purpose and taken all the same.
  call(method, target, { headers = {}, body, key, agent = this.agent, localAddress, onSocket, garbage } = {}) {
    if (key) headers = { ...headers, authorization: `Bearer ${key}` };
    return within(new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, method, path: target, headers, agent: localAddress ? undefined : agent, localAddress };
      const request = this.tls ? https.request({ ...options, ...this.tls }) : http.request(options);
      const answered = (response, bytes) => {
        const answer = answerOf(response, bytes);
        try { this.checkContract({ method, target, headers, body }, answer, { garbage }); } catch (error) { return reject(error); }
        return resolve(answer);
      };
      request.on('upgrade', (response, socket) => { socket.destroy(); answered(response, Buffer.alloc(0)); });
      request.on('response', (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => answered(response, Buffer.concat(parts)));
        response.on('error', reject);
      });
      request.on('error', reject);
      onSocket?.(request);
      if (Array.isArray(body)) { for (const part of body) request.write(part); request.end(); }
      else request.end(body);
    }), () => `${method} ${target} is answered`, 60000);
  }
  // A breach of the contract fails the test, and stop() too, for those who do not look at their answers.
  checkContract(request, answer, options) {
    try {
      checkExchange(request, answer, { legacy: this.settings.LEGACY_HTTP_STATUS === 'true', ...options });
    } catch (error) {
      this.breach ??= error;
      throw error;
    }
  }
  get(target, options) { return this.call('GET', target, options); }
  api(method, target, body, options = {}) {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    return this.call(method, target, { key: this.adminKey, body: body === undefined ? undefined : JSON.stringify(body), headers, ...options });
  }

  // POST /send. body: text or bytes, or an object to be stringified.
  send(kiosk, body = {}, { op = 'payment', timeout, headers = {}, ...options } = {}) {
    const id = typeof kiosk === 'string' ? kiosk : kiosk.id;
    const all = { 'Header-Kiosk-Id': id, 'Header-Operation-Type': op, 'Content-Type': 'application/json', ...headers };
    if (timeout !== undefined) all['Header-Timeout'] = String(timeout);
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) || Array.isArray(body) ? body : JSON.stringify(body);
    return this.call('POST', '/send', { headers: all, body: bytes, ...options });
  }
  async request(id) {
    const answer = await this.get(`/requests/${id}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  }

  // --- kiosks
  async addKiosk(options = {}) {
    const id = options.id ?? `k_${crypto.randomBytes(6).toString('hex')}`;
    const answer = await this.api('POST', '/api/kiosks', { ...options, id });
    assert.equal(answer.status, 201, answer.text);
    secret(answer.json.token);
    return { id, token: answer.json.token };
  }
  async addKiosks(count, prefix = 'bulk') {
    const ids = Array.from({ length: count }, (_, i) => `${prefix}_${i}`);
    const answer = await this.api('POST', '/api/kiosks', undefined,
      { body: ids.map((id) => JSON.stringify({ id })).join('\n') + '\n', headers: { 'content-type': 'application/x-ndjson' } });
    assert.equal(answer.status, 200, answer.text);
    return answer.json.kiosks.map(({ kiosk_id, token }) => ({ id: kiosk_id, token: secret(token) }));
  }
  // Connects one (a new one unless `of` says which). handler(message, kiosk) -> an answer to send, or nothing.
  // query: its token in the URL.
  async kiosk(handler, { of, query, localAddress, headers, ...record } = {}) {
    const { id, token } = of ?? await this.addKiosk(record);
    const kiosk = new Kiosk(this, id, token, handler, { query, localAddress, headers });
    this.kiosks.push(kiosk);
    await kiosk.opened;
    return kiosk;
  }
  waitConnected(id, from = 0) { return this.waitLog('kiosk_connected', (line) => line.kiosk_id === id, { from }); }
  async kioskInfo(id) { return (await this.api('GET', `/api/kiosks/${id}`)).json; }
}

function answerOf(response, body) {
  const text = body.toString('utf8');
  let json;
  try { json = JSON.parse(text); } catch { /* some are not */ }
  return { status: response.statusCode, headers: response.headers, rawHeaders: response.rawHeaders, body, text, json };
}

// An error answer as PROTOCOL.md 1.1 has it. expected: {kiosk_id, request_id (true: any)}.
export function assertError(answer, status, code, expected = {}) {
  const shown = `${answer.status} ${answer.text}`;
  assert.equal(answer.status, status, shown);
  assert.equal(answer.json?.status, 'error', shown);
  assert.equal(answer.json.error, code, shown);
  assert.equal(answer.headers['content-type']?.split(';')[0], 'application/json', shown);
  assert.match(answer.json.message, /^\S.{12,}\S$/, `one sentence for a human: ${shown}`);
  for (const name of Object.keys(answer.json))
    assert.ok(['status', 'error', 'message', 'safe_to_retry', 'kiosk_id', 'request_id'].includes(name), `unknown member ${name}: ${shown}`);
  for (const name of Object.keys(answer.headers)) assert.ok(!name.startsWith('access-control'), `CORS: ${name}`);
  const safe = ![409, 410, 422, 500, 502, 504].includes(answer.json.error === 'timeout' ? 504 : status);
  assert.equal(answer.json.safe_to_retry, safe, shown);
  if (expected.kiosk_id) assert.equal(answer.json.kiosk_id, expected.kiosk_id, shown);
  if (expected.request_id) {
    assert.match(answer.json.request_id, UUIDV7, shown);
    assert.equal(answer.headers['x-request-id'], answer.json.request_id, shown);
  }
  if ([429, 503].includes(status)) assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/, `Retry-After: ${shown}`);
  assert.equal(answer.headers['x-answer-from'], undefined, shown);
  return answer;
}
