// The kiosk-agent killed with SIGKILL again and again while payments run: the terminal's own journal has none of them twice,
// and the gateway has an answer for each that it has. KGW_KILLS: how often.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent, Terminal } from './agent.mjs';
import { Feed, Gateway, until, within } from './harness.mjs';

const kills = Number(process.env.KGW_KILLS ?? 20);
const atOnce = 4;

let gw;
before(async () => { gw = await Gateway.start({ env: { KIOSK_RESPONSE_TIMEOUT: '5' } }); });
after(async () => { await gw.stop(); });

// Payments without a pause, until stopped; each answer is kept with its order.
class Payments {
  answers = new Map();
  paid = new Feed();
  constructor(kiosk) { this.kiosk = kiosk; this.loops = Array.from({ length: atOnce }, (_, lane) => this.#run(lane)); }
  async #run(lane) {
    for (let n = 0; !this.stopping; ++n) {
      const order = `${lane}-${n}`;
      const answer = await gw.send(this.kiosk, { order_id: order });
      // Offline: surely not sent, and asked again with the same order, as a backend would.
      if (answer.json.error === 'kiosk_offline') { await until('the kiosk is there', async () => (await gw.kioskInfo(this.kiosk)).online); --n; } else this.answers.set(order, answer);
      if (answer.json.status === 'success') this.paid.push(order);
    }
  }
  async stop() { this.stopping = true; await Promise.all(this.loops); }
}

async function killUnderPayments(t, { terminal, routes, routesFile }) {
  const kiosk = await gw.addKiosk();
  const start = (dir) => new Agent(`ws://127.0.0.1:${gw.port}/ws`, kiosk.token, { routes, routesFile, dir });
  let agent = start();
  await agent.wait('gateway_connected');
  const payments = new Payments(kiosk.id);
  for (let n = 0; n < kills; ++n) {
    // At another moment of a payment each time: when the terminal has it, or when its answer is on its way.
    const feed = n % 2 ? payments.paid : terminal.journal;
    const from = feed.entries.length;
    await feed.wait((entry) => feed.entries.indexOf(entry) >= from + 2, 'payments go on', { from });
    await agent.kill();
    agent = start(agent.dir);
    await agent.wait('gateway_connected');
  }
  await payments.stop();
  const told = {};
  for (const [order, answer] of payments.answers) {
    // What came too late for its caller is in the gateway's journal.
    const known = answer.json.error === 'timeout' ? await settled(answer.json.request_id, terminal.times(order)) : answer.json;
    const what = known?.error ?? known?.status ?? 'nothing';
    told[what] = (told[what] ?? 0) + 1;
    assert.ok(terminal.times(order) <= 1, `${order} was executed ${terminal.times(order)} times`);
    if (known?.status === 'success') assert.equal(terminal.times(order), 1, `${order} is said to be paid`);
    if (['connection_refused', 'not_done'].includes(known?.error)) assert.equal(terminal.times(order), 0, `${order} is said not to be paid`);
    if (terminal.times(order) === 1) assert.ok(known, `${order} was paid, and nobody says so`);
  }
  t.diagnostic(`${kills} kills, ${payments.answers.size} payments: ${JSON.stringify(told)}`);
  await agent.stop();
  return told;
}

// The late answer; of one that never reached the terminal there need not be one.
async function settled(id, executed) {
  if (!executed) return (await gw.request(id)).response;
  return until(`an answer to ${id}`, async () => (await gw.request(id)).response);
}

test('killed while the terminal works: nothing twice, nothing silently gone', async (t) => {
  const terminal = await Terminal.start({ takesMs: 20 });
  const told = await killUnderPayments(t, { terminal, routes: [`payment=${terminal.url}/payment`] });
  assert.ok(told.success > kills, JSON.stringify(told));
  terminal.close();
});

test('killed, and the terminal is asked: nobody is left without an answer', async (t) => {
  const terminal = await Terminal.start({ takesMs: 20 });
  const routes = `routes:
  payment:
    url: ${terminal.url}/payment
    on_interrupt: retry
    lookup: {url: "${terminal.url}/orders/{order_id}", absent: {http_status: 404}}
`;
  const told = await killUnderPayments(t, { terminal, routesFile: routes });
  assert.ok(told.success > kills, JSON.stringify(told));
  assert.equal(told.interrupted, undefined, JSON.stringify(told));
  terminal.close();
});

test('a second agent with the same outbox does not start', async () => {
  const kiosk = await gw.addKiosk();
  const first = new Agent(`ws://127.0.0.1:${gw.port}/ws`, kiosk.token, { routes: ['payment=http://127.0.0.1:1/'] });
  await first.wait('gateway_connected');
  const second = new Agent(`ws://127.0.0.1:${gw.port}/ws`, kiosk.token, { routes: ['payment=http://127.0.0.1:1/'], dir: first.dir });
  assert.equal((await within(second.child.exited, 'the second agent ends')).code, 78);
  assert.match(second.text, /outbox is in use by another program: stop it/);
  await first.stop();
});
