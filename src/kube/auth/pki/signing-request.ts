import { createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { HakoError } from '#base';
import { issueCertificate, type KeyPair } from './certificate.ts';
import { bitStringBytes, childrenOf, type Der, oidText, readOne, TAG } from './der.ts';
import { type AlternativeNames, decodeAlternativeNames, decodeName } from './names.ts';

/** What a PKCS #10 request asks for (RFC 2986). */
export interface SigningRequest extends Required<AlternativeNames> {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The Name in DER: certificates get it as it is. */
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
}

/** Digests of the signature algorithms that requests may use; null: the algorithm has its own. */
const ALGORITHMS: ReadonlyMap<string, { readonly digest: string | null; readonly type: string }> = new Map([
  ['1.2.840.10045.4.3.2', { digest: 'sha256', type: 'ec' }],
  ['1.2.840.10045.4.3.3', { digest: 'sha384', type: 'ec' }],
  ['1.2.840.10045.4.3.4', { digest: 'sha512', type: 'ec' }],
  ['1.2.840.113549.1.1.11', { digest: 'sha256', type: 'rsa' }],
  ['1.2.840.113549.1.1.12', { digest: 'sha384', type: 'rsa' }],
  ['1.2.840.113549.1.1.13', { digest: 'sha512', type: 'rsa' }],
  ['1.3.101.112', { digest: null, type: 'ed25519' }],
]);

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const SUBJECT_ALT_NAME = '2.5.29.17';
/** More than any request of ours, and what a parser is asked to bear. */
const MAX_REQUEST_BYTES = 64 * 1024;

/**
 * Reads a request in PEM and checks that who made it holds the key (its signature). Throws a HakoError (`invalid`) that says what is
 * wrong with it.
 */
export function parseSigningRequest(text: string): SigningRequest {
  if (text.length > MAX_REQUEST_BYTES) throw refused('it is too large');
  const found =
    /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]*)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/.exec(
      text,
    );
  if (found === null) throw refused('PEM block type must be CERTIFICATE REQUEST');
  const [info, algorithm, signature] = childrenOf(readOne(Buffer.from(found[1] as string, 'base64')), TAG.sequence);
  const [, subject, keyInfo, attributes] = childrenOf(info, TAG.sequence);
  if (info === undefined || subject === undefined || keyInfo === undefined) throw refused('it has no subject or key');
  const publicKey = readKey(keyInfo);
  checkSignature(info.bytes, algorithm, bitStringBytes(signature), publicKey);
  return { ...decodeName(subject), ...requestedNames(attributes), subject: subject.bytes, publicKey };
}

function readKey({ bytes }: Der): KeyObject {
  try {
    return createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  } catch (error) {
    throw refused('its public key cannot be read', error);
  }
}

function checkSignature(body: Buffer, algorithm: Der | undefined, signature: Buffer, publicKey: KeyObject): void {
  const [id] = childrenOf(algorithm, TAG.sequence);
  const known = ALGORITHMS.get(oidText(id));
  if (known === undefined || known.type !== publicKey.asymmetricKeyType) {
    throw refused('its signature algorithm is not supported: use ECDSA or RSA with SHA-2, or Ed25519');
  }
  if (!verify(known.digest, body, publicKey, signature)) throw refused('its signature does not fit its key');
}

function requestedNames(attributes: Der | undefined): Required<AlternativeNames> {
  const none = { dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] };
  if (attributes === undefined || attributes.content.length === 0) return none;
  for (const attribute of childrenOf(attributes, 0xa0)) {
    const [type, values] = childrenOf(attribute, TAG.sequence);
    if (oidText(type) !== EXTENSION_REQUEST) continue;
    for (const one of childrenOf(childrenOf(values, TAG.set)[0], TAG.sequence)) {
      const fields = childrenOf(one, TAG.sequence);
      const value = fields.at(-1);
      if (oidText(fields[0]) === SUBJECT_ALT_NAME && value?.tag === TAG.octetString) {
        return decodeAlternativeNames(readOne(value.content));
      }
    }
  }
  return none;
}

/** How a request is to be signed. */
export interface SigningOptions {
  readonly issuer: KeyPair;
  /** Names of the certificates API. */
  readonly usages: readonly string[];
  /** Cut to the end of the issuer's own life. */
  readonly notAfterMs: number;
  readonly nowMs: number;
}

/** Clocks differ: certificates are valid from a bit before they are made. */
export const BACKDATE_MS = 5 * 60_000;

/** The certificate (PEM) that a request asks for: its subject, names and key; never one that may issue others. */
export function signCertificateRequest(
  requestPem: string,
  { issuer, usages, notAfterMs, nowMs }: SigningOptions,
): string {
  const request = parseSigningRequest(requestPem);
  const issuerEndMs = new X509Certificate(issuer.cert).validToDate.getTime();
  return issueCertificate(
    {
      subject: request.subject,
      publicKey: request.publicKey,
      usages,
      names: request,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: Math.min(notAfterMs, issuerEndMs),
    },
    issuer,
  );
}

function refused(why: string, cause?: unknown): HakoError {
  return new HakoError('invalid', `the certificate request is refused: ${why}`, { cause });
}
