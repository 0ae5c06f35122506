// The command line: what it prints for people and for programs, and how it exits. PROTOCOL.md 5 and 6.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Gateway, RFC3339, binary, newSecret, run, secret, tempDir } from './harness.mjs';
import { sayYes } from './kiosk.mjs';

let gw;
before(async () => { gw = await Gateway.start(); });
after(() => gw.stop());

const cli = (args, options = {}) => run(binary, args, { cwd: gw.dir, ...options, env: { DATA_DIR: gw.dataDir, GATEWAY_URL: gw.url, ...options.env } });
async function json(...args) {
  const { code, stdout, stderr } = await cli([...args, '--json']);
  assert.equal(code, 0, `${args}: ${stderr}`);
  return JSON.parse(stdout);
}

test('version and help', async () => {
  const { code, stdout } = await cli(['version']);
  assert.equal(code, 0);
  assert.match(stdout, /\d+\.\d+\.\d+/);
  assert.ok(stdout.includes((await gw.get('/')).json.version));
  const help = await cli(['--help']);
  assert.equal(help.code, 0);
  for (const word of ['serve', 'demo', 'kiosk', 'send', 'version']) assert.match(help.stdout, new RegExp(`\\b${word}\\b`));
});

test('--version, help, and words that are wrong', async () => {
  const { version } = (await gw.get('/')).json;
  for (const flag of ['--version', '-V']) {
    const said = await cli([flag]);
    assert.deepEqual([said.code, said.stdout], [0, `${version}\n`], said.stderr);
  }
  const help = (await cli(['--help'])).stdout;
  assert.deepEqual([(await cli(['help'])).stdout, (await cli(['help'])).code], [help, 0]);
  const add = await cli(['kiosk', 'add', '--help']);
  assert.equal((await cli(['help', 'kiosk', 'add'])).stdout, add.stdout);
  assert.equal((await cli(['kiosk', 'help'])).stdout, (await cli(['kiosk', '--help'])).stdout);
  const wrong = [
    [['kiosks', 'list'], /'kiosks'.*'kiosk'\?/], [['kiosk', 'ls'], /'kiosk ls'.*'kiosk list'\?/], [['kiosk', 'lists'], /'kiosk list'\?/], [['keys'], /'key'\?/],
    [['request', 'list'], /'requests'\?/], [['serv'], /'serve'\?/], [['start'], /'serve'\?/], [['kiosk', 'delete', 'x'], /'kiosk remove'\?/], [['KIOSK', 'list'], /'kiosk'\?/],
    [['--port', '80', 'demoo'], /'demo'\?/], [['--log-level=DEBUG', 'kiosk', '--json', 'lst'], /'kiosk list'\?/],
    [['xyzzy'], /'xyzzy'.*There are: .*\bserve\b/], [['kiosk'], /'kiosk' needs one more word.*\badd\b/], [[], /There are:.*\bserve\b/],
  ];
  for (const [words, text] of wrong) {
    const { code, stdout, stderr } = await cli(words);
    assert.equal(code, 2, words.join(' '));
    assert.match(stderr, text, words.join(' '));
    assert.equal(stdout, '');
  }
});

test('send: a body from a file or standard input, and what its exit code says', async () => {
  const kiosk = await gw.kiosk((message) => {
    if (message.body.say === undefined) return undefined;
    return { request_id: message.request_id, ...message.body.say };
  }, { id: 'cli:send' });
  const file = path.join(gw.dir, 'body.json');
  fs.writeFileSync(file, '{"say":{"status":"success"},"sum":1000.10}\n');
  for (const [body, input] of [[`@${file}`, undefined], ['-', fs.readFileSync(file)], [fs.readFileSync(file, 'utf8'), undefined]]) {
    const sent = await cli(['send', 'cli:send', 'payment', body], { input });
    assert.equal(sent.code, 0, sent.stderr);
    assert.match(kiosk.messages.entries.at(-1).raw, /"sum":1000\.10\}/);
  }
  const before = kiosk.messages.entries.length;
  const nothing = await cli(['send', 'cli:send', 'payment', `@${file}.none`]);
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /body\.json\.none.*Nothing was sent/);
  assert.equal(kiosk.messages.entries.length, before);
  const unknown = [[{ status: 'error', error: 'timeout' }], [undefined, '--timeout', '1']];
  for (const [say, ...more] of unknown) {
    const sent = await cli(['send', 'cli:send', 'payment', JSON.stringify({ say }), ...more]);
    assert.equal(sent.code, 3, `${JSON.stringify(say)}: ${sent.stderr}`);
    assert.match(sent.stderr, /not known/);
  }
  assert.equal((await cli(['send', 'cli:send', 'payment', '{"say":{"status":"error","error":"connection_refused"}}'])).code, 0, 'the kiosk answered: surely not done');
  assert.equal((await cli(['send', 'nobody', 'payment', '{}'])).code, 1, 'surely not sent');
});

test('export: standard output, and no file is overwritten silently', async () => {
  await gw.addKiosk({ id: 'cli:out' });
  const out = await cli(['export', '-']);
  assert.equal(out.code, 0, out.stderr);
  const lines = out.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.some(({ kind, id }) => kind === 'kiosk' && id === 'cli:out'));
  assert.match(out.stderr, /kiosks/);
  assert.ok(!fs.existsSync(path.join(gw.dir, '-')), 'no file of that name');
  const file = path.join(gw.dir, 'there.jsonl');
  fs.writeFileSync(file, 'precious');
  const refused = await cli(['export', file]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /already exists.*--force/);
  assert.equal(fs.readFileSync(file, 'utf8'), 'precious');
  assert.deepEqual(fs.readdirSync(gw.dir).filter((name) => name.startsWith('there')), ['there.jsonl'], 'nothing is left behind');
  assert.equal((await cli(['export', file, '--force'])).code, 0);
  assert.match(fs.readFileSync(file, 'utf8'), /cli:out/);
});

test('dashboard-link --json gives a whole address', async () => {
  const link = await json('dashboard-link');
  assert.ok(link.url.startsWith(`${gw.url}/dashboard#code=`), 'the gateway\'s address stands in it');
});

test('https:// at the plain port: said soon, with what to do', async () => {
  const said = await cli(['kiosk', 'list'], { env: { GATEWAY_URL: gw.url.replace('http:', 'https:'), GATEWAY_KEY: gw.adminKey } });
  assert.equal(said.code, 1);
  assert.match(said.stderr, /begin with http:\/\//);
});

test('tables keep to the terminal\'s width', async () => {
  await gw.addKiosk({ id: 'cli:wide', name: 'A kiosk with quite a long name, on the second floor, behind the stairs' });
  const inTerminal = (columns) => run('/usr/bin/python3', ['-c', `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, ${columns}, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
out = b''
while True:
    try: part = os.read(fd, 65536)
    except OSError: break
    if not part: break
    out += part
os.waitpid(pid, 0)
sys.stdout.buffer.write(out)`, binary, 'kiosk', 'list'], { cwd: gw.dir, env: { DATA_DIR: gw.dataDir, GATEWAY_URL: gw.url } });
  const piped = (await cli(['kiosk', 'list'])).stdout.trimEnd().split('\n');
  assert.ok(piped.some((line) => line.length > 100), 'a pipe has no width');
  const lines = (await inTerminal(80)).stdout.replaceAll('\r', '').trimEnd().split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.ok(lines.length > piped.length);
  for (const word of ['cli:wide', 'quite', 'stairs']) assert.ok(lines.some((line) => line.includes(word)), word);
});

test('the life of a kiosk', async () => {
  const added = await json('kiosk', 'add', 'cli:1', 'Kiosk "One" é');
  assert.deepEqual(Object.keys(added), ['kiosk_id', 'name', 'token', 'expires_at']);
  assert.deepEqual([added.kiosk_id, added.name], ['cli:1', 'Kiosk "One" é']);
  assert.match(added.expires_at, RFC3339);
  const kiosk = await gw.kiosk(sayYes, { of: { id: 'cli:1', token: secret(added.token) } });

  const table = await cli(['kiosk', 'list']);
  assert.equal(table.code, 0);
  assert.ok(table.stdout.includes('cli:1') && table.stdout.includes('Kiosk "One" é') && !table.stdout.includes(added.token));
  const listed = await json('kiosk', 'list');
  assert.equal((listed.kiosks ?? listed).find((one) => one.id === 'cli:1').online, true);
  assert.equal((await json('kiosk', 'show', 'cli:1')).name, 'Kiosk "One" é');
  assert.equal((await cli(['kiosk', 'rename', 'cli:1', 'Two'])).code, 0);
  assert.equal((await gw.kioskInfo('cli:1')).name, 'Two');

  const sent = await cli(['send', 'cli:1', 'payment', '{"sum":1000.10}']);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(JSON.parse(sent.stdout).transaction_id, 'TXN1');
  assert.ok(kiosk.messages.entries[0].raw.endsWith('"body":{"sum":1000.10}}'), 'byte for byte');

  assert.equal((await cli(['kiosk', 'disable', 'cli:1'])).code, 0);
  assert.deepEqual(await kiosk.closedWithin(), { code: 1008, reason: 'kiosk disabled' });
  const refused = await cli(['send', 'cli:1', 'payment', '{}']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr + refused.stdout, /kiosk_disabled|switched off/);
  assert.equal((await cli(['kiosk', 'enable', 'cli:1'])).code, 0);
  const renewed = await json('kiosk', 'token', 'cli:1');
  assert.notEqual(secret(renewed.token), added.token);
  await gw.kiosk(sayYes, { of: { id: 'cli:1', token: renewed.token } });
  assert.equal((await cli(['kiosk', 'remove', 'cli:1', '--force'])).code, 0);
  assert.equal((await cli(['kiosk', 'show', 'cli:1'])).code, 1);
});

test('import, from a file and from standard input', async () => {
  const file = path.join(gw.dir, 'kiosks.jsonl');
  fs.writeFileSync(file, '{"id":"imp:1"}\n{"id":"imp:2","name":"Two","max_in_flight":1}\n');
  const done = await cli(['kiosk', 'import', file, '--json']);
  assert.equal(done.code, 0, done.stderr);
  const { added, existing, kiosks } = JSON.parse(done.stdout);
  assert.deepEqual([added, existing, kiosks.length], [2, 0, 2]);
  kiosks.forEach((one) => secret(one.token));
  const again = await cli(['kiosk', 'import', '-', '--json'], { input: '{"id":"imp:1"}\n{"id":"imp:3"}\n' });
  assert.equal(again.code, 0, again.stderr);
  JSON.parse(again.stdout).kiosks.forEach((one) => secret(one.token));
  assert.deepEqual([JSON.parse(again.stdout).added, JSON.parse(again.stdout).existing], [1, 1]);
  const bad = await cli(['kiosk', 'import', '-'], { input: '{"id":"imp:4"}\n{"id":"b d"}\n' });
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /\b2\b/);
});

test('exit codes: 1 failure, 2 usage, 78 configuration', async () => {
  for (const args of [['kiosk', 'show', 'nobody'], ['kiosk', 'remove', 'nobody'], ['send', 'nobody', 'payment', '{}'], ['send', 'imp:1', 'payment', '{"broken'], ['kiosk', 'add', 'not allowed']]) {
    const { code, stdout, stderr } = await cli(args);
    assert.ok(code === 1 || (args[2] === 'not allowed' && code === 2), `${args}: ${code}`);
    assert.ok((stderr + stdout).length > 10, `${args} says why`);
  }
  for (const args of [[], ['nonsense'], ['kiosk'], ['kiosk', 'add'], ['kiosk', 'nonsense'], ['send', 'x'], ['serve', '--no-such-flag'], ['kiosk', 'list', '--nonsense'], ['version', 'extra']]) {
    const { code, stderr } = await cli(args);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.ok(stderr.length > 10);
  }
  const nobody = await cli(['kiosk', 'list'], { env: { GATEWAY_URL: 'http://127.0.0.1:1' } });
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /127\.0\.0\.1:1/);
  const wrong = await cli(['kiosk', 'add', 'x'], { env: { GATEWAY_KEY: newSecret() } });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /key/i);
  const given = await cli(['kiosk', 'list'], { env: { GATEWAY_KEY: gw.adminKey, DATA_DIR: tempDir() } });
  assert.equal(given.code, 0, given.stderr);
  assert.equal((await cli(['kiosk', 'list'], { env: { ADMIN_API_KEY: gw.adminKey, DATA_DIR: tempDir() } })).code, 0);
});

test('bad settings: all of them in one message, exit 78', async () => {
  const { code, stderr } = await run(binary, ['serve'], { cwd: tempDir(), env: { PORT: '99999', KIOSK_RESPONSE_TIMEOUT: '-1', LOG_LEVEL: 'loud', JOURNAL: 'maybe', TRUST_PROXY: 'perhaps', KIOSK_MAX_IN_FLIGHT: '0', JWT_ALGORITHM: 'none', JOURNAL_RETENTION: '3 weeks' } });
  assert.equal(code, 78, stderr);
  for (const [name, value] of [['PORT', '99999'], ['KIOSK_RESPONSE_TIMEOUT', '-1'], ['LOG_LEVEL', 'loud'], ['JOURNAL', 'maybe'], ['TRUST_PROXY', 'perhaps'], ['KIOSK_MAX_IN_FLIGHT', '0'], ['JWT_ALGORITHM', 'none'], ['JOURNAL_RETENTION', '3 weeks']])
    assert.ok(stderr.includes(name) && stderr.includes(value), `${name}=${value} in: ${stderr}`);
  const dir = tempDir();
  const secretFile = await run(binary, ['serve'], { cwd: dir, env: { PORT: '0', DATA_DIR: path.join(dir, 'd'), JWT_SECRET_FILE: path.join(dir, 'missing') } });
  assert.equal(secretFile.code, 78);
  assert.match(secretFile.stderr, /JWT_SECRET_FILE/);
});

test('.env, environment and flags: the later wins; unknown names and weak secrets are warned about', async () => {
  const dir = tempDir();
  const key = newSecret();
  fs.writeFileSync(path.join(dir, 'key'), `${key}\n`);
  fs.writeFileSync(path.join(dir, '.env'), `# comment\nKIOSK_RESPONSE_TIMEOUT="7"\nKIOSK_MAX_INFLIGHT=1\nNODE_ID=from-dotenv\nKIOSK_RESPONSE_TIMEOUT_MAX=1m\nJWT_SECRET=${secret('weaksecret')}\nADMIN_API_KEY=from-dotenv\n`);
  const one = await Gateway.start({ dir, env: { NODE_ID: 'from-environment', ADMIN_API_KEY: key }, args: ['serve', '--node-id', 'from-flag'] });
  assert.equal((await one.get('/health')).json.node, 'from-flag');
  const kiosk = await one.kiosk(sayYes);
  const { json: answer } = await one.send(kiosk);
  const seen = await one.request(answer.request_id);
  assert.equal(Date.parse(seen.deadline_at) - Date.parse(seen.created_at), 7000);
  assert.equal((await one.send(kiosk, {}, { timeout: 60 })).status, 200);
  assert.equal((await one.send(kiosk, {}, { timeout: 61 })).status, 400);
  const said = one.lines.join('\n') + one.stderr;
  assert.match(said, /KIOSK_MAX_INFLIGHT[^\n]*KIOSK_MAX_IN_FLIGHT/, 'the nearest known name');
  assert.match(said, /JWT_SECRET[^\n]*32/);
  await one.stop();
  const filed = await Gateway.start({ env: { ADMIN_API_KEY_FILE: path.join(dir, 'key') } });
  assert.equal((await filed.api('POST', '/api/kiosks', { id: 'x' })).status, 201);
  assert.ok(!fs.existsSync(path.join(filed.dataDir, 'admin.key')));
  await filed.stop();
});
