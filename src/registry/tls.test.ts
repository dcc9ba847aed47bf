import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openOurs } from './testing/registries.ts';

test('a registry with a certificate speaks HTTPS', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-tls-'));
  try {
    const [keyPath, certPath] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyPath];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', certPath, '-days', '1', ...subject], { stdio: 'ignore' });
    await using registry = await openOurs({ tls: { certPath, keyPath } });
    const body = await new Promise((resolve, reject) => {
      get(`${registry.url}/v2/`, { ca: readFileSync(certPath), agent: false }, (response) =>
        resolve(text(response)),
      ).on('error', reject);
    });
    assert.equal(body, '{}\n');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
