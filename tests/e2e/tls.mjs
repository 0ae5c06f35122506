// What a TLS-terminating edge needs: a certificate authority and a certificate for one name, made by openssl, and a proxy
// that decrypts what comes and passes it on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { run, tempDir } from './harness.mjs';

// -> {ca, cert, key}: paths of PEM files. name: as subjectAltName has it ("DNS:localhost,IP:127.0.0.1").
export async function certificate(name, days = 2) {
  const dir = tempDir();
  const file = (one) => path.join(dir, one);
  const openssl = async (...args) => {
    const { code, stderr } = await run('openssl', args, { cwd: dir });
    assert.equal(code, 0, stderr);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority', '-days', String(days));
  await openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=test edge');
  fs.writeFileSync(file('names'), `subjectAltName=${name}\n`);
  await openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'cert.pem', '-days', String(days), '-extfile', 'names');
  return { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
}

// A certificate for a kiosk, signed by a new authority or that of an earlier one. -> {ca, cert, key}. subject: "/CN=...".
export async function clientCertificate(subject, { san, of } = {}) {
  const dir = of ? path.dirname(of.ca) : tempDir();
  const name = `client${fs.readdirSync(dir).length}`;
  const file = (one) => path.join(dir, one);
  const openssl = async (...args) => {
    const { code, stderr } = await run('openssl', args, { cwd: dir });
    assert.equal(code, 0, stderr);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  if (!of) await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=kiosks authority', '-days', '2');
  await openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
  fs.writeFileSync(file(`${name}.ext`), san ? `subjectAltName=${san}\n` : 'basicConstraints=CA:FALSE\n');
  await openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', `${name}.pem`, '-days', '2', '-extfile', `${name}.ext`);
  return { ca: file('ca.pem'), cert: file(`${name}.pem`), key: file(`${name}.key`) };
}

// Decrypts on a port of its own and passes everything on to `port`.
export class TlsEdge {
  #sockets = new Set();
  static async start(port, { cert, key }) {
    const edge = new TlsEdge();
    edge.server = tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, (outside) => {
      const inside = net.connect(port, '127.0.0.1');
      for (const socket of [outside, inside]) edge.#sockets.add(socket.on('error', () => {}).on('close', () => { outside.destroy(); inside.destroy(); edge.#sockets.delete(socket); }));
      outside.pipe(inside).pipe(outside);
    });
    await new Promise((resolve) => edge.server.listen(0, '127.0.0.1', resolve));
    edge.port = edge.server.address().port;
    return edge;
  }
  cut() { for (const socket of this.#sockets) socket.destroy(); }
  close() { this.cut(); this.server.close(); }
}
