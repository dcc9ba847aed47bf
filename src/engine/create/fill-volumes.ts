import { copyUp } from '#system/rootfs';
import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';
import type { ResolvedMounts } from './mounts.ts';

/** A volume that is still empty starts with what the image has at its place, owners and modes included. */
export async function fillVolumes(context: EngineContext, entry: Entry, fresh: ResolvedMounts['fresh']): Promise<void> {
  const { id } = entry.record;
  if (fresh.length === 0) return;
  const rootDir = context.images.snapshots.mount(id);
  try {
    for (const { volume, destination } of fresh) {
      await context.volumes.mountForUse(volume.name, id);
      await copyUp({ rootDir, path: destination }, volume.mountpoint);
      await context.volumes.release(volume.name, id);
    }
  } finally {
    await context.images.snapshots.release(id);
  }
}
