import { statfsSync, statSync } from 'node:fs';
import { type Digest, ignoring } from '#base';
import type { Image } from '../contract.ts';
import { topChainId } from '../layout/layers.ts';
import type { ImageStore } from '../store.ts';
import type { GcImage, GcObservation, GcPart } from './plan.ts';

const SECTOR_BYTES = 512;

/** Looks at everything that `planImageGc` decides by. Synchronous, so that what is planned is still true when it is done. */
export function observeImages(store: ImageStore): GcObservation {
  const images = store.images.all().map((image) => observeImage(store, image));
  return { disk: diskUse(store.content.dir), images, parts: observeParts(store, images) };
}

/** As the kubelet counts: what ordinary users cannot have is in use. */
function diskUse(dir: string): GcObservation['disk'] {
  const { blocks, bavail, bsize } = statfsSync(dir);
  return { totalBytes: blocks * bsize, usedBytes: (blocks - bavail) * bsize };
}

function observeImage(store: ImageStore, { id, config, createdAtMs }: Image): GcImage {
  const layers = store.layers.chain(topChainId(config.rootfs.diff_ids)).map(({ chainId }) => chainId);
  const parts = [...layers, ...store.images.blobsOf(id)];
  const isUsed = store.usedBy(id).length > 0;
  const neededBy = isUsed ? 'container' : parts.some((key) => store.content.isLeased(key)) ? 'lease' : undefined;
  const lastUsedAtMs = store.images.lastUsedAtMs(id);
  return { id, lastUsedAtMs, createdAtMs, parts, ...(neededBy === undefined ? {} : { neededBy }) };
}

function observeParts(store: ImageStore, images: readonly GcImage[]): Map<Digest, GcPart> {
  const parts = new Map<Digest, GcPart>();
  const held = store.collector.layersOfContainers();
  for (const { chainId, diskBytes, contentBytes } of store.layers.all()) {
    parts.set(chainId, { bytes: diskBytes ?? contentBytes, isHeld: held.has(chainId) });
  }
  for (const digest of images.flatMap((image) => image.parts)) {
    if (!parts.has(digest)) parts.set(digest, observeBlob(store, digest));
  }
  return parts;
}

function observeBlob({ content, pins }: ImageStore, digest: Digest): GcPart {
  return { bytes: allocatedBytes(content.pathOf(digest)), isHeld: pins.isPinned(digest) || content.isLeased(digest) };
}

/** What a file or folder itself takes on disk; 0 where there is none. */
export function allocatedBytes(path: string): number {
  return (ignoring('ENOENT', () => statSync(path).blocks) ?? 0) * SECTOR_BYTES;
}
