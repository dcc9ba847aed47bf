import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { HakoError } from '#base';
import {
  bitString,
  boolean,
  childrenOf,
  type Der,
  element,
  implicit,
  integer,
  octetString,
  oid,
  readOne,
  sequence,
  TAG,
  tagged,
  time,
} from './der.ts';
import { type AlternativeNames, encodeAlternativeNames, encodeName, extension, type Subject } from './names.ts';
import { usageExtensions } from './usages.ts';

/** A certificate with its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate is to say. */
export interface CertificateTemplate {
  /** A subject, or a Name in DER as a request brought it. */
  readonly subject: Subject | Buffer;
  readonly publicKey: KeyObject;
  /** Names of the certificates API: `digital signature`, `server auth`. */
  readonly usages: readonly string[];
  readonly names?: AlternativeNames;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** True: may issue others. */
  readonly ca?: boolean;
}

/** A new P-256 key, PKCS #8 PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** Signs a certificate by `issuer`, or by `selfKey` (PEM) for the first of a chain. Answers PEM. */
export function issueCertificate(
  template: CertificateTemplate,
  issuer: KeyPair | { readonly selfKey: string },
): string {
  const subject = Buffer.isBuffer(template.subject) ? template.subject : encodeName(template.subject);
  const key = createPrivateKey('selfKey' in issuer ? issuer.selfKey : issuer.key);
  const algorithm = signatureAlgorithm(key);
  const above = 'selfKey' in issuer ? undefined : readIssuer(issuer.cert);
  const body = sequence(
    tagged(0, integer(Uint8Array.of(2))),
    integer(serialNumber()),
    algorithm.der,
    above?.name ?? subject,
    sequence(time(template.notBeforeMs), time(template.notAfterMs)),
    subject,
    template.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions(template, above?.keyId))),
  );
  return pem('CERTIFICATE', sequence(body, algorithm.der, bitString(sign(algorithm.digest, body, key))));
}

function extensions(template: CertificateTemplate, issuerKeyId: Buffer | undefined): Buffer[] {
  const names = encodeAlternativeNames(template.names ?? {});
  return [
    ...usageExtensions(template.usages),
    extension('2.5.29.19', template.ca === true ? sequence(boolean(true)) : sequence(), true),
    ...(template.ca === true ? [extension('2.5.29.14', octetString(keyIdOf(template.publicKey)))] : []),
    ...(issuerKeyId === undefined ? [] : [extension('2.5.29.35', sequence(implicit(0, issuerKeyId)))]),
    ...(names === undefined ? [] : [extension('2.5.29.17', names)]),
  ];
}

/** 127 random bits: positive, and never the same twice. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return bytes;
}

/** SHA-1 of the public key's bits (RFC 5280, 4.2.1.2, method 1). */
function keyIdOf(publicKey: KeyObject): Buffer {
  const [, bits] = childrenOf(readOne(publicKey.export({ type: 'spki', format: 'der' })));
  return createHash('sha1')
    .update((bits as Der).content.subarray(1))
    .digest();
}

/** How keys of a kind sign: the digest for node:crypto and the AlgorithmIdentifier. */
function signatureAlgorithm(key: KeyObject): { readonly digest: string | null; readonly der: Buffer } {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return { digest: 'sha256', der: sequence(oid('1.2.840.10045.4.3.2')) };
    case 'rsa':
      return { digest: 'sha256', der: sequence(oid('1.2.840.113549.1.1.11'), element(TAG.null)) };
    case 'ed25519':
      return { digest: null, der: sequence(oid('1.3.101.112')) };
    default:
      throw new HakoError(
        'unsupported',
        `keys of type ${key.asymmetricKeyType} cannot sign certificates: use EC, RSA or Ed25519`,
      );
  }
}

/** The subject of the issuer, byte for byte, and its key's id. */
function readIssuer(certificate: string): { readonly name: Buffer; readonly keyId: Buffer } {
  const parsed = new X509Certificate(certificate);
  const [body] = childrenOf(readOne(parsed.raw));
  const fields = childrenOf(body);
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  if (subject === undefined) throw new HakoError('invalid', "the issuer's certificate has no subject");
  return { name: subject.bytes, keyId: keyIdOf(parsed.publicKey) };
}

/** Bytes between the armour lines of PEM. */
export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
