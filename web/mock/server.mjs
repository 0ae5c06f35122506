// A pretended gateway for working on the page alone: `npm run mock` (KIOSKS=10000 RATE=500 PORT=8010 ADMIN=1) serves
// dist/ with the real CSP, and the endpoints that the page calls, over kiosks and requests that it makes up. The key
// is kgw_mock. The tests run against the real gateway, never against this.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Fleet } from './fleet.mjs';

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const dist = path.join(import.meta.dirname, '..', 'dist');
const fleet = new Fleet(Number(process.env.KIOSKS ?? 40), Number(process.env.RATE ?? 6));
const sessions = new Set();
const settings = [['PORT', '8000', 'default', false], ['DATA_DIR', './data', 'environment', false], ['JWT_SECRET', '***', 'file data/jwt.secret', true], ['KIOSK_RESPONSE_TIMEOUT', '45s', '.env', false], ['TELEGRAM_BOT_TOKEN', '', 'default', true]];

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
const refuse = (response, status, error) => answer(response, status, { status: 'error', error, message: `The mock says ${error}.` });

function who(request) {
  const cookie = /kgw_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
  if (sessions.has(cookie)) return { name: 'admin', scopes: ['send', 'read', 'admin'], csrf: `csrf${cookie}`, read_only: false, how: 'session', cookie };
  return process.env.LOCAL ? { name: '', scopes: ['read'], csrf: '', read_only: true, how: 'local' } : null;
}
const public_ = ({ cookie, ...session }) => session;

function page(request, response, name) {
  const file = path.join(dist, name);
  if (!file.startsWith(dist) || !fs.existsSync(file)) return refuse(response, 404, 'not_found');
  const headers = name === 'index.html' ? { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'content-security-policy': CSP } : { 'content-type': types[path.extname(file)], 'cache-control': 'public, max-age=31536000, immutable' };
  response.writeHead(200, headers);
  return fs.createReadStream(file).pipe(response);
}

function events(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  let id = 0;
  const send = (type, data) => response.write(`id: ${++id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  response.write('retry: 2000\n\n');
  send('hello', { version: '0.1.0', node: 'mock', time: new Date().toISOString(), health: fleet.health() });
  const rows = [...fleet.kiosks.values()];
  for (let at = 0; at === 0 || at < rows.length; at += 500)
    send('kiosks', { reset: at === 0, complete: at + 500 >= rows.length, rows: rows.slice(at, at + 500), removed: [] });
  const stop = fleet.listen(({ kiosks, removed, requests, skipped, history, audit }) => {
    send('stats', fleet.stats());
    if (kiosks.length || removed.length) send('kiosks', { reset: false, complete: true, rows: kiosks, removed });
    if (requests.length) send('requests', { rows: requests, skipped });
    if (history.length) send('history', { rows: history });
    if (audit.length) send('audit', { rows: audit });
  });
  response.on('close', stop);
}

const reads = {
  '/api/series': (query) => fleet.series(Number(query.get('window') ?? 900)),
  '/api/stats': () => fleet.stats(),
  '/api/settings': () => ({ settings: settings.map(([name, value, source, secret]) => ({ name, value, source, secret })) }),
  '/api/requests': (query) => fleet.pageOfRequests(query),
  '/api/history': (query) => ({ connections: fleet.history.filter((row) => !query.get('kiosk_id') || row.kiosk_id === query.get('kiosk_id')).slice(0, Number(query.get('limit') ?? 100)), next: null }),
  '/api/audit': (query) => ({ entries: fleet.audit.filter((row) => !query.get('target') || row.target === query.get('target')), next: null }),
  '/api/keys': () => ({ keys: fleet.keys }),
};

async function api(request, response, url, session) {
  if (request.method === 'GET' && url.pathname === '/api/events') return events(response);
  if (request.method === 'GET' && reads[url.pathname]) return answer(response, 200, reads[url.pathname](url.searchParams));
  let text = '';
  for await (const part of request) text += part;
  if (request.method !== 'GET' && session.cookie && request.headers['x-csrf-token'] !== session.csrf) return refuse(response, 403, 'forbidden');
  const [status, body] = await fleet.act(request.method, url.pathname, url.searchParams, text ? JSON.parse(text) : {});
  return body?.refused ? refuse(response, status, body.refused) : answer(response, status, body);
}

async function login(request, response) {
  let text = '';
  for await (const part of request) text += part;
  const { key, code } = JSON.parse(text);
  if (key !== 'kgw_mock' && code !== 'mock') return refuse(response, 401, 'unauthorized');
  const cookie = Math.random().toString(36).slice(2);
  sessions.add(cookie);
  return answer(response, 200, public_(who({ headers: { cookie: `kgw_session=${cookie}` } })), { 'set-cookie': `kgw_session=${cookie}; HttpOnly; SameSite=Strict; Path=/` });
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://mock');
  const session = who(request);
  if (url.pathname === '/dashboard') return page(request, response, 'index.html');
  if (url.pathname.startsWith('/dashboard/assets/')) return page(request, response, url.pathname.slice('/dashboard/'.length));
  if (url.pathname === '/dashboard/login') return login(request, response);
  if (!session) return refuse(response, 401, 'unauthorized');
  if (url.pathname === '/dashboard/session') return answer(response, 200, public_(session));
  if (url.pathname === '/dashboard/logout') { sessions.delete(session.cookie); return answer(response, 204, undefined, { 'set-cookie': 'kgw_session=; Max-Age=0; Path=/' }); }
  return api(request, response, url, session);
});
server.listen(Number(process.env.PORT ?? 8010), '127.0.0.1', () => console.log(`mock: http://127.0.0.1:${server.address().port}/dashboard#code=mock`));
