/** What there is to push for a name: one image, or an index with all of its images. */
import { type Digest, HakoError, isHakoError } from '#base';
import type { NamedImage } from '../../layout/names.ts';
import { formatPlatform, hostPlatform, parsePlatform, satisfies } from '../../platform.ts';
import type { ImageStore } from '../../store.ts';
import { MediaType } from '../../unpack/media-types.ts';
import { type Descriptor, MAX_DOCUMENT_BYTES, type Manifest, parseManifestOrIndex } from '../../unpack/spec.ts';
import { digestOf, type FetchedManifest } from '../registry/manifests.ts';

/** A manifest that is to be sent, with its blobs. */
export interface PlannedManifest {
  document: FetchedManifest;
  manifest: Manifest;
}

export interface PushPlan {
  /** What the tag will stand for. */
  top: FetchedManifest;
  /** All image manifests below it, or the one that it is. */
  manifests: PlannedManifest[];
  ids: Digest[];
  /** True where the index that the image came with is not here as a whole. */
  isPartial: boolean;
}

/** Decides what `images`, which one name stands for, become at the registry. An index that is whole is sent as it came. */
export function planPush(store: ImageStore, images: readonly NamedImage[], platform: string | undefined): PushPlan {
  if (platform !== undefined && platform !== '') return planOne(store, [choose(images, platform)], false);
  const indexes = new Set(images.flatMap(({ id }) => indexesOf(store, id)));
  for (const digest of indexes) {
    const whole = wholeIndex(store, digest);
    const ids = images.map(({ id }) => id);
    if (whole !== undefined && ids.every((id) => whole.some(({ manifest }) => manifest.config.digest === id)))
      return { top: stored(store, digest), manifests: whole, ids, isPartial: false };
  }
  const isPartial = indexes.size > 0;
  return images.length === 1 ? planOne(store, images, isPartial) : planNewIndex(store, images, isPartial);
}

function choose(images: readonly NamedImage[], platform: string): NamedImage {
  const wanted = parsePlatform(platform);
  const found = images.find((image) => satisfies(image.platform, wanted));
  if (found !== undefined) return found;
  const offered = images.map((image) => formatPlatform(image.platform)).join(', ');
  throw new HakoError('not_found', `the image is not here for ${formatPlatform(wanted)}: it has ${offered}`);
}

function planOne(store: ImageStore, images: readonly NamedImage[], isPartial: boolean): PushPlan {
  const host = hostPlatform();
  const image = images.find(({ platform }) => satisfies(platform, host)) ?? images[0];
  if (image === undefined) throw new HakoError('not_found', 'there is no image to push');
  const planned = plannedManifest(store, store.images.manifestOf(image.id) ?? image.id);
  return { top: planned.document, manifests: [planned], ids: [image.id], isPartial };
}

/** Images of several platforms that came one by one get an index of their own. */
export function planNewIndex(store: ImageStore, images: readonly NamedImage[], isPartial: boolean): PushPlan {
  const manifests = images.map(({ id }) => plannedManifest(store, store.images.manifestOf(id) ?? id));
  const entries = manifests.map(({ document }, position): Descriptor => {
    const platform = images[position]?.platform ?? hostPlatform();
    return { mediaType: document.mediaType, digest: document.digest, size: document.bytes.length, platform };
  });
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MediaType.index, manifests: entries }));
  const top = { digest: digestOf(bytes), mediaType: MediaType.index, bytes };
  return { top, manifests, ids: images.map(({ id }) => id), isPartial };
}

/** The indexes that an image came with, from a registry or in an archive: documents of its that are neither manifest nor layer. */
function indexesOf(store: ImageStore, id: Digest): Digest[] {
  const { config, layers } = plannedManifest(store, store.images.manifestOf(id) ?? id).manifest;
  const own = new Set([store.images.manifestOf(id), config.digest, ...layers.map(({ digest }) => digest)]);
  return store.images.blobsOf(id).filter((digest) => !own.has(digest) && isIndex(store, digest));
}

/** Blobs of earlier manifests of the image are among the candidates: they may be anything. */
function isIndex({ content }: ImageStore, digest: Digest): boolean {
  if (!content.has(digest) || content.sizeOf(digest) > MAX_DOCUMENT_BYTES) return false;
  try {
    return 'index' in parseManifestOrIndex(content.read(digest), `document ${digest}`);
  } catch (error) {
    if (isHakoError(error, 'invalid')) return false;
    throw error;
  }
}

/** The manifests of an index, attestations included; undefined where anything of it is missing. */
function wholeIndex(store: ImageStore, digest: Digest): PlannedManifest[] | undefined {
  const document = parseManifestOrIndex(store.content.read(digest), `index ${digest}`);
  if (!('index' in document)) return undefined;
  const manifests: PlannedManifest[] = [];
  for (const entry of document.index.manifests) {
    if (!store.content.has(entry.digest)) return undefined;
    const planned = plannedManifest(store, entry.digest);
    const { config, layers } = planned.manifest;
    if (![config, ...layers].every((blob) => store.blobs.has(blob.digest))) return undefined;
    manifests.push(planned);
  }
  return manifests;
}

function plannedManifest(store: ImageStore, digest: Digest): PlannedManifest {
  const document = parseManifestOrIndex(store.content.read(digest), `manifest ${digest}`);
  if ('manifest' in document) return { document: stored(store, digest), manifest: document.manifest };
  throw new HakoError('unsupported', `${digest} is an index within an index: it cannot be pushed`);
}

function stored(store: ImageStore, digest: Digest): FetchedManifest {
  const bytes = store.content.read(digest);
  const value = JSON.parse(bytes.toString('utf8')) as { mediaType?: unknown; manifests?: unknown };
  const fallback = value.manifests === undefined ? MediaType.manifest : MediaType.index;
  return { digest, bytes, mediaType: typeof value.mediaType === 'string' ? value.mediaType : fallback };
}
