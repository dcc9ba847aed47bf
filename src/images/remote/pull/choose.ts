/** From what a reference names to the manifest of one platform. */
import { HakoError } from '#base';
import { formatPlatform, hostPlatform, type Platform, parsePlatform, satisfies } from '../../platform.ts';
import { type Descriptor, type Index, type Manifest, parseManifestOrIndex, parseObject } from '../../unpack/spec.ts';
import { type FetchedManifest, fetchManifest } from '../registry/manifests.ts';
import type { Repository } from '../registry/repository.ts';

/** A manifest and the way that led to it. */
export interface ChosenManifest {
  /** What the tag or digest stands for: an index, or the manifest itself. Its digest is the one that users see. */
  top: FetchedManifest;
  fetched: FetchedManifest;
  manifest: Manifest;
}

const MAX_DEPTH = 3;
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/;

/** Fetches what `reference` (a tag or digest) names, and of an index the manifest for `platform`, by default the host's. */
export async function chooseManifest(
  repository: Repository,
  reference: string,
  platform: string | undefined,
  signal?: AbortSignal,
): Promise<ChosenManifest> {
  const wanted = platform === undefined || platform === '' ? hostPlatform() : parsePlatform(platform);
  const top = await fetchManifest(repository, reference, signal);
  let fetched = top;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const document = parseFetched(fetched, `${repository.domain}/${repository.path}@${fetched.digest}`);
    if ('manifest' in document) return { top, fetched, manifest: document.manifest };
    const entry = entryFor(document.index, wanted);
    fetched = await fetchDescribed(repository, entry, signal);
  }
  throw new HakoError('invalid', `the image index ${top.digest} is nested too deep`);
}

/** Fetches a manifest that another document describes. Throws `invalid` where it has another size. */
export async function fetchDescribed(
  repository: Repository,
  { digest, size }: Descriptor,
  signal?: AbortSignal,
): Promise<FetchedManifest> {
  const fetched = await fetchManifest(repository, digest, signal);
  if (fetched.bytes.length === size) return fetched;
  throw new HakoError('invalid', `manifest ${digest} has ${fetched.bytes.length} bytes, its index says ${size}`);
}

/** Parses, and refuses what has more than one meaning: then another reader may see another image under the same digest. */
export function parseFetched(
  { bytes, mediaType }: FetchedManifest,
  what: string,
): { index: Index } | { manifest: Manifest } {
  const value = parseObject(bytes, what);
  if (SCHEMA_1.test(mediaType) || value.schemaVersion === 1) {
    throw new HakoError(
      'unsupported',
      `${what} is a schema 1 manifest, which is obsolete and not safe to trust: push the image again with a tool of this decade`,
    );
  }
  if (value.manifests !== undefined && value.layers !== undefined)
    throw new HakoError('invalid', `${what} is malformed: it claims to be an index and a manifest at once`);
  return parseManifestOrIndex(bytes, what);
}

/** The entry for a platform; of several the one that names the variant most exactly, then the first. */
function entryFor(index: Index, wanted: Platform): Descriptor {
  const images = index.manifests.filter((entry) => !isAttestation(entry));
  const matching = images.filter((entry) => entry.platform === undefined || satisfies(platformOf(entry), wanted));
  const exact = matching.find((entry) => entry.platform?.variant === wanted.variant && entry.platform !== undefined);
  const chosen = exact ?? matching.find((entry) => entry.platform !== undefined) ?? matching[0];
  if (chosen !== undefined) return chosen;
  const offered = images.map((entry) => formatPlatform(platformOf(entry))).join(', ');
  throw new HakoError(
    'not_found',
    `no matching manifest for ${formatPlatform(wanted)} in the manifest list entries: there are ${offered || 'none'}`,
  );
}

function platformOf({ platform }: Descriptor): Platform {
  const { os, architecture, variant } = platform ?? { os: 'unknown', architecture: 'unknown' };
  return parsePlatform([os || 'linux', architecture || 'unknown', ...(variant ? [variant] : [])].join('/'));
}

/** buildx puts attestations beside images, as manifests of an unknown platform. */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] !== undefined || platform?.os === 'unknown';
}
