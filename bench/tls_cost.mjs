// What TLS costs the gateway: memory of an idle kiosk, CPU of a handshake and of a request, each against plain ones.
// CPU is the process's own time, so neighbours on the machine disturb it little; rates are what one core would do.
//   KGW_BUILD_DIR=build node bench/tls_cost.mjs [KIOSKS]      (after tests/e2e/install)
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { Gateway } from '../tests/e2e/harness.mjs';
import { Kiosk, sayYes } from '../tests/e2e/kiosk.mjs';
import { certificate } from '../tests/e2e/tls.mjs';

const kCount = Number(process.argv[2] ?? 1000);
const kRequests = 5000;
const cpuUs = (pid) => {  // user and system
  const [, user, system] = /\) \S+ (?:\S+ ){10}(\d+) (\d+) /.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')).map(Number);
  return (user + system) * 10_000;
};
const inBatches = async (count, size, each) => {
  for (let i = 0; i < count; i += size) await Promise.all(Array.from({ length: Math.min(size, count - i) }, (_, k) => each(i + k)));
};

async function one(files) {
  const env = { JOURNAL: 'off', ...(files && { TLS_CERT_FILE: files.cert, TLS_KEY_FILE: files.key }) };
  const gw = await Gateway.start({ ca: files?.ca, env });
  const busy = await gw.kiosk(sayYes);
  await inBatches(200, 20, () => gw.send(busy, { sum: 1 }));  // warm
  let began = cpuUs(gw.pid);
  await inBatches(kRequests, 50, () => gw.send(busy, { sum: 1 }));
  const request = (cpuUs(gw.pid) - began) / kRequests;
  const ids = [];
  await inBatches(kCount, 50, async () => { ids.push(await gw.addKiosk()); });
  const before = gw.rssBytes();
  const kiosks = [];
  began = cpuUs(gw.pid);
  await inBatches(kCount, 50, async (i) => {
    const kiosk = new Kiosk(gw, ids[i].id, ids[i].token);
    kiosks.push(kiosk);
    await kiosk.opened;
  });
  const connect = (cpuUs(gw.pid) - began) / kCount;
  const idle = (gw.rssBytes() - before) / kCount;
  for (const kiosk of kiosks) kiosk.drop();
  let handshakes;
  if (files) {
    began = cpuUs(gw.pid);
    const said = await new Promise((resolve) => execFile('openssl', ['s_time', '-connect', `127.0.0.1:${gw.port}`, '-new', '-time', '5', '-CAfile', files.ca], (error, stdout) => resolve(stdout)));
    const count = Number(/(\d+) connections in/.exec(said)[1]);
    const cpu = (cpuUs(gw.pid) - began) / count;
    handshakes = { us: cpu.toFixed(0), per_second_of_cpu: (1e6 / cpu).toFixed(0), seen: (count / 5).toFixed(0) };
  }
  await gw.stop();
  return { request_us: request.toFixed(1), connect_us: connect.toFixed(0), idle_kiosk_bytes: idle.toFixed(0), handshakes };
}

const files = await certificate('DNS:localhost');
const plain = await one();
const encrypted = await one(files);
console.log(JSON.stringify({ kiosks: kCount, requests: kRequests, plain, tls: encrypted }, null, 1));
process.exit();
