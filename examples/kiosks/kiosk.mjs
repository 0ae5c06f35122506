// node kiosk.mjs GATEWAY TOKEN_FILE TERMINAL: a kiosk in one file. Needs `npm install ws`.
import fs from 'node:fs';
import WebSocket from 'ws';

const [gateway, tokenFile, terminal] = process.argv.slice(2);
const unsent = [];                // answers that no connection has taken yet
let link, wait = 1, card = Promise.resolve();

async function askTerminal(request) {
  try {
    const response = await fetch(terminal, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(request.body),
      signal: AbortSignal.timeout(40_000),                     // less than the gateway waits (45 s)
    });
    // Maybe done, maybe not: the gateway says "unknown".
    if (!response.ok) return { status: 'error', error: 'http_error', http_status: response.status };
    return await response.json();
  } catch (error) {
    // Surely not done, and only then may we say so.
    if (error.cause?.code === 'ECONNREFUSED') return { status: 'error', error: 'connection_refused', message: 'no terminal there' };
    return { status: 'error', error: error.name === 'TimeoutError' ? 'timeout' : 'invalid_response', message: error.message };
  }
}

function handle(request) {
  card = card.then(async () => {                               // one card at a time
    const answer = await askTerminal(request);
    unsent.push(JSON.stringify({ ...answer, request_id: request.request_id }));
    flush();
  });
}

function flush() {
  while (unsent.length && link?.readyState === WebSocket.OPEN) link.send(unsent.shift());
}

function connect() {
  const token = fs.readFileSync(tokenFile, 'utf8').trim();     // each time: it may have been renewed
  link = new WebSocket(gateway, { headers: { Authorization: `Bearer ${token}` }, maxPayload: 2 ** 20 });
  let alive = setTimeout(() => link.terminate(), 45_000);      // the gateway pings every 20 s
  link.on('open', () => { wait = 1; flush(); });
  link.on('ping', () => { alive.refresh(); });
  link.on('message', (text) => {
    const message = JSON.parse(text);
    if (message.request_id) handle(message);
  });
  link.on('error', (error) => console.error(`not connected: ${error.message}`));
  link.on('close', () => {
    clearTimeout(alive);
    setTimeout(connect, wait * 1000 * (0.5 + Math.random() / 2));
    wait = Math.min(wait * 2, 60);
  });
}
connect();
