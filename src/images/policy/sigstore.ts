/** cosign signatures with plain keys: simple signing documents, and sigstore bundles with a DSSE envelope. No network, no log. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Digest, digestHex, isHakoError } from '#base';
import { parseReference, repositoryOf } from '../reference.ts';
import type { Evidence } from './evidence.ts';
import { isRecord, jsonOf } from './json.ts';

const SIMPLE_SIGNING_TYPES = ['cosign container image signature', 'atomic container signature'];
const IN_TOTO = 'application/vnd.in-toto+json';
const SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

/** Why the evidence does not prove that one of `keys` signed this image; undefined: it does. */
export function checkSigstore(
  evidence: Extract<Evidence, { kind: 'simple-signing' | 'bundle' }>,
  keys: readonly string[],
  repository: string,
  digest: Digest,
): string | undefined {
  const signed = evidence.kind === 'bundle' ? readBundle(evidence.bundle) : readSimpleSigning(evidence);
  if (typeof signed === 'string') return signed;
  const isGenuine = keys.some((pem) => isSignedBy(createPublicKey(pem), signed.bytes, signed.signature));
  if (!isGenuine) return 'it was signed with another key';
  // What is signed is looked at only now: before, anybody may have written it.
  return evidence.kind === 'bundle'
    ? checkStatement(signed.payload, digest)
    : checkSimpleSigning(signed.payload, repository, digest);
}

interface Signed {
  /** What the signature is over. */
  bytes: Buffer;
  payload: Buffer;
  signature: Buffer;
}

function readSimpleSigning({ payload, signature }: { payload: string; signature: string }): Signed {
  const bytes = Buffer.from(payload, 'base64');
  return { bytes, payload: bytes, signature: Buffer.from(signature, 'base64') };
}

/** DSSE signs type and payload together (DSSE protocol, "PAE"). */
function readBundle(text: string): Signed | string {
  const bundle = jsonOf(Buffer.from(text, 'base64'));
  const envelope = isRecord(bundle) ? bundle.dsseEnvelope : undefined;
  if (!isRecord(envelope)) return 'the bundle has no DSSE envelope';
  const { payload: encoded, payloadType, signatures } = envelope;
  const [first] = Array.isArray(signatures) ? signatures : [];
  const signature = isRecord(first) ? first.sig : undefined;
  if (typeof encoded !== 'string' || typeof signature !== 'string') return 'the DSSE envelope is malformed';
  if (payloadType !== IN_TOTO) return 'the bundle holds something else than an in-toto statement';
  const payload = Buffer.from(encoded, 'base64');
  const head = Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${payload.length} `);
  return { bytes: Buffer.concat([head, payload]), payload, signature: Buffer.from(signature, 'base64') };
}

/** ECDSA and RSA (PKCS #1 v1.5) with SHA-256, and Ed25519: what cosign makes. */
function isSignedBy(key: KeyObject, bytes: Buffer, signature: Buffer): boolean {
  const type = key.asymmetricKeyType;
  if (type === 'ed25519') return verify(null, bytes, key, signature);
  if (type === 'ec' || type === 'rsa') return verify('sha256', bytes, key, signature);
  return false;
}

function checkSimpleSigning(payload: Buffer, repository: string, digest: Digest): string | undefined {
  const document = jsonOf(payload);
  const critical = isRecord(document) ? document.critical : undefined;
  if (!isRecord(critical) || !SIMPLE_SIGNING_TYPES.includes(String(critical.type))) return 'it is no image signature';
  const image = isRecord(critical.image) ? critical.image : {};
  if (image['docker-manifest-digest'] !== digest) return 'it is the signature of another image';
  const identity = isRecord(critical.identity) ? critical.identity['docker-reference'] : undefined;
  if (typeof identity !== 'string') return 'it names no repository';
  return isRepository(identity, repository) ? undefined : `it was signed for ${identity}`;
}

/** Otherwise an old image of one repository could be passed off as a new one of another. */
function isRepository(identity: string, repository: string): boolean {
  try {
    return repositoryOf(parseReference(identity)) === repository;
  } catch (error) {
    if (isHakoError(error, 'invalid')) return false;
    throw error;
  }
}

function checkStatement(payload: Buffer, digest: Digest): string | undefined {
  const statement = jsonOf(payload);
  if (!isRecord(statement) || statement.predicateType !== SIGN_PREDICATE) return 'it is an attestation, no signature';
  const subjects = Array.isArray(statement.subject) ? statement.subject : [];
  const algorithm = digest.slice(0, digest.indexOf(':'));
  const isMeant = subjects.some(
    (subject) => isRecord(subject) && isRecord(subject.digest) && subject.digest[algorithm] === digestHex(digest),
  );
  return isMeant ? undefined : 'it is the signature of another image';
}
