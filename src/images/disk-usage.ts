import type { Digest } from '#base';
import { topChainId } from './layout/layers.ts';
import type { ImageStore } from './store.ts';

/** How much the unpacked layers hold, and how much of it each image has for itself. */
export function diskUsage(store: ImageStore) {
  const chains = new Map(
    store.images.all().map(({ id, config }) => [id, store.layers.chain(topChainId(config.rootfs.diff_ids))]),
  );
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
  const layersBytes = store.layers.all().reduce((sum, layer) => sum + layer.contentBytes, 0);
  return { layersBytes, perImage };
}
