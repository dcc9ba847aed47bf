import { type Digest, HakoError, log } from '#base';
import { transaction } from '#state';
import type { Lease } from '../content/mod.ts';
import type { ImageConfig } from '../contract.ts';
import { chainIdOf } from '../layout/layers.ts';
import { existing, type ImageStore } from '../store.ts';
import { isOtherCompressor } from './layer-blobs.ts';
import { layerMediaType } from './media-types.ts';
import { type Descriptor, type Manifest, parseManifestOrIndex, parseObject } from './spec.ts';

/** An image whose blobs are all in the content store, for as long as the lease lasts. */
export interface WholeImage {
  manifestDigest: Digest;
  manifest: Manifest;
}

/**
 * Makes all blobs of an image be there, for push and save: those that were let go are made again. Where one cannot be (the
 * compressor has changed with an update), the layer is compressed anew and the image gets another manifest; its id, which is the
 * digest of the configuration, stays.
 */
export async function materialize(
  store: ImageStore,
  id: Digest,
  lease: Lease,
  signal?: AbortSignal,
): Promise<WholeImage> {
  const { config } = existing(store, id);
  const manifestDigest = store.images.manifestOf(id) ?? id;
  for (const digest of [id, manifestDigest]) lease.hold(digest);
  const manifest = readManifest(store, manifestDigest);
  const layers: Descriptor[] = [];
  for (const [index, layer] of manifest.layers.entries()) {
    layers.push(await wholeLayer(store, config, index, layer, lease, signal));
  }
  if (layers.every((layer, index) => layer === manifest.layers[index])) return { manifestDigest, manifest };
  return replaceManifest(store, id, manifestDigest, layers, lease);
}

export function readManifest(store: ImageStore, digest: Digest): Manifest {
  const document = parseManifestOrIndex(store.content.read(digest), 'the manifest');
  if ('manifest' in document) return document.manifest;
  throw new HakoError('internal', `${digest} is not a manifest`);
}

/** The same descriptor where the same blob is there. */
async function wholeLayer(
  store: ImageStore,
  config: ImageConfig,
  index: number,
  descriptor: Descriptor,
  lease: Lease,
  signal?: AbortSignal,
): Promise<Descriptor> {
  try {
    await store.blobs.restore(descriptor.digest, lease, signal);
    return descriptor;
  } catch (error) {
    if (!isOtherCompressor(error)) throw error;
    const chainId = config.rootfs.diff_ids
      .slice(0, index + 1)
      .reduce<Digest | undefined>((parent, diffId) => chainIdOf(parent, diffId), undefined);
    const layer = chainId === undefined ? undefined : store.layers.find(chainId);
    if (layer === undefined) throw error;
    const { digest, size, compression } = await store.blobs.recompress(layer, lease, signal);
    log.warn('a layer is compressed anew: its old blob cannot be made again', { old: descriptor.digest, new: digest });
    const mediaType = descriptor.mediaType.endsWith(compression) ? descriptor.mediaType : layerMediaType(compression);
    return { ...descriptor, mediaType, digest, size };
  }
}

/** What else the manifest says (annotations, subject) is kept. */
function replaceManifest(
  store: ImageStore,
  id: Digest,
  old: Digest,
  layers: readonly Descriptor[],
  lease: Lease,
): WholeImage {
  const document = { ...parseObject(store.content.read(old), 'the manifest'), layers };
  const manifestDigest = store.content.put(JSON.stringify(document));
  lease.hold(manifestDigest);
  const blobs = [manifestDigest, ...layers.map(({ digest }) => digest)];
  transaction(store.database, () => store.images.setManifest(id, manifestDigest, blobs));
  return { manifestDigest, manifest: readManifest(store, manifestDigest) };
}
