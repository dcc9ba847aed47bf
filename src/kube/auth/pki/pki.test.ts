import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { ensurePki, memoryPki, type Pki } from './pki.ts';

const DAY_MS = 24 * 3600_000;

function temporary(t: { after(fn: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'hako-pki-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function openssl(args: readonly string[], input = ''): string {
  return execFileSync('openssl', args, { input, encoding: 'utf8', timeout: 20_000, stdio: ['pipe', 'pipe', 'pipe'] });
}

test('ensurePki makes certificates that openssl verifies for their purposes', async (t) => {
  const directory = temporary(t);
  await ensurePki(directory, { names: ['api.example.test', '192.0.2.7', '2001:db8::1'] });
  const verify = (ca: string, cert: string, purpose: string) =>
    openssl(['verify', '-x509_strict', '-purpose', purpose, '-CAfile', join(directory, ca), join(directory, cert)]);
  assert.match(verify('ca.crt', 'server.crt', 'sslserver'), /: OK/);
  assert.match(verify('client-ca.crt', 'admin.crt', 'sslclient'), /: OK/);
  assert.match(verify('front-proxy-ca.crt', 'front-proxy-client.crt', 'sslclient'), /: OK/);
  assert.throws(() => verify('client-ca.crt', 'server.crt', 'sslserver'));
  const text = openssl(['x509', '-in', join(directory, 'server.crt'), '-noout', '-text']);
  for (const name of [
    'DNS:localhost',
    `DNS:${hostname()}`,
    'DNS:kubernetes.default.svc.cluster.local',
    'DNS:api.example.test',
  ]) {
    assert.ok(text.includes(name), name);
  }
  for (const address of ['127.0.0.1', '10.96.0.1', '192.0.2.7', '0:0:0:0:0:0:0:1', '2001:DB8:0:0:0:0:0:1']) {
    assert.ok(text.includes(`IP Address:${address}`), address);
  }
  const subject = openssl(['x509', '-in', join(directory, 'admin.crt'), '-noout', '-subject']);
  assert.match(subject, /O = system:masters, CN = kubernetes-admin/);
  for (const name of readdirSync(directory)) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
});

test('ensurePki keeps what is good', async (t) => {
  const directory = temporary(t);
  const first = await ensurePki(directory);
  const second = await ensurePki(directory);
  assert.deepEqual({ ...second, issueClient: undefined }, { ...first, issueClient: undefined });
});

test('ensurePki renews a certificate before it ends, and one for other names, with the same key', async (t) => {
  const directory = temporary(t);
  const first = await ensurePki(directory);
  const later = await ensurePki(directory, { nowMs: Date.now() + 300 * DAY_MS });
  assert.notEqual(later.serving.cert, first.serving.cert);
  assert.equal(later.serving.key, first.serving.key);
  assert.equal(later.clusterCa.cert, first.clusterCa.cert);
  const renamed = await ensurePki(directory, { names: ['other.test'], nowMs: Date.now() + 300 * DAY_MS });
  assert.notEqual(renamed.serving.cert, later.serving.cert);
  assert.equal(renamed.admin.cert, later.admin.cert);
  const back = await ensurePki(directory, { nowMs: Date.now() + 300 * DAY_MS });
  assert.equal(new X509Certificate(back.serving.cert).checkHost('other.test'), undefined);
});

test('ensurePki makes a broken leaf anew, and refuses a CA with a foreign key', async (t) => {
  const directory = temporary(t);
  const first = await ensurePki(directory);
  writeFileSync(join(directory, 'server.crt'), first.serving.cert.slice(0, 200));
  assert.ok(new X509Certificate((await ensurePki(directory)).serving.cert).checkHost('localhost'));
  writeFileSync(join(directory, 'ca.key'), (await memoryPki()).clusterCa.key);
  await assert.rejects(ensurePki(directory), /ca.crt and ca.key do not belong together/);
});

test('ensurePki run by several at once gives all of them the same cluster', async (t) => {
  const directory = temporary(t);
  const all = await Promise.all(Array.from({ length: 8 }, () => ensurePki(directory)));
  assert.equal(new Set(all.map((one) => one.clusterCa.cert)).size, 1);
  assert.equal(new Set(all.map((one) => one.serviceAccountKey)).size, 1);
  for (const one of all) {
    assert.ok(new X509Certificate(one.serving.cert).verify(new X509Certificate(one.clusterCa.cert).publicKey));
  }
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.endsWith('.tmp')),
    [],
  );
  assert.equal(readFileSync(join(directory, 'ca.crt'), 'utf8'), all[0]?.clusterCa.cert);
});

/** The subject that a server sees of a client with this certificate, or the reason why it was not trusted. */
async function seenBy(pki: Pki, client: { cert: string; key: string }): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer({ ...pki.serving, ca: pki.clientCa.cert, requestCert: true, rejectUnauthorized: false });
  server.on('secureConnection', (socket) => {
    const { subject } = socket.getPeerCertificate();
    resolve(socket.authorized ? JSON.stringify({ ...subject }) : String(socket.authorizationError));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    ca: pki.clusterCa.cert,
    ...client,
  });
  socket.on('error', (error) => resolve(error.message));
  try {
    return await promise;
  } finally {
    socket.destroy();
    server.close();
  }
}

test('issueClient makes certificates that TLS takes; those of other clusters it does not', async () => {
  const pki = await memoryPki();
  const jane = pki.issueClient({ commonName: 'jane', organizations: ['dev', 'ops'] });
  assert.deepEqual(JSON.parse(await seenBy(pki, jane)), { O: ['dev', 'ops'], CN: 'jane' });
  const stranger = (await memoryPki()).issueClient({ commonName: 'jane', organizations: ['system:masters'] });
  assert.match(await seenBy(pki, stranger), /UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY|signature/i);
  assert.match(await seenBy(pki, pki.frontProxyClient), /UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY/i);
});
