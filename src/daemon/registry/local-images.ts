import { createHash } from 'node:crypto';
import { type Digest, HakoError } from '#base';
import { type Image, type OpenedImages, parseReference, type Reference, repositoryOf } from '#images';
import type { LocalImages, LocalManifest } from '#registry';

const DOCKER_HUB = 'docker.io';
const OFFICIAL = 'library/';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/**
 * The daemon's images as the registry shows them. `docker.io/library/nginx` is the repository `nginx` (and `library/nginx`, which
 * mirrors are asked for), an image of one of `hostNames` its path alone, any other has its host before it: `ghcr.io/org/app`.
 */
export function localImages(
  { store, list }: Pick<OpenedImages, 'store' | 'list'>,
  hostNames: readonly string[],
): LocalImages {
  const inRepository = (repository: string): Map<string, Image[]> | undefined => {
    const wanted = new Set(fullNames(repository, hostNames));
    const tags = new Map<string, Image[]>();
    let known = false;
    for (const image of list()) {
      known ||= image.repoDigests.some((name) => wanted.has(name.slice(0, name.indexOf('@'))));
      for (const { tag } of image.tags.map(parseReference).filter((name) => wanted.has(repositoryOf(name))))
        if (tag !== undefined) tags.set(tag, [...(tags.get(tag) ?? []), image]);
    }
    return known || tags.size > 0 ? tags : undefined;
  };
  const imagesOf = (repository: string): Image[] => {
    const wanted = new Set(fullNames(repository, hostNames));
    return list().filter(({ tags, repoDigests }) => {
      const names = [
        ...tags.map((tag) => repositoryOf(parseReference(tag))),
        ...repoDigests.map((name) => name.slice(0, name.indexOf('@'))),
      ];
      return names.some((name) => wanted.has(name));
    });
  };
  const manifestOf = (images: readonly Image[]): LocalManifest | undefined => {
    const digests = images.flatMap(({ id }) => store.images.manifestOf(id) ?? []);
    const [only] = digests;
    return digests.length > 1 || only === undefined ? indexOf(store, images) : { digest: only };
  };
  return {
    repositories: () =>
      [...new Set(list().flatMap(({ tags }) => tags.map((tag) => shownName(parseReference(tag), hostNames))))].sort(),
    tags(repository) {
      const found = inRepository(repository);
      if (found === undefined) return undefined;
      return new Map(
        found.entries().flatMap(([tag, images]) => {
          const manifest = manifestOf(images);
          return manifest === undefined ? [] : [[tag, manifest] as const];
        }),
      );
    },
    manifest(repository, digest) {
      const images = imagesOf(repository);
      if (images.some(({ id }) => store.images.manifestOf(id) === digest)) return { digest };
      const groups = [...(inRepository(repository)?.values() ?? [])];
      return groups.map(manifestOf).find((manifest) => manifest?.digest === digest);
    },
    blobSize(repository, digest) {
      const isNeeded = imagesOf(repository).some(({ id }) => store.images.blobsOf(id).includes(digest));
      return isNeeded && store.content.has(digest) ? store.content.sizeOf(digest) : undefined;
    },
    async hold(digest) {
      const lease = store.content.lease();
      lease.hold(digest);
      if (store.content.has(digest)) return lease;
      lease[Symbol.dispose]();
      throw new HakoError('not_found', `blob ${digest} is not in the content store`);
    },
  };
}

/** An index over the images of a name that has several platforms: the same images always give the same bytes. */
function indexOf(store: OpenedImages['store'], images: readonly Image[]): LocalManifest | undefined {
  const manifests = images.flatMap(({ id, config }) => {
    const digest = store.images.manifestOf(id);
    if (digest === undefined || !store.content.has(digest)) return [];
    const { os, architecture, variant } = config;
    const platform = { architecture, os, ...(variant ? { variant } : {}) };
    return [
      { mediaType: mediaTypeOf(store.content.read(digest)), digest, size: store.content.sizeOf(digest), platform },
    ];
  });
  if (manifests.length === 0) return undefined;
  manifests.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
  const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, bytes };
}

function mediaTypeOf(bytes: Buffer): string {
  const { mediaType } = JSON.parse(bytes.toString()) as { mediaType?: string };
  return mediaType ?? MANIFEST_TYPE;
}

/** What a repository of this registry may be called in full. */
function fullNames(repository: string, hostNames: readonly string[]): string[] {
  const hub = repository.includes('/') ? repository : `${OFFICIAL}${repository}`;
  const own = hostNames.map((host) => `${host}/${repository}`);
  const first = repository.slice(0, repository.indexOf('/'));
  return [`${DOCKER_HUB}/${hub}`, ...own, ...(first.includes('.') ? [repository] : [])];
}

function shownName({ domain, path }: Reference, hostNames: readonly string[]): string {
  if (domain === DOCKER_HUB) return path.startsWith(OFFICIAL) ? path.slice(OFFICIAL.length) : path;
  return hostNames.includes(domain) ? path : `${domain}/${path}`;
}

/** The repository that a mirror's client means: `ns` is the registry that it would have asked. */
export function canonicalName(repository: string, namespace: string | null): string {
  if (namespace === null || namespace === DOCKER_HUB) return repository;
  return `${namespace}/${repository}`;
}
