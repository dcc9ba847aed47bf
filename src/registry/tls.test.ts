import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { openOurs } from './testing/registries.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-tls-'));
after(() => rmSync(root, { recursive: true }));
const [keyPath, certPath] = [join(root, 'key.pem'), join(root, 'cert.pem')];

/** Puts a new key and certificate into place. */
function renew(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${keyPath}.new`];
  const args = ['req', '-x509', ...key, '-out', `${certPath}.new`, '-days', '1', ...subject];
  execFileSync('openssl', args, { stdio: 'ignore' });
  for (const path of [keyPath, certPath]) renameSync(`${path}.new`, path);
}

function ask(url: string): Promise<{ body: string; name: string }> {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/v2/`, { rejectUnauthorized: false, agent: false }, async (response) => {
      const { subject } = (response.socket as TLSSocket).getPeerCertificate();
      resolve({ body: await text(response), name: String(subject.CN) });
    });
    asked.on('error', reject);
  });
}

test('a registry with a certificate speaks HTTPS', async () => {
  renew('first');
  await using registry = await openOurs({ tls: { certPath, keyPath } });
  const body = await new Promise((resolve, reject) => {
    get(`${registry.url}/v2/`, { ca: readFileSync(certPath), agent: false }, (response) => resolve(text(response))).on(
      'error',
      reject,
    );
  });
  assert.equal(body, '{}\n');
});

test('a renewed certificate is used without a restart, and one that cannot be read is not', async () => {
  renew('first');
  await using registry = await openOurs({ tls: { certPath, keyPath }, patience: { certificateMs: 20 } });
  assert.equal((await ask(registry.url)).name, 'first');
  writeFileSync(certPath, 'half of a cert');
  await delay(100);
  assert.equal((await ask(registry.url)).name, 'first', 'the old one stays');
  renew('second');
  let name = 'first';
  while (name === 'first') ({ name } = await ask(registry.url));
  assert.equal(name, 'second');
});
