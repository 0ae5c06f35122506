// The way to Redis: TLS, users, databases, addresses; and what a Redis' own settings promise. PROTOCOL.md 1.3, 6.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fs from 'node:fs';
import { Gateway, newSecret, secret, tempDir, until, within } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { RedisServer, freePort } from './redis.mjs';
import { certificate } from './tls.mjs';

// A gateway with this URL serves, and its keys lie where they should.
async function serves(server, url, { env = {}, database = 0 } = {}) {
  const gw = await Gateway.start({ env: server.settings({ REDIS_URL: url, ...env }) });
  const kiosk = await gw.kiosk(sayYes);
  assert.equal((await gw.send(kiosk)).status, 200);
  const { json } = await gw.get('/health');
  assert.deepEqual([json.status, json.redis, json.durability], ['healthy', 'connected', 'strict']);
  assert.match(await server.command('INFO', 'keyspace'), new RegExp(`db${database}:keys=[1-9]`));
  await gw.stop();
  assert.equal(await server.command('EXISTS', 'kgw:lease'), ':0\r\n', 'the lease is given back');
  await server.command('FLUSHALL');
}

// A gateway with this URL starts all the same, says why it can't serve, and shows no secret.
async function waits(server, url, reason, env = {}) {
  const gw = await Gateway.start({ env: server.settings({ REDIS_URL: url, ...env }) });
  const health = await gw.get('/health');
  assert.equal(health.status, 503);
  assert.deepEqual([health.json.status, health.json.redis], ['degraded', 'disconnected']);
  assert.match(health.json.message, reason);
  assert.match((await gw.waitLog('waiting_for_store')).why, reason);
  assert.equal((await gw.get('/health/live')).status, 200);
  assert.equal((await gw.get('/health/ready')).status, 503);
  await gw.stop();
}

test('user and password, percent-encoded; a wrong one is told without it', async () => {
  const server = await RedisServer.start();
  const password = secret('p@ss/w:rd?#%41 50%');
  assert.equal(await server.command('ACL', 'SETUSER', 'kiosk:gw', 'on', `>${password}`, '~kgw:*', '+@all'), '+OK\r\n');
  const at = `127.0.0.1:${server.port}`;
  await serves(server, `redis://kiosk%3Agw:${encodeURIComponent(password)}@${at}/0`);
  await waits(server, `redis://kiosk%3Agw:${newSecret()}@${at}`, /WRONGPASS.*Check user and password in REDIS_URL/);
  const other = newSecret();
  await server.command('ACL', 'SETUSER', 'default', 'resetpass', `>${other}`);
  await waits(server, `redis://${at}`, /NOAUTH.*Check user and password in REDIS_URL/);
  const gw = await Gateway.start({ env: server.settings({ REDIS_URL: `redis://:${other}@${at}` }) });
  assert.equal((await gw.get('/health')).json.redis, 'connected', 'a password alone is the default user\'s');
  await gw.stop();
  await server.end();
});

test('a database, what other clients put behind the question mark, a name with several addresses, IPv6', async () => {
  const server = await RedisServer.start();
  await serves(server, `${server.url}/7?family=0&tls=false`, { database: 7 });
  await serves(server, `redis://localhost:${server.port}/?family=0`);  // ::1 comes first, and nobody is there
  await server.end();
  const six = await RedisServer.start({ options: ['--bind', '127.0.0.1', '::1'] });
  await serves(six, `redis://[::1]:${six.port}/3`, { database: 3 });
  await waits(six, `${six.url}/99`, /DB index is out of range/);
  await six.end();
});

test('?db= is a database; a cluster, a Unix socket and other forms are refused with a sentence', async () => {
  const server = await RedisServer.start();
  await serves(server, `${server.url}?db=3`, { database: 3 });
  await server.end();
  const cluster = await RedisServer.start({ options: ['--cluster-enabled', 'yes'] });
  for (const url of [cluster.url, `${cluster.url}/2`]) await waits(cluster, url, /Redis Cluster, which kiosk-gateway can't use/);
  await cluster.end();
  for (const [url, why] of [['unix:///run/redis.sock', /Unix socket/], [`${server.url}/2?db=3`, /its value \(environment\) is not allowed: \?db= and the path name different databases; it must look like redis:/], ['redis+cluster://a:1,b:2', /Redis Cluster/]]) {
    const gw = await Gateway.start({ env: server.settings({ REDIS_URL: url }), expectListening: false });
    assert.notEqual((await within(gw.exited, 'it refuses to start')).code, 0);
    assert.match(gw.stderr + gw.lines.join('\n'), why);
    assert.match(gw.stderr + gw.lines.join('\n'), /REDIS_URL/);
  }
});

test('the rights that docs/redis.md lists are enough; one that is missing is named', async () => {
  const server = await RedisServer.start();
  const page = fs.readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8');
  const [, line] = /^ACL SETUSER (.*)$/m.exec(page);
  const password = newSecret();
  const words = line.replace('PASSWORD', password).split(' ');
  const url = `redis://${words[0]}:${password}@127.0.0.1:${server.port}/1`;
  assert.equal(await server.command('ACL', 'SETUSER', ...words), '+OK\r\n');
  await serves(server, url, { database: 1, env: { REDIS_WAIT_REPLICAS: '0' } });
  await server.command('ACL', 'SETUSER', words[0], '-zadd');
  await waits(server, url, /lacks permissions in Redis: grant it \+zadd \(docs\/redis.md/);
  assert.equal(await server.command('DBSIZE'), ':0\r\n', 'nothing is left half written');
  await server.end();
});

test('rediss: with the authority\'s file it serves; with another\'s, with none or for another name it says why', async () => {
  const { ca, cert, key } = await certificate('DNS:localhost,IP:127.0.0.1');
  const tlsPort = await freePort();
  const server = await RedisServer.start({
    options: ['--tls-port', String(tlsPort), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no', '--bind', '127.0.0.1', '127.0.0.2'],
  });
  await serves(server, `rediss://localhost:${tlsPort}`, { env: { REDIS_CA_FILE: ca } });
  await serves(server, `rediss://127.0.0.1:${tlsPort}/2`, { env: { REDIS_CA_FILE: ca }, database: 2 });
  const distrust = /its certificate is not trusted: .*REDIS_CA_FILE/;
  const other = await certificate('DNS:localhost,IP:127.0.0.1');
  await waits(server, `rediss://localhost:${tlsPort}`, distrust, { REDIS_CA_FILE: other.ca });
  await waits(server, `rediss://localhost:${tlsPort}`, distrust);
  await waits(server, `rediss://127.0.0.2:${tlsPort}`, /is not trusted: IP address mismatch/, { REDIS_CA_FILE: ca });
  await waits(server, `rediss://localhost:${server.port}`, /Redis at rediss:\/\/localhost/, { REDIS_CA_FILE: ca });  // no TLS there
  await server.end();
});

test('a certificate of Redis that ends soon is told once, over a restart and a new connection too', async () => {
  const { ca, cert, key } = await certificate('DNS:localhost,IP:127.0.0.1', 5);
  const tlsPort = await freePort();
  const server = await RedisServer.start({ options: ['--tls-port', String(tlsPort), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'] });
  const env = server.settings({ REDIS_URL: `rediss://localhost:${tlsPort}`, REDIS_CA_FILE: ca });
  const told = (gw) => gw.get('/api/alerts', { key: gw.adminKey }).then(({ json }) => json.alerts.filter(({ kind }) => kind === 'certificate_expiring'));
  const gw = await Gateway.start({ env });
  await gw.waitLog('alert_raised', ({ kind, message }) => kind === 'certificate_expiring' && /Redis' certificate expires at \d{4}-/.test(message));
  const [alert] = await told(gw);
  assert.equal(alert.severity, 'warning');
  await gw.stop();
  const again = await Gateway.start({ env, dir: gw.dir });
  await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await again.waitLog('store_recovered');
  assert.deepEqual(await told(again), [], 'it was told already');
  await again.stop();
  await server.end();
});

test('what Redis does not promise is said at the start and in /health', async () => {
  const server = await RedisServer.start();
  const durability = async (settings, expected, why) => {
    for (const [name, value] of Object.entries(settings)) assert.equal(await server.command('CONFIG', 'SET', name, value), '+OK\r\n');
    const gw = await Gateway.start({ env: server.settings(), dir: tempDir() });
    const { status, json } = await gw.get('/health');
    assert.deepEqual([status, json.status, json.durability], [200, 'healthy', expected], 'weak is not ill');
    if (why) assert.match((await gw.waitLog('store_is_weak')).why, why);
    else assert.equal(gw.logged('store_is_weak').length, 0);
    await gw.stop();
  };
  await durability({}, 'strict');
  await durability({ appendfsync: 'everysec' }, 'weak', /last second.*appendfsync always/);
  await durability({ appendfsync: 'always', 'maxmemory-policy': 'allkeys-lru' }, 'weak', /maxmemory-policy noeviction/);
  await durability({ 'maxmemory-policy': 'noeviction', appendonly: 'no' }, 'weak', /appendonly yes and appendfsync always/);
  await server.command('CONFIG', 'SET', 'appendonly', 'yes');
  // While it runs: one that throws away what was told is not healthy, whatever else works.
  const gw = await Gateway.start({ env: server.settings(), dir: tempDir() });
  const kiosk = await gw.kiosk(sayYes);
  await server.command('CONFIG', 'SET', 'maxmemory', '500mb');
  await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  await gw.waitLog('alert_raised', ({ kind, message }) => kind === 'durability_weak' && /noeviction/.test(message));
  const { status, json } = await gw.get('/health');
  assert.deepEqual([status, json.status, json.redis, json.durability], [200, 'degraded', 'connected', 'weak']);
  assert.match(json.message, /allkeys-lru.*noeviction/);
  assert.equal((await gw.send(kiosk)).status, 200);
  await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await until('it is healthy', async () => { const { json: now } = await gw.get('/health'); return now.status === 'healthy' && now.durability === 'strict'; });
  await gw.stop();
  await server.end();
});
