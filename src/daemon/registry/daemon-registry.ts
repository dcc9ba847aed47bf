import type { OpenedImages } from '#images';
import { type BlobKeeper, openRegistry, openSharedStorage, type Registry } from '#registry';
import type { DatabaseSync } from '#state';
import { canonicalName, DaemonImages } from './local-images.ts';
import { quotasOf, type RegistrySettings, registryOptions } from './options.ts';
import { cacheOptions, type HostsSettings } from './upstream/open.ts';

/** Serves the daemon's own store: what was pushed to it, and every image that it has. */
export function openDaemonRegistry(
  images: OpenedImages,
  database: DatabaseSync,
  settings: RegistrySettings,
  hosts: HostsSettings = {},
): Promise<Registry> {
  const options = registryOptions(settings);
  const cache = cacheOptions(settings, true, hosts);
  const storage = openSharedStorage({
    content: images.store.content,
    database,
    keeper: pinningKeeper(images),
    quotas: quotasOf(settings),
    images: new DaemonImages(images, settings.hostNames ?? []),
    ...(cache ? { cache } : {}),
  });
  return openRegistry({ ...options, storage, canonicalName });
}

const OWNER = 'registry ';

/** What repositories need is pinned, so that the images' own collector leaves it alone. */
function pinningKeeper({ store: { pins, collector } }: OpenedImages): BlobKeeper {
  const release = (owner: string, digest: Parameters<BlobKeeper['release']>[0]) => {
    pins.unpin(owner);
    collector.collectBlobs([digest]);
  };
  return {
    keep: (digest) => pins.pin(`${OWNER}${digest}`, [digest]),
    release: (digest) => release(`${OWNER}${digest}`, digest),
    recover(isHeld) {
      for (const { owner, digest } of pins.withOwner(OWNER)) if (!isHeld(digest)) release(owner, digest);
    },
  };
}
