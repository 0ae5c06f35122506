// The dashboards and alert rules of deploy/grafana: a real Prometheus scrapes a gateway and evaluates all of them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Gateway, run, until } from './harness.mjs';
import { sayYes } from './kiosk.mjs';
import { Prometheus } from './prometheus.mjs';
import { RemoteWriteReceiver } from './remote_write.mjs';

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..', '..');
const deploy = path.join(root, 'deploy', 'grafana');
const rules = path.join(deploy, 'alerts.yaml');
const IDLE = /round_trip/;  // the first ping comes later than this test ends

test('every expression of every dashboard, and every rule, has data', async () => {
  const receiver = await RemoteWriteReceiver.start();
  const gw = await Gateway.start({ env: { METRICS_PER_KIOSK: 'true', GRAFANA_PROMETHEUS_URL: receiver.url } });
  const prometheus = await Prometheus.start({ scrape: [{ port: gw.port, token: gw.adminKey }], rules: [rules] });
  const kiosk = await gw.kiosk(sayYes);
  const scrapes = async () => Number((await prometheus.query('count_over_time(kgw_requests_total{operation="payment",outcome="answered"}[1m])'))[0]?.value[1] ?? 0);
  const use = async () => gw.request((await gw.send(kiosk)).json.request_id);
  await until('scrapes, with requests and reads between them', async () => { await use(); return (await scrapes()) >= 4; });
  let count = 0;
  for (const file of fs.readdirSync(deploy).filter((name) => name.endsWith('.json'))) {
    const dashboard = JSON.parse(fs.readFileSync(path.join(deploy, file), 'utf8'));
    for (const panel of dashboard.panels)
      for (const { expr } of panel.targets) {
        const asked = expr.replaceAll('$__rate_interval', '30s').replaceAll('$instance', '.*').replaceAll('$kiosk', kiosk.id);
        assert.ok(!asked.includes('$'), asked);
        const found = await prometheus.query(asked);
        assert.ok(found.length > 0, `${file}, ${panel.title}: no data: ${asked}`);
        assert.ok(IDLE.test(asked) || found.some(({ value }) => value[1] !== 'NaN'), `${file}, ${panel.title}: only NaN: ${asked}`);
        ++count;
      }
  }
  assert.ok(count > 50, `${count} expressions`);
  const { data } = JSON.parse((await prometheus.get('/api/v1/rules')).text);
  const names = new Set(JSON.parse((await prometheus.get('/api/v1/label/__name__/values')).text).data);
  const all = data.groups.flatMap((group) => group.rules);
  assert.equal(all.length, 16);
  for (const rule of all) {
    assert.equal(rule.health === 'err' ? rule.lastError : '', '', rule.name);
    for (const [name] of rule.query.matchAll(/\b(?:kgw|process)_\w+/g)) assert.ok(names.has(name), `${rule.name}: ${name} is no series of ours`);
  }
  assert.deepEqual(all.filter((rule) => rule.state === 'firing').map((rule) => rule.name), [], 'all is well here');
  await prometheus.stop();
  await gw.stop();
  assert.deepEqual(receiver.faults, []);
  receiver.stop();
});

test('the rules hold, fire and keep silent, and their runbooks are there', async () => {
  for (const args of [['check', 'rules', rules], ['test', 'rules', path.join(deploy, 'alerts_test.yaml')]]) {
    const done = await run('promtool', args);
    assert.equal(done.code, 0, done.stdout + done.stderr);
  }
  const headings = new Set(fs.readFileSync(path.join(root, 'docs', 'operations.md'), 'utf8').split('\n').filter((line) => line.startsWith('#'))
    .map((line) => line.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-')));
  const links = [...fs.readFileSync(rules, 'utf8').matchAll(/runbook: docs\/operations\.md#(\S+)/g)].map(([, anchor]) => anchor);
  assert.equal(links.length, 16);
  for (const anchor of links) assert.ok(headings.has(anchor), `no runbook ${anchor}`);
});
