import { type Digest, isDigest } from '#base';
import type { Reference } from './contract.ts';
import { RegistryError } from './errors.ts';

/** Limits that all clients keep. */
const MAX_NAME_LENGTH = 255;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** True for a repository name (distribution spec, "Pulling manifests"). */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && text.split('/').every((component) => COMPONENT.test(component));
}

/** Throws NAME_INVALID. */
export function checkRepositoryName(text: string): string {
  if (isRepositoryName(text)) return text;
  throw new RegistryError('NAME_INVALID', 'the repository name is malformed', { detail: { name: text.slice(0, 300) } });
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Throws DIGEST_INVALID. */
export function checkDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const message = 'the digest is malformed: sha256 with 64 or sha512 with 128 lower-case hexadecimal digits is wanted';
  throw new RegistryError('DIGEST_INVALID', message, { detail: { digest: text.slice(0, 300) } });
}

/** A tag, or with a colon a digest. Undefined for what can be no tag: nothing has that name. */
export function parseReference(text: string): Reference | undefined {
  if (text.includes(':')) return { digest: checkDigest(text) };
  return isTag(text) ? { tag: text } : undefined;
}
