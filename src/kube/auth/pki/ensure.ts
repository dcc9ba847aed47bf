import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { HakoError } from '#base';
import { issueCertificate, type KeyPair, newKey } from './certificate.ts';
import type { PkiFiles } from './files.ts';
import type { AlternativeNames, Subject } from './names.ts';
import { BACKDATE_MS } from './signing-request.ts';

const DAY_MS = 24 * 3600_000;
const CA_DAYS = 3650;
const LEAF_DAYS = 365;
/** Certificates that end sooner than this are made anew. */
const RENEW_DAYS = 90;

/** The key first, then its certificate: after a crash in between the certificate is made for the key that is there. */
export async function ensureCa(files: PkiFiles, name: string, commonName: string, nowMs: number): Promise<KeyPair> {
  const key = await ensureKey(files, name);
  const there = await files.read(`${name}.crt`);
  if (there !== undefined) {
    if (!fits(there, key)) throw new HakoError('failed_precondition', mismatch(name));
    return { key, cert: there };
  }
  const template = {
    subject: { commonName },
    publicKey: createPublicKey(key),
    usages: ['digital signature', 'cert sign', 'crl sign'],
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + CA_DAYS * DAY_MS,
    ca: true,
  };
  return { key, cert: await files.create(`${name}.crt`, issueCertificate(template, { selfKey: key })) };
}

function mismatch(name: string): string {
  return `${name}.crt and ${name}.key do not belong together: put back the files of one cluster, or remove both for new ones`;
}

/** A private key that stays. */
export async function ensureKey(files: PkiFiles, name: string): Promise<string> {
  return (await files.read(`${name}.key`)) ?? files.create(`${name}.key`, newKey());
}

/** What a certificate is for. */
export interface Leaf {
  readonly subject: Subject;
  readonly usages: readonly string[];
  readonly names?: AlternativeNames;
}

/** The certificate for a key that stays; a new one where the old is about to end or says something else. */
export async function ensureLeaf(
  files: PkiFiles,
  name: string,
  issuer: KeyPair,
  leaf: Leaf,
  nowMs: number,
): Promise<KeyPair> {
  const key = await ensureKey(files, name);
  const there = await files.read(`${name}.crt`);
  if (there !== undefined && isGood(there, key, issuer, leaf, nowMs)) return { key, cert: there };
  const cert = issueLeaf(key, issuer, leaf, nowMs);
  await files.replace(`${name}.crt`, cert);
  return { key, cert };
}

/** A certificate that issues no others, valid from now. */
export function issueLeaf(key: string, issuer: KeyPair, leaf: Leaf, nowMs: number, days = LEAF_DAYS): string {
  const publicKey = createPublicKey(key);
  const times = { notBeforeMs: nowMs - BACKDATE_MS, notAfterMs: nowMs + days * DAY_MS };
  return issueCertificate({ ...leaf, publicKey, ...times }, issuer);
}

/** Is a certificate still the one that would be made today? */
function isGood(cert: string, key: string, issuer: KeyPair, leaf: Leaf, nowMs: number): boolean {
  const parsed = parse(cert);
  return (
    parsed?.checkPrivateKey(createPrivateKey(key)) === true &&
    parsed.verify(createPublicKey(issuer.key)) &&
    parsed.validToDate.getTime() - nowMs > RENEW_DAYS * DAY_MS &&
    sameNames(parsed, leaf.names)
  );
}

function sameNames(cert: X509Certificate, { dnsNames = [], ipAddresses = [] }: AlternativeNames = {}): boolean {
  const count = cert.subjectAltName?.split(', ').length ?? 0;
  return (
    count === dnsNames.length + ipAddresses.length &&
    dnsNames.every((name) => cert.checkHost(name) !== undefined) &&
    ipAddresses.every((address) => cert.checkIP(address) !== undefined)
  );
}

function fits(cert: string, key: string): boolean {
  return parse(cert)?.checkPrivateKey(createPrivateKey(key)) === true;
}

/** Undefined for what is no certificate, such as a file that somebody cut: it is made anew. */
function parse(cert: string): X509Certificate | undefined {
  try {
    return new X509Certificate(cert);
  } catch {
    return undefined;
  }
}
