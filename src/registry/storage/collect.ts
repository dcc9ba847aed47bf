import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Digest } from '#base';
import type { Collected, CollectOptions, RegistryStorage } from '../contract.ts';
import type { StorageParts } from './content-storage.ts';

/** Deletions between two turns of the event loop, so that a collection holds up nobody. */
const BATCH = 50;

type Found = { repository: string; digest: Digest };

/**
 * Deletes blobs that no manifest of their repository names and, where wished, manifests that nothing leads to. Each is looked at again
 * in the turn in which it goes, so a push that happens meanwhile either has named it by then, or finds it gone and says so.
 */
export async function collect(
  parts: StorageParts,
  storage: Pick<RegistryStorage, 'deleteBlob' | 'deleteManifest'>,
  options: CollectOptions,
): Promise<Omit<Collected, 'uploads'>> {
  const beforeMs = parts.clock.nowMs() - options.graceMs;
  const bytesBefore = parts.meter.totalBytes();
  const manifests = options.untagged ? await collectManifests(parts, storage, beforeMs) : 0;
  const blobs = await each(parts.blobs.unlinked(beforeMs), ({ repository, digest }) => {
    if (parts.recent.isSince(beforeMs, repository, digest)) return false;
    return parts.manifests.linkerOf(repository, digest) === undefined && storage.deleteBlob(repository, digest);
  });
  parts.recent.forgetBefore(beforeMs);
  return { blobs, manifests, bytes: Math.max(0, bytesBefore - parts.meter.totalBytes()) };
}

/** Until there are none: an index that went may have been all that led to its manifests. */
async function collectManifests(
  parts: StorageParts,
  storage: Pick<RegistryStorage, 'deleteManifest'>,
  beforeMs: number,
): Promise<number> {
  let total = 0;
  for (;;) {
    const removed = await each(parts.manifests.unreachable(beforeMs), ({ repository, digest }) => {
      const isNew = parts.recent.isSince(beforeMs, repository, digest);
      return (
        !isNew &&
        parts.manifests.isUnreachable(repository, digest, beforeMs) &&
        storage.deleteManifest(repository, { digest })
      );
    });
    total += removed;
    if (removed === 0) return total;
  }
}

async function each(found: readonly Found[], remove: (item: Found) => boolean): Promise<number> {
  let removed = 0;
  for (const [index, item] of found.entries()) {
    if (index % BATCH === BATCH - 1) await nextTurn();
    if (remove(item)) removed++;
  }
  return removed;
}
