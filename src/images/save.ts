import { Readable } from 'node:stream';
import { type Digest, digestHex, HakoError, sha256 } from '#base';
import { END_OF_ARCHIVE, encodeEntry, entryOf, paddingOf } from '#system/rootfs';
import type { Lease } from './content/mod.ts';
import type { NamedImage } from './layout/names.ts';
import type { Platform } from './platform.ts';
import { familiarName, parseReference } from './reference.ts';
import { planNewIndex, planPush } from './remote/push/plan.ts';
import type { ImageStore } from './store.ts';
import { materialize } from './unpack/materialize.ts';
import { MediaType } from './unpack/media-types.ts';
import type { Descriptor, Manifest } from './unpack/spec.ts';

/** An image that is to be saved. `names` are those by which docker-archive readers find it. */
interface SavedImage {
  id: Digest;
  names: string[];
  manifestDigest: Digest;
  manifest: Manifest;
  platform: Platform;
}

/** What index.json lists: a manifest, or the index of a name that stands for several platforms. */
interface SavedTop {
  descriptor: Descriptor;
  names: string[];
  /** Undefined for a manifest, which is stored with its image. */
  bytes: Buffer | undefined;
}

interface SavedContent {
  images: Map<Digest, SavedImage>;
  tops: Map<Digest, SavedTop>;
  /** Everything in the content store that belongs to it. */
  blobs: Set<Digest>;
}

export interface SaveOptions {
  /** Of names that stand for several platforms only this one. Throws `not_found` where it is not here. */
  platform?: string;
  signal?: AbortSignal;
}

/**
 * Writes images as one tar that is an OCI layout and a docker-archive at the same time: both point at the same blobs, which are
 * the stored ones, so all digests stay as they are. A name has all of its platforms in the layout, and the first of them, the host's
 * where it is there, in the docker-archive, which knows only one.
 */
export async function saveImages(
  store: ImageStore,
  references: readonly string[],
  options: SaveOptions,
): Promise<Readable> {
  const lease = store.content.lease();
  try {
    const content = await collect(store, references, lease, options);
    const tar = Readable.from(archive(store, content, options.signal), { objectMode: false, highWaterMark: 1 << 20 });
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
  { platform = '', signal }: SaveOptions,
): Promise<SavedContent> {
  const content: SavedContent = { images: new Map(), tops: new Map(), blobs: new Set() };
  for (const reference of references) {
    const { id, name } = store.resolver.resolve(reference, platform);
    const named = name === undefined || platform !== '' ? [] : store.names.find(name);
    const ids = named.length === 0 ? [id] : named.map((each) => each.id);
    for (const each of ids)
      if (!content.images.has(each)) addImage(content, await describeImage(store, each, lease, signal));
    const top = (named.length > 0 && indexOf(store, content, named, lease)) || manifestOf(store, content, id);
    const known = content.tops.get(top.descriptor.digest) ?? top;
    content.tops.set(top.descriptor.digest, known);
    if (name === undefined || known.names.includes(name)) continue;
    known.names.push(name);
    content.images.get(id)?.names.push(name);
  }
  return content;
}

/** Its blobs are there as long as the lease lasts. */
async function describeImage(store: ImageStore, id: Digest, lease: Lease, signal?: AbortSignal): Promise<SavedImage> {
  const platform = store.images.platformOf(id);
  const { manifestDigest, manifest } = await materialize(store, id, lease, signal);
  return { id, names: [], manifestDigest, manifest, platform };
}

function addImage({ images, blobs }: SavedContent, image: SavedImage): void {
  images.set(image.id, image);
  for (const digest of [image.manifestDigest, image.id]) blobs.add(digest);
  for (const { digest } of image.manifest.layers) blobs.add(digest);
}

function manifestOf(store: ImageStore, { images }: SavedContent, id: Digest): SavedTop {
  const image = images.get(id);
  if (image === undefined) throw new HakoError('internal', `image ${id} was not collected`);
  const { manifestDigest: digest, platform } = image;
  const mediaType = image.manifest.mediaType ?? MediaType.manifest;
  const descriptor = { mediaType, digest, size: store.content.sizeOf(digest), platform };
  return { descriptor, names: [], bytes: undefined };
}

/**
 * The index that the images of a name came with, where it is here as a whole, attestations included; for several images whose index is
 * not, a new one. Undefined for a single image.
 */
function indexOf(
  store: ImageStore,
  { images, blobs }: SavedContent,
  named: readonly NamedImage[],
  lease: Lease,
): SavedTop | undefined {
  const plan = planPush(store, named, undefined);
  const isCurrent = named.every(({ id }) =>
    plan.manifests.some(({ document }) => document.digest === images.get(id)?.manifestDigest),
  );
  const parts = plan.manifests.flatMap(({ document, manifest }) => [
    document.digest,
    manifest.config.digest,
    ...manifest.layers.map(({ digest }) => digest),
  ]);
  const isWhole = isCurrent && parts.every((digest) => store.content.has(digest));
  const { top } = isWhole ? plan : planNewIndex(store, named, true);
  if (named.length === 1 && top.mediaType !== MediaType.index && top.mediaType !== MediaType.dockerIndex)
    return undefined;
  for (const digest of isWhole ? parts : []) {
    lease.hold(digest);
    blobs.add(digest);
  }
  const { digest, mediaType, bytes } = top;
  return { descriptor: { mediaType, digest, size: bytes.length }, names: [], bytes };
}

function blobName(digest: Digest): string {
  return `blobs/${digest.slice(0, digest.indexOf(':'))}/${digestHex(digest)}`;
}

async function* archive(
  store: ImageStore,
  { images, tops, blobs }: SavedContent,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const folder of ['blobs', 'blobs/sha256']) yield entryOf({ name: `${folder}/` });
  for (const { descriptor, bytes } of tops.values())
    if (bytes !== undefined) yield entryOf({ name: blobName(descriptor.digest), mode: 0o444, body: bytes });
  for (const digest of blobs) {
    signal?.throwIfAborted();
    const size = store.content.sizeOf(digest);
    yield encodeEntry({ name: blobName(digest), type: 'file', mode: 0o444, size });
    for await (const chunk of store.content.stream(digest)) yield chunk as Buffer;
    yield Buffer.alloc(paddingOf(size));
  }
  yield document('index.json', {
    schemaVersion: 2,
    mediaType: MediaType.index,
    manifests: [...tops.values()].flatMap(descriptors),
  });
  const named = [...images.values()].filter((image) => isForDocker(image, tops));
  yield document('manifest.json', named.map(dockerManifest));
  yield document('oci-layout', { imageLayoutVersion: '1.0.0' });
  yield document('repositories', repositories(named));
  yield END_OF_ARCHIVE;
}

function document(name: string, value: unknown): Buffer {
  return entryOf({ name, mode: 0o444, body: JSON.stringify(value) });
}

/** One descriptor a name, with the annotations by which containerd, Docker and podman find it. */
function descriptors({ descriptor, names }: SavedTop): Descriptor[] {
  if (names.length === 0) return [descriptor];
  return names.map((name) => ({
    ...descriptor,
    annotations: {
      'io.containerd.image.name': name,
      'org.opencontainers.image.ref.name': parseReference(name).tag ?? '',
    },
  }));
}

/** Images that are there only as another platform of a name have no place in a docker-archive. */
function isForDocker({ names, manifestDigest }: SavedImage, tops: ReadonlyMap<Digest, SavedTop>): boolean {
  return names.length > 0 || tops.has(manifestDigest);
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
