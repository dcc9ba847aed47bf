import { type Digest, failpoint, HakoError } from '#base';
import { type DatabaseSync, transaction } from '#state';
import type { UnpackLimits } from '#system/rootfs';
import type { ContentStore, Lease, Pins } from './content/mod.ts';
import type { Image, ImageConfig } from './contract.ts';
import type { Collector } from './layout/collector.ts';
import type { ImageTable } from './layout/images.ts';
import { type LayerTable, topChainId } from './layout/layers.ts';
import type { NameTable } from './layout/names.ts';
import type { RecipeTable } from './layout/recipes.ts';
import type { Resolver } from './layout/resolve.ts';
import type { ImageVerifier } from './policy/mod.ts';
import type { ContainerSnapshots } from './snapshots/container-snapshots.ts';
import type { LayerDirs } from './snapshots/layer-dirs.ts';
import type { LayerBlobs } from './unpack/layer-blobs.ts';
import type { LayerUnpacker, StoredLayer } from './unpack/layers.ts';
import { layerMediaType, MediaType } from './unpack/media-types.ts';
import type { Manifest } from './unpack/spec.ts';

/** The parts that the verbs of this folder work with. */
export interface ImageStore {
  database: DatabaseSync;
  content: ContentStore;
  pins: Pins;
  images: ImageTable;
  names: NameTable;
  layers: LayerTable;
  layerDirs: LayerDirs;
  resolver: Resolver;
  recipes: RecipeTable;
  /** Blobs of layers that are there, or can be made again. */
  blobs: LayerBlobs;
  collector: Collector;
  unpacker: LayerUnpacker;
  snapshots: ContainerSnapshots;
  /** Enforces the policy: pulls ask it before they fetch layers. */
  verifier: ImageVerifier;
  limits: UnpackLimits;
  /** Which containers use an image. */
  usedBy(id: Digest): string[];
}

/** An image whose blobs and layers are all stored, ready to become visible. */
export interface CompleteImage {
  configBlob: Buffer;
  config: ImageConfig;
  manifestBlob: Buffer;
  manifest: Manifest;
  parent?: Digest;
  /** The indexes that it came with: a push sends them again where all of their images are here. */
  indexBlobs?: readonly Buffer[];
}

/** Makes an image visible, with its names. Either all of it happens or nothing. */
export function registerImage(store: ImageStore, image: CompleteImage, names: readonly string[], lease: Lease): Image {
  const id = hold(store, image.configBlob, lease);
  const manifestDigest = hold(store, image.manifestBlob, lease);
  const indexes = (image.indexBlobs ?? []).map((blob) => hold(store, blob, lease));
  const blobs = [id, manifestDigest, ...indexes, ...image.manifest.layers.map(({ digest }) => digest)];
  const { config, parent } = image;
  store.layers.chain(topChainId(config.rootfs.diff_ids));
  failpoint('images.image-stored');
  transaction(store.database, () => {
    const configText = image.configBlob.toString('utf8');
    store.images.insert({ id, config, configText, manifestDigest, blobs, ...(parent === undefined ? {} : { parent }) });
    for (const name of names) store.names.set(name, [id]);
  });
  return existing(store, id);
}

function hold(store: ImageStore, blob: Buffer, lease: Lease): Digest {
  const digest = store.content.put(blob);
  lease.hold(digest);
  return digest;
}

/** An image that must be there. */
export function existing(store: ImageStore, id: Digest): Image {
  const image = store.images.find(id);
  if (image === undefined) throw new HakoError('not_found', `No such image: ${id}`);
  return image;
}

/** The manifest of an image whose layers were stored as these blobs. */
export function manifestFor(
  configBlob: Buffer,
  configDigest: Digest,
  layers: readonly StoredLayer['blob'][],
): Manifest {
  return {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: { mediaType: MediaType.config, digest: configDigest, size: configBlob.length },
    layers: layers.map(({ digest, size, compression }) => ({ mediaType: layerMediaType(compression), digest, size })),
  };
}
