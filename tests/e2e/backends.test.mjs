// The programs of docs/payments.md, which backends are built from: run as they stand there, against a gateway, a kiosk and a
// network that do what real ones do. Whatever happens: one execution, and the program says what is so.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { Gateway, run, secret, tempDir, until } from './harness.mjs';

const examples = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../examples/backends');
const languages = [
  { name: 'python', command: ['/usr/bin/python3', '-B', path.join(examples, 'python/pay.py')] },
  { name: 'typescript' },
  { name: 'php', command: ['php', path.join(examples, 'php/pay.php')] },
];
// Go is large, so nothing installs it for this: where it is at hand, it is tried too.
const go = spawnSync('go', ['version']).status === 0;

// tsc's word on it, with the little of Node that it uses; and what `node pay.ts` makes of it.
before(() => {
  const dir = tempDir(), source = path.join(examples, 'typescript/pay.ts');
  fs.writeFileSync(path.join(dir, 'node.d.ts'), 'declare const process: { argv: string[]; env: Record<string, string | undefined>; exit(code: number): never };\n');
  const program = ts.createProgram([source, path.join(dir, 'node.d.ts')], {
    strict: true, noEmit: true, erasableSyntaxOnly: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  });
  const faults = ts.getPreEmitDiagnostics(program);
  assert.equal(faults.length, 0, ts.formatDiagnostics(faults, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => dir, getNewLine: () => '\n' }));
  const { outputText } = ts.transpileModule(fs.readFileSync(source, 'utf8'), { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
  fs.writeFileSync(path.join(dir, 'pay.mjs'), outputText);
  languages[1].command = [process.execPath, path.join(dir, 'pay.mjs')];
  if (!go) return;
  const built = spawnSync('go', ['build', '-o', path.join(dir, 'pay'), path.join(examples, 'go/pay.go')], { encoding: 'utf8', env: { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off' } });
  assert.equal(built.status, 0, built.stderr);
  languages.push({ name: 'go', command: [path.join(dir, 'pay')] });
});

// f(language) for each, side by side: they wait much and do little.
const inEach = (f) => Promise.all(languages.map(async (language) => {
  try { await f(language); } catch (error) { throw new Error(`${language.name}: ${error.message}`, { cause: error }); }
}));

// A backend's key with scope send, and its program: pay(kiosk, key, sum) -> [verdict, exit code, request id, message]; ask(kiosk, key).
let keys = 0;
async function backend(gw, language, { patience = 20, url = gw.url, key } = {}) {
  key ??= secret((await gw.api('POST', '/api/keys', { name: `key_${++keys}`, owner: language.name, scopes: ['send'] })).json.key);
  const [command, ...first] = language.command;
  const say = async (...args) => {
    const { code, stdout, stderr } = await run(command, [...first, ...args.map(String)], { env: { GATEWAY_URL: url, GATEWAY_KEY: key, PATIENCE: String(patience) } });
    assert.equal(stderr, '');
    assert.match(stdout, /^\w+ \S+ .*\n$/);
    const [verdict, id, ...message] = stdout.trim().split(' ');
    return { verdict, code, id, message: message.join(' ') };
  };
  return { key, pay: (kiosk, name, sum = 100) => say(kiosk.id, 'order-1', name, sum), ask: (kiosk, name) => say(kiosk.id, 'order-1', name) };
}
const CODES = { paid: 0, not_paid: 1, unknown: 2 };
function assertSays(said, verdict, request) {
  assert.deepEqual([said.verdict, said.code], [verdict, CODES[verdict]], said.message);
  if (request) assert.equal(said.id, request.request_id);
}

// Stands between backends and a gateway that may be replaced by its next life, and does what networks and proxies do.
class Way {
  cutAnswers = 0;  // so many answers end with their connection, unread
  holdCalls = 0;   // so many calls end without an answer, and arrive when deliver() says so
  refuseSends = false;
  #held = [];
  static async to(gw) {
    const way = new Way();
    way.gw = gw;
    way.server = net.createServer((outside) => {
      // Node's fetch of today does not notice an end before it has sent something, and waits for its time to be over.
      let call = '';
      outside.on('error', () => {}).setEncoding('latin1').on('data', (text) => {
        if (call === undefined) return;
        call += text;
        if (!isWhole(call)) return;
        way.#pass(call, outside);
        call = undefined;
      });
    });
    await new Promise((resolve) => way.server.listen(0, '127.0.0.1', resolve));
    way.server.unref();
    way.url = `http://127.0.0.1:${way.server.address().port}`;
    return way;
  }
  #pass(call, outside) {
    if (this.holdCalls > 0) { --this.holdCalls; this.#held.push(call); return outside.destroy(); }
    if (this.refuseSends && call.startsWith('POST /send')) {
      const body = '{"status":"error","error":"overloaded","message":"The gateway is busy.","safe_to_retry":true}';
      return outside.end(`HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
    const inside = this.#send(call);
    outside.on('close', () => inside.destroy());
    inside.on('close', () => { if (!outside.writableEnded) outside.destroy(); }).once('data', (bytes) => {
      if (this.cutAnswers > 0) { --this.cutAnswers; return outside.destroy(); }
      outside.write(bytes);
      return inside.pipe(outside);
    });
    return undefined;
  }
  #send(call) {
    const inside = net.connect(this.gw.port, '127.0.0.1').on('error', () => {});
    inside.write(call.replace('\r\n', '\r\nConnection: close\r\n'), 'latin1');
    return inside;
  }
  deliver() { for (const call of this.#held.splice(0)) this.#send(call).resume(); }
}
function isWhole(call) {
  const head = call.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: *(\d+)/i.exec(call)?.[1] ?? 0;
  return head >= 0 && call.length >= head + 4 + Number(length);
}

test('done, declined, never reached, unclear: it says so, and a second run says the same and does nothing', async () => {
  const gw = await Gateway.start();
  const answers = [{ status: 'success' }, { status: 'declined' }, { status: 'error', error: 'connection_refused' }, { status: 'timeout' }];
  const kiosk = await gw.kiosk((request) => ({ request_id: request.request_id, ...answers[request.body.sum - 1] }));
  await inEach(async (language) => {
    const { pay, ask } = await backend(gw, language);
    const verdicts = ['paid', 'not_paid', 'not_paid', 'unknown'];
    for (const [i, verdict] of verdicts.entries()) {
      const first = await pay(kiosk, `order-${i}`, i + 1);
      assertSays(first, verdict);
      assertSays(await pay(kiosk, `order-${i}`, i + 1), verdict, { request_id: first.id });
      assertSays(await ask(kiosk, `order-${i}`), verdict, { request_id: first.id });
    }
  });
  assert.equal(kiosk.messages.entries.length, answers.length * languages.length);
  assert.deepEqual(kiosk.messages.entries[0].body, { order_id: 'order-1', sum: 1 });
  await gw.stop();
});

test('no answer: unknown; then a late answer, or somebody who looked: paid, not paid', async () => {
  const gw = await Gateway.start({ env: { KIOSK_RESPONSE_TIMEOUT: '1' } });
  await inEach(async (language) => {
    const kiosk = await gw.kiosk(undefined);
    const { pay, ask } = await backend(gw, language, { patience: 1 });
    const calls = [pay(kiosk, 'late'), pay(kiosk, 'done'), pay(kiosk, 'not_done')];
    const requests = {};
    for (const _ of calls) { const request = await kiosk.take(); requests[request.headers['idempotency-key']] = request; }
    for (const call of calls) assertSays(await call, 'unknown');
    kiosk.answer(requests.late);
    await gw.waitLog('late_answer', (line) => line.request_id === requests.late.request_id);
    for (const result of ['done', 'not_done'])
      assert.equal((await gw.api('POST', `/api/requests/${requests[result].request_id}/resolve`, { result, note: 'looked at the terminal' })).status, 200);
    for (const [name, verdict] of [['late', 'paid'], ['done', 'paid'], ['not_done', 'not_paid']]) {
      assertSays(await ask(kiosk, name), verdict, requests[name]);
      assertSays(await pay(kiosk, name), verdict, requests[name]);
    }
    assert.equal(kiosk.messages.entries.length, 3);
  });
  await gw.stop();
});

test('the answer comes late, while the program is still there', async () => {
  const gw = await Gateway.start({ env: { KIOSK_RESPONSE_TIMEOUT: '1' } });
  await inEach(async (language) => {
    const kiosk = await gw.kiosk(undefined);
    const paying = (await backend(gw, language)).pay(kiosk, 'a');
    const request = await kiosk.take();
    await gw.waitLog('request_finished', (line) => line.request_id === request.request_id && line.result === 'timeout');
    kiosk.answer(request);
    assertSays(await paying, 'paid', request);
    assert.equal(kiosk.messages.entries.length, 1);
  });
  await gw.stop();
});

test('the kiosk loses its connection, and answers over the next one', async () => {
  const gw = await Gateway.start();
  await inEach(async (language) => {
    const kiosk = await gw.kiosk(undefined);
    const paying = (await backend(gw, language)).pay(kiosk, 'a');
    const request = await kiosk.take();
    kiosk.drop();
    const again = await gw.kiosk(undefined, { of: kiosk });
    again.answer(request);
    assertSays(await paying, 'paid', request);
    assert.equal(again.messages.entries.length, 0);
  });
  await gw.stop();
});

test('the answer is lost on its way to the backend', async () => {
  const gw = await Gateway.start();
  await inEach(async (language) => {
    const kiosk = await gw.kiosk((request) => ({ request_id: request.request_id, status: 'success' }));
    const way = await Way.to(gw);
    way.cutAnswers = 1;
    assertSays(await (await backend(gw, language, { url: way.url })).pay(kiosk, 'a'), 'paid', kiosk.messages.entries[0]);
    assert.deepEqual([kiosk.messages.entries.length, way.cutAnswers], [1, 0]);
    // No answer ever comes through: it does not know, and says so. Asked later, it does.
    way.cutAnswers = Infinity;
    const { pay, ask } = await backend(gw, language, { url: way.url, patience: 2 });
    assertSays(await pay(kiosk, 'b'), 'unknown');
    way.cutAnswers = 0;
    assertSays(await ask(kiosk, 'b'), 'paid', kiosk.messages.entries[1]);
    assert.equal(kiosk.messages.entries.length, 2);
  });
  await gw.stop();
});

test('the call itself is late: it arrives when the program has gone', async () => {
  const gw = await Gateway.start();
  await inEach(async (language) => {
    const kiosk = await gw.kiosk((request) => ({ request_id: request.request_id, status: 'success' }));
    const way = await Way.to(gw);
    way.holdCalls = 1;
    const { pay, ask } = await backend(gw, language, { url: way.url, patience: 0 });
    assertSays(await pay(kiosk, 'a'), 'unknown');
    way.deliver();
    const request = await kiosk.take();
    await gw.waitLog('request_finished', (line) => line.request_id === request.request_id);
    assertSays(await ask(kiosk, 'a'), 'paid', request);
    assert.equal(kiosk.messages.entries.length, 1);
  });
  await gw.stop();
});

test('a second run is refused: that says nothing about the first one', async () => {
  const gw = await Gateway.start({ env: { KIOSK_RESPONSE_TIMEOUT: '1' } });
  await inEach(async (language) => {
    const kiosk = await gw.kiosk(undefined);
    const way = await Way.to(gw);
    const { pay } = await backend(gw, language, { url: way.url, patience: 0 });
    way.refuseSends = true;
    assertSays(await pay(kiosk, 'a'), 'not_paid');
    way.refuseSends = false;
    assertSays(await pay(kiosk, 'a'), 'unknown');
    way.refuseSends = true;
    assertSays(await pay(kiosk, 'a'), 'unknown');
    assert.equal(kiosk.messages.entries.length, 1);
  });
  await gw.stop();
});

test('the gateway is killed while the kiosk works, and started again', async () => {
  const gw = await Gateway.start();
  const way = await Way.to(gw);
  const running = await Promise.all(languages.map(async (language) => {
    const kiosk = await gw.kiosk(undefined);
    const { pay } = await backend(gw, language, { url: way.url });
    const says = pay(kiosk, 'a');
    return { language, kiosk, says, request: await kiosk.take() };
  }));
  gw.kill('SIGKILL');
  await gw.exited;
  const next = await Gateway.start({ dir: gw.dir });
  way.gw = next;
  for (const { language, kiosk, says, request } of running) {
    await next.waitLog('request_joined', (line) => line.kiosk_id === kiosk.id);
    const again = await next.kiosk(undefined, { of: kiosk });
    again.answer(request, { status: language.name === 'php' ? 'declined' : 'success' });
    assertSays(await says, language.name === 'php' ? 'not_paid' : 'paid', request);
    assert.equal(again.messages.entries.length, 0, 'nothing was sent again');
  }
  await next.stop();
});

test('nothing was sent: not paid, with the reason; a kiosk that comes back in time gets it', async () => {
  const gw = await Gateway.start();
  await inEach(async (language) => {
    const kiosk = await gw.kiosk(undefined);
    kiosk.drop();
    await until('it is offline', async () => !(await gw.kioskInfo(kiosk.id)).online);
    const { pay, ask } = await backend(gw, language, { patience: 0.5 });
    const said = await pay(kiosk, 'a');
    assertSays(said, 'not_paid');
    assert.match(said.message, /offline|not connected/);
    assertSays(await ask(kiosk, 'never sent'), 'not_paid');
    const nobody = await pay({ id: 'nobody' }, 'a');
    assertSays(nobody, 'not_paid');
    assert.match(nobody.message, /No kiosk has this id/);

    const patient = (await backend(gw, language)).pay(kiosk, 'a');
    const back = await gw.kiosk((request) => ({ request_id: request.request_id, status: 'success' }), { of: kiosk });
    assertSays(await patient, 'paid', back.messages.entries[0]);
    assert.equal(back.messages.entries.length, 1);
  });
  await gw.stop();
});

test('what it cannot know it does not claim: no gateway, no right to ask, a key of another payment', async () => {
  const gw = await Gateway.start();
  await inEach(async (language) => {
    const kiosk = await gw.kiosk((request) => ({ request_id: request.request_id, status: 'success' }));
    const closed = await Way.to({ port: 1 });
    const cut = await backend(gw, language, { url: closed.url, patience: 0 });
    assertSays(await cut.pay(kiosk, 'a'), 'unknown');
    assertSays(await cut.ask(kiosk, 'a'), 'unknown');
    const wrong = await backend(gw, language, { key: secret(`kgw_${'A'.repeat(43)}`), patience: 0 });
    const refused = await wrong.pay(kiosk, 'a');
    assertSays(refused, 'unknown');
    assert.match(refused.message, /key/i);
    const { pay } = await backend(gw, language);
    assertSays(await pay(kiosk, 'a', 100), 'paid');
    const reused = await pay(kiosk, 'a', 200);
    assertSays(reused, 'unknown');
    assert.match(reused.message, /Idempotency-Key/);
    assert.equal(kiosk.messages.entries.length, 1);
  });
  await gw.stop();
});

test('one payment an order: another attempt at what is paid is not sent, and not called "not paid"', async () => {
  const gw = await Gateway.start({ env: { UNIQUE_ORDERS: 'payment' } });
  await inEach(async (language) => {
    const kiosk = await gw.kiosk((request) => ({ request_id: request.request_id, status: request.body.sum === 1 ? 'declined' : 'success' }));
    const { pay, ask } = await backend(gw, language);
    assertSays(await pay(kiosk, 'order-1-1', 1), 'not_paid');
    const paid = await pay(kiosk, 'order-1-2', 2);
    assertSays(paid, 'paid');
    const third = await pay(kiosk, 'order-1-3', 2);
    assertSays(third, 'unknown', { request_id: paid.id });
    assert.match(third.message, /order.*succeeded/);
    assertSays(await ask(kiosk, 'order-1-3'), 'not_paid');
    assertSays(await pay(kiosk, 'order-1-2', 2), 'paid', { request_id: paid.id });
    assert.equal(kiosk.messages.entries.length, 2);
  });
  await gw.stop();
});
