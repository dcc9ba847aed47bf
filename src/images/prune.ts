import type { Image, RemovedImage } from './contract.ts';
import { blobsOnDisk, measureLayers } from './disk-usage.ts';
import { familiarName } from './reference.ts';
import { deleteImages } from './remove.ts';
import type { ImageStore } from './store.ts';

export interface PruneOptions {
  all: boolean;
  filter?: (image: Image) => boolean;
}

/** Deletes images that no container uses: those without a name, or with `all` every one. */
export async function pruneImages(
  store: ImageStore,
  { all, filter }: PruneOptions,
): Promise<{ removed: RemovedImage[]; reclaimedBytes: number }> {
  await measureLayers(store);
  const before = blobsOnDisk(store);
  const removed: RemovedImage[] = [];
  for (const image of store.images.all()) {
    const dangling = image.tags.length === 0;
    if ((!all && !dangling) || filter?.(image) === false || store.usedBy(image.id).length > 0) continue;
    removed.push(
      ...[...image.tags, ...image.repoDigests].map((name) => ({ untagged: familiarName(name), id: image.id })),
    );
    removed.push(...deleteImages(store, image.id));
  }
  const layers = store.collector.collectLayers();
  removed.push(...layers.chainIds.map((layer) => ({ layer })));
  await store.content.settled();
  return { removed, reclaimedBytes: layers.bytes + before - blobsOnDisk(store) };
}
