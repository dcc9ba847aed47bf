import type { Digest } from '#base';
import type { Reference } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { MAX_MANIFEST_BYTES, mediaTypeOf, parseManifest } from '../manifest/parse.ts';
import { checkDigest, isTag, parseReference } from '../names.ts';
import { digestOf } from '../storage/adapters.ts';
import type { RegistryParts } from './handler.ts';

/** GET and HEAD /v2/<name>/manifests/<reference> (end-3). It is what was pushed, whatever Accept says. */
export async function getManifest({ storage }: RegistryParts, exchange: Exchange): Promise<void> {
  const { repository, reference } = exchange.route;
  const parsed = parseReference(reference);
  const manifest = parsed === undefined ? undefined : await storage.manifest(repository, parsed);
  if (manifest === undefined) throw unknownManifest(reference);
  const headers = {
    'Content-Type': manifest.mediaType,
    'Docker-Content-Digest': manifest.digest,
    ETag: `"${manifest.digest}"`,
  };
  if (exchange.header('if-none-match') === headers.ETag) return exchange.empty(304, headers);
  exchange.send(200, headers, manifest.bytes);
}

/** PUT /v2/<name>/manifests/<reference> (end-7), with `tag` parameters beside a digest. */
export async function putManifest({ storage }: RegistryParts, exchange: Exchange): Promise<void> {
  const { repository, reference } = exchange.route;
  const target = parseReference(reference) ?? badTag(reference);
  const tags = tagsOf(exchange, target);
  const bytes = await exchange.wholeBody(MAX_MANIFEST_BYTES, tooLarge);
  const digest = verifiedDigest(target.digest ?? wantedDigest(exchange), bytes);
  const mediaType = contentType(exchange) ?? mediaTypeOf(bytes);
  const manifest = parseManifest({ digest, mediaType, bytes });
  await storage.putManifest(repository, manifest, tags);
  exchange.empty(201, {
    Location: `/v2/${repository}/manifests/${digest}`,
    'Docker-Content-Digest': digest,
    ...(manifest.subject === undefined ? {} : { 'OCI-Subject': manifest.subject }),
    ...(target.digest === undefined || tags.length === 0 ? {} : { 'OCI-Tag': tags.join(', ') }),
  });
}

/** DELETE /v2/<name>/manifests/<reference> (end-9): a tag alone, or a manifest with its tags. */
export function deleteManifest({ storage }: RegistryParts, exchange: Exchange): void {
  const { repository, reference } = exchange.route;
  const parsed = parseReference(reference);
  if (parsed === undefined || !storage.deleteManifest(repository, parsed)) throw unknownManifest(reference);
  exchange.empty(202);
}

function tagsOf(exchange: Exchange, target: Reference): string[] {
  if (target.tag !== undefined) return [target.tag];
  const tags = exchange.query.getAll('tag');
  return tags.find((tag) => !isTag(tag)) === undefined ? tags : badTag(tags.find((tag) => !isTag(tag)) ?? '');
}

/** A tag may be pushed with the digest that it shall have. */
function wantedDigest(exchange: Exchange): Digest | undefined {
  const text = exchange.query.get('digest');
  return text === null ? undefined : checkDigest(text);
}

function verifiedDigest(wanted: Digest | undefined, bytes: Buffer): Digest {
  const digest = digestOf(bytes, wanted?.startsWith('sha512:') ? 'sha512' : 'sha256');
  if (wanted === undefined || wanted === digest) return digest;
  throw new RegistryError('DIGEST_INVALID', `the manifest has the digest ${digest}`, { detail: { digest: wanted } });
}

function contentType(exchange: Exchange): string | undefined {
  return exchange.header('content-type')?.split(';', 1)[0]?.trim();
}

function tooLarge(): RegistryError {
  const message = `a manifest has at most ${MAX_MANIFEST_BYTES} bytes`;
  return new RegistryError('MANIFEST_INVALID', message, { status: 413 });
}

function badTag(tag: string): never {
  throw new RegistryError('TAG_INVALID', 'the tag is malformed', { detail: { tag: tag.slice(0, 300) } });
}

function unknownManifest(reference: string): RegistryError {
  return new RegistryError('MANIFEST_UNKNOWN', 'the repository has no such manifest', {
    detail: { reference: reference.slice(0, 300) },
  });
}
