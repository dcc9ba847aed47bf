import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { pem } from './certificate.ts';
import { memoryPki } from './pki.ts';
import { parseSigningRequest, signCertificateRequest } from './signing-request.ts';

const NAMES = 'subjectAltName=DNS:node-1.example,IP:10.0.0.7,IP:fd00::7,email:a@example.test,URI:spiffe://x/y';

/** A request made by openssl. */
function request(keyArguments: readonly string[], more: readonly string[] = ['-addext', NAMES]): string {
  const directory = mkdtempSync(join(tmpdir(), 'hako-csr-'));
  try {
    const key = join(directory, 'key.pem');
    const options = { timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
    execFileSync('openssl', ['genpkey', ...keyArguments, '-out', key], options);
    const subject = '/O=system:nodes/O=other/CN=system:node:node-1';
    const found = execFileSync('openssl', ['req', '-new', '-key', key, '-subj', subject, ...more], options);
    return found.toString();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const KINDS: readonly [string, readonly string[]][] = [
  ['EC P-256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ['EC P-384', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ['RSA', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
  ['Ed25519', ['-algorithm', 'ED25519']],
];

for (const [kind, keyArguments] of KINDS) {
  test(`parseSigningRequest reads what openssl asks for with ${kind} keys`, () => {
    const found = parseSigningRequest(request(keyArguments));
    assert.equal(found.commonName, 'system:node:node-1');
    assert.deepEqual(found.organizations, ['system:nodes', 'other']);
    assert.deepEqual(found.dnsNames, ['node-1.example']);
    assert.deepEqual(found.ipAddresses, ['10.0.0.7', 'fd00::7']);
    assert.deepEqual(found.emailAddresses, ['a@example.test']);
    assert.deepEqual(found.uris, ['spiffe://x/y']);
  });
}

test('parseSigningRequest reads a request without names', () => {
  assert.deepEqual(parseSigningRequest(request(['-algorithm', 'ED25519'], [])).dnsNames, []);
});

test('signCertificateRequest makes a certificate that openssl verifies', async () => {
  const { clientCa } = await memoryPki();
  const nowMs = Date.now();
  const options = {
    issuer: clientCa,
    usages: ['digital signature', 'client auth'],
    notAfterMs: nowMs + 3600_000,
    nowMs,
  };
  const cert = signCertificateRequest(request(['-algorithm', 'ED25519']), options);
  const directory = mkdtempSync(join(tmpdir(), 'hako-csr-'));
  try {
    writeFileSync(join(directory, 'ca.crt'), clientCa.cert);
    writeFileSync(join(directory, 'leaf.crt'), cert);
    const verify = ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', join(directory, 'ca.crt')];
    assert.match(execFileSync('openssl', [...verify, join(directory, 'leaf.crt')]).toString(), /OK/);
    assert.ok(readFileSync(join(directory, 'leaf.crt'), 'utf8').startsWith('-----BEGIN CERTIFICATE-----\n'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const parsed = new X509Certificate(cert);
  assert.equal(parsed.ca, false);
  assert.deepEqual(parsed.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(parsed.validToDate.getTime(), Math.floor((nowMs + 3600_000) / 1000) * 1000);
  assert.match(parsed.subject, /O=system:nodes\nO=other\nCN=system:node:node-1/);
});

test('signCertificateRequest gives nobody a certificate that outlives its issuer, or usages nobody knows', async () => {
  const { clientCa } = await memoryPki();
  const text = request(['-algorithm', 'ED25519'], []);
  const options = { issuer: clientCa, usages: ['client auth'], notAfterMs: Date.now() * 2, nowMs: Date.now() };
  const parsed = new X509Certificate(signCertificateRequest(text, options));
  assert.equal(parsed.validTo, new X509Certificate(clientCa.cert).validTo);
  assert.throws(
    () => signCertificateRequest(text, { ...options, usages: ['world domination'] }),
    /unrecognized usage: "world domination"/,
  );
});

test('parseSigningRequest refuses requests that were changed after they were signed', () => {
  const text = request(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], []);
  const der = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const at = der.indexOf('system:node:node-1');
  der.write('system:node:node-2', at);
  assert.throws(() => parseSigningRequest(pem('CERTIFICATE REQUEST', der)), /signature does not fit/);
});

test('parseSigningRequest refuses every cut and every flipped byte of a request as invalid', () => {
  const text = request(['-algorithm', 'ED25519']);
  const der = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  for (let at = 0; at < der.length; at++) {
    const flipped = Buffer.from(der);
    flipped[at] = (flipped[at] as number) ^ 0x55;
    for (const bytes of [flipped, der.subarray(0, at)]) {
      assert.throws(
        () => parseSigningRequest(pem('CERTIFICATE REQUEST', bytes)),
        (error) => isHakoError(error, 'invalid'),
        `byte ${at}`,
      );
    }
  }
});

test('parseSigningRequest refuses what is no request', () => {
  for (const text of ['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', ' '.repeat(1e6)]) {
    assert.throws(
      () => parseSigningRequest(text),
      (error) => isHakoError(error, 'invalid'),
    );
  }
});
