// A real Prometheus (Debian's) as a child process: scrapes a gateway, or takes what one pushes.
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { cleanEnv, startProcess, tempDir, until, within } from './harness.mjs';

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
  });
}

export class Prometheus {
  // scrape: [{port, token}]. rules: files.
  static async start({ scrape = [], rules = [] } = {}) {
    const one = new Prometheus();
    const dir = tempDir();
    one.port = await freePort();
    const jobs = scrape.map(({ port, token }) => `  - job_name: kiosk-gateway\n    authorization: {credentials: '${token}'}\n    static_configs: [{targets: ['127.0.0.1:${port}']}]\n`);
    const config = `global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: ${JSON.stringify(rules)}\nscrape_configs:${jobs.length ? `\n${jobs.join('')}` : ' []\n'}`;
    fs.writeFileSync(path.join(dir, 'prometheus.yml'), config);
    one.child = startProcess('prometheus', [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`, `--web.listen-address=127.0.0.1:${one.port}`,
      '--web.enable-remote-write-receiver', '--log.level=warn'], { cwd: dir, env: cleanEnv(), stdio: ['ignore', 'ignore', 'pipe'] });
    one.stderr = '';
    one.child.stderr.setEncoding('utf8').on('data', (text) => { one.stderr += text; });
    one.url = `http://127.0.0.1:${one.port}/api/v1/write`;
    await until(() => `prometheus is ready: ${one.stderr}`, async () => (await one.get('/-/ready').catch(() => ({}))).status === 200);
    return one;
  }
  get(target) {
    return within(new Promise((resolve, reject) => {
      http.get({ host: '127.0.0.1', port: this.port, path: target }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => resolve({ status: response.statusCode, text }));
      }).on('error', reject);
    }), target);
  }
  // -> [{metric, value: [at, text]}]
  async query(expression) {
    const answer = JSON.parse((await this.get(`/api/v1/query?query=${encodeURIComponent(expression)}`)).text);
    if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  }
  async stop() {
    this.child.kill('SIGTERM');
    await within(this.child.exited, 'prometheus ends');
  }
}
