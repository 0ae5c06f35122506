// Our agent and our gateway speak v2 with each other: PROTOCOL.md 4.1. What gets lost on the way comes again, and nothing
// is done twice.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Agent, Terminal } from './agent.mjs';
import { Feed, Gateway, until } from './harness.mjs';

// Between the two. While `loses` is set, what the gateway sends is thrown away; `lost` has an entry for each piece.
class Way {
  lost = new Feed();
  ends = new Set();
  static async to(port) {
    const way = new Way();
    way.server = net.createServer((kiosk) => {
      const gateway = net.connect(port, '127.0.0.1');
      for (const end of [kiosk, gateway]) {
        way.ends.add(end);
        end.on('error', () => {});
        end.on('close', () => { way.ends.delete(end); kiosk.destroy(); gateway.destroy(); });
      }
      kiosk.on('data', (bytes) => gateway.write(bytes));
      gateway.on('data', (bytes) => { if (way.loses) way.lost.push(bytes.toString('latin1')); else kiosk.write(bytes); });
    });
    await new Promise((resolve) => way.server.listen(0, '127.0.0.1', resolve));
    way.url = `ws://127.0.0.1:${way.server.address().port}/ws`;
    return way;
  }
  cut() { for (const end of this.ends) end.destroy(); }
  close() { this.cut(); this.server.close(); }
}

let gw;
let terminal;
before(async () => { gw = await Gateway.start(); terminal = await Terminal.start(); });
after(async () => { terminal.close(); await gw.stop(); });

const online = (id) => until(`${id} takes requests`, async () => (await gw.send(id, { order_id: `first-${id}` })).status === 200);

test('a request that is lost on the way comes again, and is carried out once', async () => {
  const kiosk = await gw.addKiosk();
  const way = await Way.to(gw.port);
  const agent = new Agent(way.url, kiosk.token, { routes: [`payment=${terminal.url}/payment`] });
  await online(kiosk.id);
  way.loses = true;
  const call = gw.send(kiosk.id, { order_id: 'lost' });
  await way.lost.wait((bytes) => bytes.includes('"type":"request"') && bytes.includes('lost'), 'the request is lost');
  way.loses = false;
  way.cut();
  const answer = await call;
  assert.equal(answer.json.status, 'success', answer.text);
  assert.equal(terminal.times('lost'), 1);
  await agent.stop();
  way.close();
});
