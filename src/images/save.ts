import { Readable } from 'node:stream';
import { type Digest, digestHex, sha256 } from '#base';
import { END_OF_ARCHIVE, encodeEntry, entryOf, paddingOf } from '#system/rootfs';
import type { Lease } from './content/mod.ts';
import { familiarName, parseReference } from './reference.ts';
import { existing, type ImageStore } from './store.ts';
import { materialize } from './unpack/materialize.ts';
import { MediaType } from './unpack/media-types.ts';
import type { Descriptor, Manifest } from './unpack/spec.ts';

/** An image that is to be saved, under these names. */
interface SavedImage {
  id: Digest;
  names: string[];
  manifestDigest: Digest;
  manifest: Manifest;
  platform: { os: string; architecture: string; variant?: string };
}

/**
 * Writes images as one tar that is an OCI layout and a docker-archive at the same time: both point at the same blobs, which are
 * the stored ones, so all digests stay as they are.
 */
export async function saveImages(
  store: ImageStore,
  references: readonly string[],
  signal?: AbortSignal,
): Promise<Readable> {
  const lease = store.content.lease();
  try {
    const images = await collect(store, references, lease, signal);
    const tar = Readable.from(archive(store, images, signal), { objectMode: false, highWaterMark: 1 << 20 });
    return tar.once('close', () => lease[Symbol.dispose]());
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}

async function collect(
  store: ImageStore,
  references: readonly string[],
  lease: Lease,
  signal?: AbortSignal,
): Promise<SavedImage[]> {
  const images = new Map<Digest, SavedImage>();
  for (const reference of references) {
    const { id, name } = store.resolver.resolve(reference);
    const image = images.get(id) ?? (await describeImage(store, id, lease, signal));
    images.set(id, image);
    if (name !== undefined && !image.names.includes(name)) image.names.push(name);
  }
  return [...images.values()];
}

/** Its blobs are there as long as the lease lasts. */
async function describeImage(store: ImageStore, id: Digest, lease: Lease, signal?: AbortSignal): Promise<SavedImage> {
  const { os, architecture, variant } = existing(store, id).config;
  const { manifestDigest, manifest } = await materialize(store, id, lease, signal);
  const platform = { os, architecture, ...(variant ? { variant } : {}) };
  return { id, names: [], manifestDigest, manifest, platform };
}

function blobsOf(images: readonly SavedImage[]): Set<Digest> {
  return new Set(
    images.flatMap(({ id, manifestDigest, manifest }) => [
      manifestDigest,
      id,
      ...manifest.layers.map(({ digest }) => digest),
    ]),
  );
}

function blobName(digest: Digest): string {
  return `blobs/${digest.slice(0, digest.indexOf(':'))}/${digestHex(digest)}`;
}

async function* archive(
  store: ImageStore,
  images: readonly SavedImage[],
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const folder of ['blobs', 'blobs/sha256']) yield entryOf({ name: `${folder}/` });
  for (const digest of blobsOf(images)) {
    signal?.throwIfAborted();
    const size = store.content.sizeOf(digest);
    yield encodeEntry({ name: blobName(digest), type: 'file', mode: 0o444, size });
    for await (const chunk of store.content.stream(digest)) yield chunk as Buffer;
    yield Buffer.alloc(paddingOf(size));
  }
  yield document('index.json', {
    schemaVersion: 2,
    mediaType: MediaType.index,
    manifests: images.flatMap((image) => descriptors(store, image)),
  });
  yield document('manifest.json', images.map(dockerManifest));
  yield document('oci-layout', { imageLayoutVersion: '1.0.0' });
  yield document('repositories', repositories(images));
  yield END_OF_ARCHIVE;
}

function document(name: string, value: unknown): Buffer {
  return entryOf({ name, mode: 0o444, body: JSON.stringify(value) });
}

/** One descriptor a name, with the annotations by which containerd, Docker and podman find it. */
function descriptors(store: ImageStore, image: SavedImage): Descriptor[] {
  const { manifestDigest: digest, platform } = image;
  const base = {
    mediaType: image.manifest.mediaType ?? MediaType.manifest,
    digest,
    size: store.content.sizeOf(digest),
    platform,
  };
  if (image.names.length === 0) return [base];
  return image.names.map((name) => ({
    ...base,
    annotations: {
      'io.containerd.image.name': name,
      'org.opencontainers.image.ref.name': parseReference(name).tag ?? '',
    },
  }));
}

/** One entry of docker-archive's manifest.json. */
function dockerManifest({ id, names, manifest }: SavedImage) {
  return {
    Config: blobName(id),
    RepoTags: names.length === 0 ? null : names.map(familiarName),
    Layers: manifest.layers.map(({ digest }) => blobName(digest)),
  };
}

/** The file that Docker before 1.10 read: repository → tag → the topmost layer. */
function repositories(images: readonly SavedImage[]): Record<string, Record<string, string>> {
  const result: Record<string, Record<string, string>> = {};
  for (const { names, manifest } of images) {
    const top = manifest.layers.at(-1)?.digest ?? sha256('');
    for (const name of names) {
      const short = familiarName(name);
      const colon = short.lastIndexOf(':');
      const repository = short.slice(0, colon);
      result[repository] = { ...result[repository], [short.slice(colon + 1)]: digestHex(top) };
    }
  }
  return result;
}
