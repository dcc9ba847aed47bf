import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '#base';
import { callWorker } from '#system/rootfs';
import { allocatedBytes } from './gc/observe.ts';
import { type Layer, topChainId } from './layout/layers.ts';
import type { ImageStore } from './store.ts';

/** What images take on disk, as du(1) counts, and how much of their content each has for itself. */
export async function diskUsage(store: ImageStore) {
  await measureLayers(store);
  const chains = new Map(
    store.images.all().map(({ id, config }) => [id, store.layers.chain(topChainId(config.rootfs.diff_ids))]),
  );
  const layersDiskBytes =
    store.layers.all().reduce((sum, { diskBytes = 0 }) => sum + diskBytes, 0) + allocatedBytes(store.layerDirs.dir);
  const blobsDiskBytes = blobsOnDisk(store);
  const layersBytes = layersDiskBytes + blobsDiskBytes;
  return { layersBytes, disk: { layersDiskBytes, blobsDiskBytes }, perImage: usagePerImage(chains) };
}

function usagePerImage(chains: ReadonlyMap<Digest, readonly Layer[]>) {
  const users = new Map<Digest, number>();
  for (const layers of chains.values())
    for (const { chainId } of layers) users.set(chainId, (users.get(chainId) ?? 0) + 1);
  const perImage = new Map<Digest, { sharedBytes: number; uniqueBytes: number }>();
  for (const [id, layers] of chains) {
    const usage = { sharedBytes: 0, uniqueBytes: 0 };
    for (const { chainId, contentBytes } of layers) {
      if ((users.get(chainId) ?? 0) > 1) usage.sharedBytes += contentBytes;
      else usage.uniqueBytes += contentBytes;
    }
    perImage.set(id, usage);
  }
  return perImage;
}

/** Blobs, downloads that may go on, and their folders. */
export function blobsOnDisk({ content: { dir } }: ImageStore): number {
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return [dir, ...paths.map((path) => join(dir, path))].reduce((sum, path) => sum + allocatedBytes(path), 0);
}

/** A layer never changes, so it is measured once, when somebody asks. */
export async function measureLayers(store: ImageStore): Promise<void> {
  for (const layer of store.layers.all()) {
    if (layer.diskBytes !== undefined) continue;
    using lease = store.content.lease();
    lease.hold(layer.chainId);
    store.layers.setDiskBytes(layer.chainId, await measure(store, layer));
  }
}

async function measure({ layerDirs }: ImageStore, { snapshot }: Layer): Promise<number> {
  const dir = layerDirs.pathOf(snapshot);
  const { diskBytes } = await callWorker('usage', { kind: 'directory', dir }, {});
  return [dir, join(dir, '..'), layerDirs.recipeOf(snapshot)].reduce(
    (sum, path) => sum + allocatedBytes(path),
    diskBytes,
  );
}
