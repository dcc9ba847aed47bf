import { createHash } from 'node:crypto';
import type { Digest } from '#base';
import { type Image, type OpenedImages, parseReference, type Reference, repositoryOf } from '#images';
import type { LocalImages, LocalManifest } from '#registry';

const DOCKER_HUB = 'docker.io';
const OFFICIAL = 'library/';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

type ImagesPart = Pick<OpenedImages, 'store' | 'list'>;

/**
 * The daemon's images as the registry shows them. `docker.io/library/nginx` is the repository `nginx` (and `library/nginx`, which
 * mirrors are asked for), an image of one of `hostNames` its path alone, any other has its host before it: `ghcr.io/org/app`.
 */
export class DaemonImages implements LocalImages {
  readonly #images: ImagesPart;
  readonly #hostNames: readonly string[];

  constructor(images: ImagesPart, hostNames: readonly string[]) {
    this.#images = images;
    this.#hostNames = hostNames;
  }

  /** Images of a host with a port have no name here unless the host is one of ours. */
  repositories(): string[] {
    const names = this.#images.list().flatMap(({ tags }) => tags.map((tag) => this.#shownName(parseReference(tag))));
    return [...new Set(names.filter((name) => !name.includes(':')))].sort();
  }

  tags(repository: string): ReadonlyMap<string, LocalManifest> | undefined {
    const images = this.#imagesOf(repository);
    if (images.length === 0) return undefined;
    const byTag = this.#byTag(repository, images).entries();
    return new Map(
      byTag.flatMap(([tag, tagged]) => this.#manifestsOf(tagged).map((manifest) => [tag, manifest] as const)),
    );
  }

  manifest(repository: string, digest: Digest): LocalManifest | undefined {
    const images = this.#imagesOf(repository);
    const { store } = this.#images;
    if (images.some(({ id }) => store.images.manifestOf(id) === digest)) return { digest };
    return [...this.#byTag(repository, images).values()]
      .flatMap((tagged) => this.#manifestsOf(tagged))
      .find((manifest) => manifest.digest === digest);
  }

  blobSize(repository: string, digest: Digest): number | undefined {
    const { store } = this.#images;
    if (!this.#imagesOf(repository).some(({ id }) => store.images.blobsOf(id).includes(digest))) return undefined;
    if (store.content.has(digest)) return store.content.sizeOf(digest);
    return store.blobs.has(digest) ? store.blobs.factsOf(digest).size : undefined;
  }

  /** A layer's blob that was let go after unpacking is made again. */
  async hold(digest: Digest): Promise<Disposable> {
    const { store } = this.#images;
    const lease = store.content.lease();
    try {
      await store.blobs.restore(digest, lease);
      return lease;
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #imagesOf(repository: string): Image[] {
    const wanted = this.#fullNames(repository);
    return this.#images.list().filter(({ tags, repoDigests }) => {
      const names = [...tags, ...repoDigests].map((name) => repositoryOf(parseReference(name)));
      return names.some((name) => wanted.has(name));
    });
  }

  #byTag(repository: string, images: readonly Image[]): Map<string, Image[]> {
    const wanted = this.#fullNames(repository);
    const tags = new Map<string, Image[]>();
    for (const image of images) {
      for (const reference of image.tags.map(parseReference)) {
        if (reference.tag === undefined || !wanted.has(repositoryOf(reference))) continue;
        tags.set(reference.tag, [...(tags.get(reference.tag) ?? []), image]);
      }
    }
    return tags;
  }

  /** One manifest for the images of a tag, unless nothing is left of them. */
  #manifestsOf(images: readonly Image[]): LocalManifest[] {
    const digests = images.flatMap(({ id }) => this.#images.store.images.manifestOf(id) ?? []);
    const [only] = digests;
    if (digests.length === 1 && only !== undefined) return [{ digest: only }];
    return indexOf(this.#images.store, images);
  }

  /** What a repository of this registry may be called in full. */
  #fullNames(repository: string): ReadonlySet<string> {
    const hub = repository.includes('/') ? repository : `${OFFICIAL}${repository}`;
    const own = this.#hostNames.map((host) => `${host}/${repository}`);
    const first = repository.slice(0, repository.indexOf('/'));
    return new Set([`${DOCKER_HUB}/${hub}`, ...own, ...(first.includes('.') ? [repository] : [])]);
  }

  #shownName({ domain, path }: Reference): string {
    if (domain === DOCKER_HUB) return path.startsWith(OFFICIAL) ? path.slice(OFFICIAL.length) : path;
    return this.#hostNames.includes(domain) ? path : `${domain}/${path}`;
  }
}

/** An index over the images of a name that has several platforms: the same images always give the same bytes. */
function indexOf(store: OpenedImages['store'], images: readonly Image[]): LocalManifest[] {
  const manifests = images.flatMap(({ id, config }) => {
    const digest = store.images.manifestOf(id);
    if (digest === undefined || !store.content.has(digest)) return [];
    const { os, architecture, variant } = config;
    const platform = { architecture, os, ...(variant ? { variant } : {}) };
    return [
      { mediaType: mediaTypeOf(store.content.read(digest)), digest, size: store.content.sizeOf(digest), platform },
    ];
  });
  if (manifests.length === 0) return [];
  manifests.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
  const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return [{ digest, bytes }];
}

function mediaTypeOf(bytes: Buffer): string {
  const { mediaType } = JSON.parse(bytes.toString()) as { mediaType?: string };
  return mediaType ?? MANIFEST_TYPE;
}

/** The repository that a mirror's client means: `ns` is the registry that it would have asked. */
export function canonicalName(repository: string, namespace: string | null): string {
  if (namespace === null || namespace === DOCKER_HUB) return repository;
  return `${namespace}/${repository}`;
}
