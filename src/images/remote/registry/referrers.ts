/** Artifacts that refer to a manifest: signatures, SBOMs (distribution-spec, "Listing Referrers" and its fallback by tag). */
import { type Digest, HakoError, isHakoError } from '#base';
import { type Descriptor, MAX_DOCUMENT_BYTES, parseManifestOrIndex, parseObject } from '../../unpack/spec.ts';
import { repositoryScope } from '../auth/scope.ts';
import { discard, readBounded } from '../http/body.ts';
import { type FetchedManifest, fetchManifest, putManifest } from './manifests.ts';
import { addToTagList, referrersTag } from './referrers-tag.ts';
import type { Repository } from './repository.ts';
import { statusError } from './status-error.ts';

export type Referrer = Descriptor & { artifactType?: string };

/** More than any image has; a registry must not keep us busy for ever. */
const MAX_PAGES = 20;

/** All referrers of a manifest that the repository knows, by its API, or by the tag that older registries have instead. */
export async function listReferrers(
  repository: Repository,
  digest: Digest,
  options: { artifactType?: string; signal?: AbortSignal } = {},
): Promise<Referrer[]> {
  const { artifactType, signal } = options;
  const found = (await fromApi(repository, digest, options)) ?? (await fromTag(repository, digest, signal));
  return artifactType === undefined ? found : found.filter((each) => each.artifactType === artifactType);
}

/** Undefined where the registry does not have the API. */
async function fromApi(
  repository: Repository,
  digest: Digest,
  { artifactType, signal }: { artifactType?: string; signal?: AbortSignal },
): Promise<Referrer[] | undefined> {
  const found: Referrer[] = [];
  let next: string | URL | undefined = `${repository.path}/referrers/${digest}`;
  for (let page = 0; next !== undefined && page < MAX_PAGES; page++) {
    const path: string | URL = next;
    const query: Record<string, string> = page === 0 && artifactType !== undefined ? { artifactType } : {};
    const answer = await repository.with('pull', signal, async (client) => {
      const scopes = [repositoryScope(repository.path, ['pull'])];
      const got = await client.send({ method: 'GET', path, query, scopes, ...(signal ? { signal } : {}) });
      if (got.status !== 200) {
        await discard(got);
        if (got.status === 404 || got.status === 405 || got.status === 400) return undefined;
        throw await statusError(got, `referrers of ${digest}`);
      }
      const bytes = await readBounded(got, MAX_DOCUMENT_BYTES, 'the list of referrers');
      const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(got.headers.link ?? ''))?.[1];
      return { bytes, next: link === undefined ? undefined : (URL.parse(link, got.url) ?? undefined) };
    });
    if (answer === undefined) return undefined;
    found.push(...parseReferrers(answer.bytes));
    next = answer.next;
  }
  return found;
}

async function fromTag(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<Referrer[]> {
  try {
    const { bytes } = await fetchManifest(repository, referrersTag(digest), signal);
    return parseReferrers(bytes);
  } catch (error) {
    if (isHakoError(error, 'not_found')) return [];
    throw error;
  }
}

function parseReferrers(bytes: Buffer): Referrer[] {
  const document = parseManifestOrIndex(bytes, 'the list of referrers');
  if (!('index' in document)) throw new HakoError('invalid', 'the list of referrers is no image index');
  const { manifests } = parseObject(bytes, 'the list of referrers');
  const types = (Array.isArray(manifests) ? manifests : []).map(
    (each: { artifactType?: unknown }) => each.artifactType,
  );
  return document.index.manifests.map((descriptor, index) => {
    const artifactType = types[index];
    return typeof artifactType === 'string' ? { ...descriptor, artifactType } : descriptor;
  });
}

/** Stores a manifest that has a subject, so that it is found by that: where the registry has no list of its own, in the one by tag. */
export async function putReferrer(
  repository: Repository,
  manifest: FetchedManifest,
  subject: Digest,
  signal?: AbortSignal,
): Promise<void> {
  if (await putManifest(repository, manifest.digest, manifest, signal)) return;
  await addToTagList(repository, subject, [referrerOf(manifest)], signal);
}

/** How lists of referrers describe a manifest: its type is what it says, or else that of its configuration. */
export function referrerOf({ digest, mediaType, bytes }: FetchedManifest): Referrer {
  const { artifactType, config, annotations } = parseObject(bytes, `manifest ${digest}`);
  const configType = typeof config === 'object' && config !== null && 'mediaType' in config ? config.mediaType : '';
  const type = typeof artifactType === 'string' && artifactType !== '' ? artifactType : configType;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(typeof type === 'string' && type !== '' ? { artifactType: type } : {}),
    ...(typeof annotations === 'object' && annotations !== null
      ? { annotations: annotations as Record<string, string> }
      : {}),
  };
}
