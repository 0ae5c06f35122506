// What is deployed, against its schemas and against our own program: deploy/compose.yaml, deploy/kubernetes, Prometheus'
// configuration. node check.mjs BUILD. Outside CI: make lint-deploy.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const here = path.dirname(fileURLToPath(import.meta.url)), root = path.join(here, '../..');
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
let passed = 0, failed = 0;
function check(what, faults) {
  if (faults.length) { ++failed; console.error(`FAILED ${what}:\n  ${faults.join('\n  ')}`); } else { ++passed; console.log(`ok ${what}`); }
}
function tool(what, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  check(what, status === 0 ? [] : [error?.message ?? (stdout + stderr).trim()]);
}
const bin = (name) => path.join(here, 'node_modules/.bin', name);

tool('compose.yaml: the schema', bin('dclint'), ['deploy/compose.yaml', '--quiet', '--config', 'tests/deploy/dclint.yaml']);
if (spawnSync('promtool', ['--version']).status === 0) {
  // Where the container has them, this tree has other paths.
  const dir = fs.mkdtempSync('/tmp/kgw-deploy-');
  const text = read('deploy/compose/prometheus.yml').replace('/etc/prometheus/alerts.yaml', path.join(root, 'deploy/grafana/alerts.yaml')).replace('/secrets/metrics', path.join(dir, 'metrics'));
  fs.writeFileSync(path.join(dir, 'metrics'), 'x');
  fs.writeFileSync(path.join(dir, 'prometheus.yml'), text);
  tool('prometheus.yml', 'promtool', ['check', 'config', path.join(dir, 'prometheus.yml')]);
  fs.rmSync(dir, { recursive: true });
}

const known = new Set([...execFileSync(path.resolve(process.argv[2] ?? path.join(root, 'build'), 'kiosk-gateway'), ['settings', '--env'], { encoding: 'utf8', cwd: '/' }).matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name));
const isSetting = (name) => known.has(name) || known.has(name.replace(/_FILE$/, ''));
const compose = parse(read('deploy/compose.yaml'), { merge: true });
for (const name of ['gateway', 'kiosk-setup'])
  check(`compose.yaml: ${name} sets what there is`, Object.keys(compose.services[name].environment).filter((setting) => !isSetting(setting)));
check('compose.yaml: the files that it mounts exist', Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.map((one) => one.split(':')[0]))
  .filter((source) => source.startsWith('.') && !fs.existsSync(path.join(root, 'deploy', source))));

const models = { Deployment: 'apps/v1', StatefulSet: 'apps/v1', Service: 'v1', NetworkPolicy: 'networking.k8s.io/v1' };
for (const file of fs.readdirSync(path.join(root, 'deploy/kubernetes')).filter((name) => name.endsWith('.yaml'))) {
  for (const document of parseAllDocuments(read(`deploy/kubernetes/${file}`))) {
    const manifest = document.toJS(), what = `${file}: ${manifest.kind} ${manifest.metadata.name}`;
    if (models[manifest.kind] !== manifest.apiVersion) { check(what, [`no schema for ${manifest.apiVersion} ${manifest.kind}`]); continue; }
    const { [manifest.kind]: Model } = await import(`kubernetes-models/${manifest.apiVersion}`);
    try { new Model(manifest).validate(); check(what, []); } catch (error) { check(what, [error.message]); }
    for (const { name, env = [] } of manifest.spec.template?.spec.containers ?? [])
      if (name === 'gateway') check(`${what} sets what there is`, env.map((one) => one.name).filter((setting) => !isSetting(setting)));
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
