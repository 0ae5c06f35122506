// Settings as an operator meets them: check-config, --print-config, files of secrets, SIGHUP. PROTOCOL.md 6.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, binary, newSecret, run, tempDir } from './harness.mjs';

// A working directory with these files in it.
function directory(files = {}) {
  const dir = tempDir();
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(dir, name), text);
  return dir;
}
const call = (args, files, options = {}) => run(binary, args, { cwd: directory(files), ...options });

test('check-config: nothing set is fine, and nothing is made', async () => {
  const cwd = directory();
  const { code, stdout, stderr } = await run(binary, ['check-config'], { cwd });
  assert.deepEqual([code, stdout, stderr], [0, 'The settings are valid.\n', '']);
  assert.deepEqual(fs.readdirSync(cwd), []);
});

test('check-config: all faults in one message, exit 78, and serve says the same', async () => {
  const token = newSecret();
  const files = { '.env': `LOGLEVEL=DEBUG\nPORT=99999\n${token}\nMETRICS_TOKEN=${token}\nexport JOURNAL='strict\n` };
  const options = { env: { METRICS_TOKEN_FILE: 'token', JWT_SECRET_FILE: 'none', ADMIN_API_KEY: `two words ${token}` } };
  const { code, stdout, stderr } = await call(['check-config', '--log-level', 'loud'], files, options);
  assert.deepEqual([code, stdout], [78, '']);
  assert.equal(stderr.match(/settings are wrong/g).length, 1);
  for (const part of ['7 settings are wrong', ".env: line 3 ", ".env: line 5 has a quote that is never closed", "PORT: '99999' (.env line 2)",
    "LOG_LEVEL: 'loud' (flag)", "JWT_SECRET_FILE: 'none' (environment) can't be read: No such file or directory",
    'METRICS_TOKEN: both METRICS_TOKEN (.env line 4) and METRICS_TOKEN_FILE (environment)', 'ADMIN_API_KEY: its value (environment)',
    'warning: .env: line 1: LOGLEVEL is not a setting of this gateway and was ignored; did you mean LOG_LEVEL?'])
    assert.ok(stderr.includes(part), `${part}\n${stderr}`);
  assert.ok(!stderr.includes(token), stderr);
  const serve = await call(['serve', '--log-level', 'loud'], files, options);
  assert.deepEqual([serve.code, serve.stderr], [78, stderr]);
});

test('check-config: warnings don\'t stop a start', async () => {
  const { code, stdout, stderr } = await call(['check-config'], { '.env': 'JWT_SECRET=short\nPORT=1\nPORT=2\n' });
  assert.deepEqual([code, stdout], [0, 'The settings are valid, but read the warnings.\n']);
  assert.match(stderr, /^warning: \.env: lines 2 and 3 set the same name; the last one is used$/m);
  assert.match(stderr, /^warning: JWT_SECRET IS WEAK/m);
});

test('check-config: files that are there but can\'t be used', async () => {
  const empty = await call(['check-config'], { key: '\n' }, { env: { ADMIN_API_KEY_FILE: 'key' } });
  assert.equal(empty.code, 78);
  assert.match(empty.stderr, /ADMIN_API_KEY_FILE: 'key' \(environment\) is empty\. Write the secret into it/);
  const cwd = directory();
  fs.mkdirSync(path.join(cwd, '.env'));
  const dotenv = await run(binary, ['check-config'], { cwd });
  assert.equal(dotenv.code, 78);
  assert.match(dotenv.stderr, /\.env: can't be read: Is a directory/);
  const data = await call(['check-config'], { data: 'a file' });
  assert.equal(data.code, 78);
  assert.match(data.stderr, /DATA_DIR: '\.\/data' is not a directory/);
  const made = directory();
  fs.mkdirSync(path.join(made, 'data'));
  fs.writeFileSync(path.join(made, 'data', 'jwt.secret'), '');
  const secret = await run(binary, ['check-config'], { cwd: made });
  assert.equal(secret.code, 78);
  assert.match(secret.stderr, /jwt\.secret exists but is empty/);
  assert.equal((await run(binary, ['check-config'], { cwd: made, env: { JWT_SECRET: newSecret() } })).code, 0, 'it is not needed');
});

test('--print-config: each value and its source, secrets masked, and no start', async () => {
  const [jwt, token] = [newSecret(), newSecret()];
  const cwd = directory({ '.env': `PORT=1 # first\nHOST="127.0.0.1"\nMETRICS_TOKEN_FILE=token\n`, token: `${token}\r\n` });
  const { code, stdout } = await run(binary, ['serve', '--print-config', '--node-id', 'n:1'], { cwd, env: { JWT_SECRET: jwt, PORT: '81' } });
  assert.equal(code, 0);
  const row = (name) => stdout.split('\n').find((line) => line.startsWith(`${name} `))?.split(/ {2,}/);
  assert.deepEqual(row('PORT'), ['PORT', '81', 'environment']);
  assert.deepEqual(row('HOST'), ['HOST', '127.0.0.1', '.env line 2']);
  assert.deepEqual(row('NODE_ID'), ['NODE_ID', 'n:1', 'flag']);
  assert.deepEqual(row('LOG_LEVEL'), ['LOG_LEVEL', 'INFO', 'default']);
  assert.deepEqual(row('JWT_SECRET'), ['JWT_SECRET', '********', 'environment']);
  assert.deepEqual(row('METRICS_TOKEN'), ['METRICS_TOKEN', '********', 'token (METRICS_TOKEN_FILE, .env line 3)']);
  assert.deepEqual(row('ADMIN_API_KEY'), ['ADMIN_API_KEY', '(unset)', 'default']);
  for (const secret of [jwt, token]) assert.ok(!stdout.includes(secret));
  assert.deepEqual(fs.readdirSync(cwd).sort(), ['.env', 'token'], 'nothing was made');
  const wrong = await run(binary, ['serve', '--print-config'], { cwd, env: { PORT: 'x' } });
  assert.deepEqual([wrong.code, wrong.stdout.includes('HOST')], [78, true]);
  assert.match(wrong.stderr, /PORT: 'x'/);
});

test('--help has every setting, and the file of a secret as a flag', async () => {
  const { stdout } = await call(['--help']);
  const { stdout: example } = await call(['settings', '--env']);
  const names = [...example.matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);
  assert.ok(names.length > 25);
  for (const name of names.filter((one) => !one.endsWith('_FILE')))
    assert.match(stdout, new RegExp(`^\\s+--${name.toLowerCase().replaceAll('_', '-')}\\b`, 'm'));
  assert.match(stdout, /--print-config|check-config/);
  const file = await call(['check-config', '--jwt-secret-file', 'none']);
  assert.match(file.stderr, /JWT_SECRET_FILE: 'none' \(flag\) can't be read/);
});

test('METRICS_TOKEN from a file opens /metrics and nothing else', async () => {
  const token = newSecret();
  const dir = directory({ token: `${token}\n` });
  const gw = await Gateway.start({ dir, env: { METRICS_TOKEN_FILE: 'token' } });
  const foreign = { 'x-forwarded-for': '10.0.0.1' };  // not this machine's own call
  assert.equal((await gw.get('/metrics', { headers: foreign })).status, 401);
  assert.equal((await gw.get('/metrics', { headers: foreign, key: token })).status, 200);
  assert.equal((await gw.get('/api/kiosks', { headers: foreign, key: token })).status, 401);
  await gw.stop();
});

test('SIGHUP changes LOG_LEVEL, says so, and says what waits for a restart', async () => {
  const dir = directory({ '.env': 'KIOSK_MAX_IN_FLIGHT=5\n' });
  const dotenv = (text) => fs.writeFileSync(path.join(dir, '.env'), text);
  const gw = await Gateway.start({ dir });
  const reload = async (text, event = 'settings_reloaded') => {
    dotenv(text);
    const from = gw.log.entries.length;
    gw.kill('SIGHUP');
    return gw.waitLog(event, undefined, { from });
  };
  const quiet = await reload('KIOSK_MAX_IN_FLIGHT=5\nLOG_LEVEL=ERROR\n');
  assert.deepEqual([quiet.level, quiet.changed, quiet.needs_restart], ['info', 'LOG_LEVEL: INFO -> ERROR', 'nothing']);
  await gw.addKiosk({ id: 'unheard' });
  const loud = await reload('KIOSK_MAX_IN_FLIGHT=6\nLOG_LEVEL=INFO\n');
  assert.deepEqual([loud.level, loud.changed, loud.needs_restart], ['warning', 'LOG_LEVEL: ERROR -> INFO', 'KIOSK_MAX_IN_FLIGHT: 5 -> 6']);
  await gw.addKiosk({ id: 'heard' });
  await gw.waitLog('kiosk_added', (line) => line.kiosk_id === 'heard');
  assert.deepEqual(gw.logged('kiosk_added').map((line) => line.kiosk_id), ['heard']);

  const wrong = await reload('LOG_LEVEL=DEBUG\nJOURNAL=maybe\n', 'settings_not_reloaded');
  assert.equal(wrong.level, 'error');
  assert.match(wrong.reason, /JOURNAL: 'maybe' \(\.env line 2\) is not allowed; give strict or off/);
  const same = await reload('KIOSK_MAX_IN_FLIGHT=5\n');
  assert.deepEqual([same.changed, same.needs_restart], ['nothing', 'nothing'], 'the faulty file changed nothing');
  await gw.stop();
});

test('SIGHUP reads the files of secrets again; a new JWT_SECRET waits for the restart', async () => {
  const dir = directory({ jwt: newSecret() });
  const env = { JWT_SECRET_FILE: 'jwt' };
  const gw = await Gateway.start({ dir, env });
  const kiosk = await gw.addKiosk({ id: 'k' });
  await (await gw.kiosk(undefined, { of: kiosk })).close();
  fs.writeFileSync(path.join(dir, 'jwt'), newSecret());
  gw.kill('SIGHUP');
  const line = await gw.waitLog('settings_reloaded');
  assert.deepEqual([line.changed, line.needs_restart], ['nothing', 'JWT_SECRET']);
  await (await gw.kiosk(undefined, { of: kiosk })).close();
  fs.rmSync(path.join(dir, 'jwt'));
  gw.kill('SIGHUP');
  assert.match((await gw.waitLog('settings_not_reloaded')).reason, /JWT_SECRET_FILE: 'jwt' \(environment\) can't be read/);
  await (await gw.kiosk(undefined, { of: kiosk })).close();
  await gw.stop();
});
