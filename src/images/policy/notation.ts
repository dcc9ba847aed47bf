/** notation signatures in JWS envelopes (notaryproject/specifications, signature-envelope-jws.md and signing-scheme.md). */
import { constants, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Digest } from '#base';
import { checkChain, hasIdentity } from './certificates.ts';
import type { Evidence } from './evidence.ts';
import { isRecord, jsonOf } from './json.ts';
import type { SignedBy } from './policy.ts';

const JWS = 'application/jose+json';
const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';
const SCHEME = 'io.cncf.notary.signingScheme';
const SIGNING_TIME = 'io.cncf.notary.signingTime';
const EXPIRY = 'io.cncf.notary.expiry';
/** What we understand; anything else that is marked critical may change the meaning. */
const CRITICAL = [SCHEME, EXPIRY];
const MAX_CERTIFICATES = 10;

/** The algorithms of the specification, each with the only kind of key it goes with. */
const ALGORITHMS: Record<string, { hash: string; key: 'ec' | 'rsa'; curve?: string }> = {
  PS256: { hash: 'sha256', key: 'rsa' },
  PS384: { hash: 'sha384', key: 'rsa' },
  PS512: { hash: 'sha512', key: 'rsa' },
  ES256: { hash: 'sha256', key: 'ec', curve: 'prime256v1' },
  ES384: { hash: 'sha384', key: 'ec', curve: 'secp384r1' },
  ES512: { hash: 'sha512', key: 'ec', curve: 'secp521r1' },
};

/** Why the evidence does not prove that a trusted signer signed this image; undefined: it does. */
export function checkNotation(
  { mediaType, envelope }: Extract<Evidence, { kind: 'notation' }>,
  trusted: Pick<SignedBy, 'notationCertificates' | 'notationIdentities'>,
  digest: Digest,
  nowMs: number,
): string | undefined {
  if (mediaType !== JWS) return `its envelope is ${mediaType}: only JWS is read (sign with --signature-format jws)`;
  const parts = readEnvelope(envelope);
  if (typeof parts === 'string') return parts;
  const [leaf] = parts.certificates;
  if (leaf === undefined) return 'it brings no certificate';
  if (!isSignedBy(leaf.publicKey, parts)) return 'its signature is wrong';
  return (
    checkHeader(parts.header, nowMs) ??
    checkChain(parts.certificates, trusted.notationCertificates, nowMs) ??
    (hasIdentity(leaf, trusted.notationIdentities) ? undefined : `it was signed by ${oneLine(leaf.subject)}`) ??
    checkPayload(parts.payload, digest)
  );
}

function oneLine(subject: string): string {
  return subject.replaceAll('\n', ',');
}

interface Envelope {
  header: Record<string, unknown>;
  payload: Buffer;
  signature: Buffer;
  /** What the signature is over (RFC 7515, section 5.1). */
  bytes: Buffer;
  certificates: X509Certificate[];
}

function readEnvelope(text: string): Envelope | string {
  const envelope = jsonOf(Buffer.from(text, 'base64'));
  if (!isRecord(envelope)) return 'its envelope is no JSON';
  const { payload, protected: head, signature, header: own } = envelope;
  if (typeof payload !== 'string' || typeof head !== 'string' || typeof signature !== 'string')
    return 'its envelope is malformed';
  const header = jsonOf(Buffer.from(head, 'base64url'));
  const certificates = readCertificates(isRecord(own) ? own.x5c : undefined);
  if (!isRecord(header) || certificates === undefined) return 'its envelope is malformed';
  return {
    header,
    payload: Buffer.from(payload, 'base64url'),
    signature: Buffer.from(signature, 'base64url'),
    bytes: Buffer.from(`${head}.${payload}`),
    certificates,
  };
}

function readCertificates(x5c: unknown): X509Certificate[] | undefined {
  if (!Array.isArray(x5c) || x5c.length > MAX_CERTIFICATES) return undefined;
  try {
    return x5c.map((each) => new X509Certificate(Buffer.from(String(each), 'base64')));
  } catch {
    // A certificate that nobody can read is as good as none.
    return undefined;
  }
}

function isSignedBy(key: KeyObject, { header, bytes, signature }: Envelope): boolean {
  const algorithm = ALGORITHMS[String(header.alg)];
  if (algorithm === undefined || key.asymmetricKeyType !== algorithm.key) return false;
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (algorithm.key === 'ec') {
    const isCurve = namedCurve === algorithm.curve;
    return isCurve && verify(algorithm.hash, bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
  }
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return modulusLength >= 2048 && verify(algorithm.hash, bytes, { key, padding, saltLength }, signature);
}

function checkHeader(header: Record<string, unknown>, nowMs: number): string | undefined {
  if (header.cty !== PAYLOAD_TYPE) return 'it is no image signature';
  if (header[SCHEME] !== 'notary.x509') return `its signing scheme is ${String(header[SCHEME])}, not notary.x509`;
  const critical = Array.isArray(header.crit) ? header.crit : [];
  const unknown = critical.find((name) => !CRITICAL.includes(String(name)));
  if (!critical.includes(SCHEME) || unknown !== undefined) return `it has ${String(unknown ?? 'no')} critical header`;
  const signedMs = Date.parse(String(header[SIGNING_TIME]));
  if (!(signedMs <= nowMs + 5 * 60_000)) return 'it has no signing time, or one that is still to come';
  if (header[EXPIRY] === undefined) return undefined;
  return Date.parse(String(header[EXPIRY])) > nowMs ? undefined : `it expired at ${String(header[EXPIRY])}`;
}

function checkPayload(payload: Buffer, digest: Digest): string | undefined {
  const document = jsonOf(payload);
  const target = isRecord(document) ? document.targetArtifact : undefined;
  return isRecord(target) && target.digest === digest ? undefined : 'it is the signature of another image';
}
