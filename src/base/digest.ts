import { createHash } from 'node:crypto';
import { HakoError } from './errors.ts';

/** A content digest, `algorithm:hex`, as the OCI image spec (descriptor.md, "Digests") defines it. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const HEX_LENGTH = { sha256: 64, sha512: 128 } as const;

/** True when `text` is a well-formed sha256 or sha512 digest. */
export function isDigest(text: string): text is Digest {
  const match = /^(sha256|sha512):([0-9a-f]+)$/.exec(text);
  return match !== null && match[2]?.length === HEX_LENGTH[match[1] as keyof typeof HEX_LENGTH];
}

/** Parses a digest; throws `invalid` where it is malformed. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new HakoError('invalid', `"${text}" is not a digest: write sha256:<64 hex digits> or sha512:<128 hex digits>`);
}

/** The sha256 digest of bytes or text that is at hand. */
export function sha256(content: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
