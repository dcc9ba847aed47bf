/** Manifests and tags (distribution-spec, "Pulling manifests", "Pushing Manifests", "Listing Tags", "Listing Referrers"). */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Digest, HakoError, isDigest } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import { type Descriptor, MAX_DOCUMENT_BYTES, parseObject } from '../../unpack/spec.ts';
import { repositoryScope } from '../auth/scope.ts';
import { discard, readBounded } from '../http/body.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import type { EndpointClient } from './endpoint-client.ts';
import type { Repository } from './repository.ts';
import { statusError } from './status-error.ts';

/** A manifest or index as the registry has it; `digest` was computed from the bytes. */
export interface FetchedManifest {
  digest: Digest;
  mediaType: string;
  bytes: Buffer;
}

/** The schema 1 types are asked for only to be able to say that they are too old. */
const ACCEPT = [
  MediaType.index,
  MediaType.manifest,
  MediaType.dockerIndex,
  MediaType.dockerManifest,
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  '*/*;q=0.1',
].join(', ');

/** Fetches by tag or digest. Throws `not_found`, and `invalid` where the bytes are not what their digest says. */
export function fetchManifest(
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<FetchedManifest> {
  return repository.with(isDigest(reference) ? 'pull' : 'resolve', signal, async (client) => {
    const answer = await ask(client, repository, 'GET', reference, signal);
    const bytes = await readBounded(answer, MAX_DOCUMENT_BYTES, `the manifest of ${repository.path}`);
    return checkedManifest(answer, bytes, reference);
  });
}

/** What a tag stands for, without the manifest itself; undefined where the registry does not say. Throws `not_found`. */
export function headManifest(
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  return repository.with('resolve', signal, async (client) => {
    const answer = await ask(client, repository, 'HEAD', reference, signal);
    await discard(answer);
    const digest = answer.headers['docker-content-digest'];
    const size = Number(answer.headers['content-length']);
    if (typeof digest !== 'string' || !isDigest(digest) || !Number.isSafeInteger(size)) return undefined;
    return { mediaType: mediaTypeOf(answer), digest, size };
  });
}

async function ask(
  client: EndpointClient,
  repository: Repository,
  method: 'GET' | 'HEAD',
  reference: string,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const answer = await client.send({
    method,
    path: `${repository.path}/manifests/${reference}`,
    headers: { Accept: ACCEPT },
    scopes: [repositoryScope(repository.path, ['pull'])],
    ...(signal ? { signal } : {}),
  });
  if (answer.status === 200) return answer;
  const colon = isDigest(reference) ? '@' : ':';
  throw await statusError(answer, `manifest for ${repository.domain}/${repository.path}${colon}${reference}`);
}

function checkedManifest(answer: HttpAnswer, bytes: Buffer, reference: string): FetchedManifest {
  const wanted = isDigest(reference) ? reference : headerDigest(answer);
  const digest = digestOf(bytes, wanted?.startsWith('sha512:') ? 'sha512' : 'sha256');
  if (wanted !== undefined && wanted !== digest) {
    throw new HakoError('invalid', `the registry sent a manifest with the digest ${digest}, expected was ${wanted}`);
  }
  const ownType = parseObject(bytes, 'the manifest').mediaType;
  const mediaType = typeof ownType === 'string' ? ownType : mediaTypeOf(answer);
  return { digest, mediaType, bytes };
}

/** What the registry believes that it sends. A wrong one means a damaged registry, or a proxy in between that changes things. */
function headerDigest(answer: HttpAnswer): Digest | undefined {
  const header = answer.headers['docker-content-digest'];
  return typeof header === 'string' && isDigest(header) ? header : undefined;
}

export function digestOf(bytes: Buffer, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

function mediaTypeOf(answer: HttpAnswer): string {
  return (answer.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/**
 * Stores a manifest or index under a tag or its digest. Its blobs must be there. Answers whether the registry took notice of the subject
 * of the manifest (`OCI-Subject`): where it did not, nobody finds it by that. `condition` is a header such as If-Match; throws
 * `failed_precondition` where the registry minds it and it does not hold.
 */
export async function putManifest(
  repository: Repository,
  reference: string,
  manifest: FetchedManifest,
  signal?: AbortSignal,
  condition: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  return repository.with('push', signal, async (client) => {
    const { bytes, mediaType } = manifest;
    const answer = await client.send({
      method: 'PUT',
      path: `${repository.path}/manifests/${reference}`,
      headers: { 'Content-Type': mediaType, ...condition },
      body: { sizeBytes: bytes.length, open: () => Readable.from([bytes]) },
      scopes: [repositoryScope(repository.path, ['pull', 'push'])],
      ...(signal ? { signal } : {}),
    });
    if (answer.status !== 201 && answer.status !== 200)
      throw await statusError(answer, `cannot store the manifest in ${repository.domain}/${repository.path}`);
    await discard(answer);
    const stored = headerDigest(answer);
    if (stored !== undefined && stored.slice(0, 6) === manifest.digest.slice(0, 6) && stored !== manifest.digest)
      throw new HakoError('invalid', `the registry stored the manifest as ${stored}, sent was ${manifest.digest}`);
    return answer.headers['oci-subject'] !== undefined;
  });
}
