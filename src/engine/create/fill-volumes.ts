import { closeSync, readdirSync } from 'node:fs';
import { isHakoError } from '#base';
import { openRoot, statInRoot } from '#system';
import { callWorker } from '#system/rootfs';
import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';
import type { ResolvedMounts } from './mounts.ts';

/** A volume that is still empty starts with what the image has at its place, owners and modes included. */
export async function fillVolumes(context: EngineContext, entry: Entry, fresh: ResolvedMounts['fresh']): Promise<void> {
  const { id } = entry.record;
  for (const { volume, destination } of fresh) {
    await context.volumes.mountForUse(volume.name, id);
    try {
      if (readdirSync(volume.mountpoint).length === 0 && hasFolder(context, id, destination)) {
        await copy(context, id, destination, volume.mountpoint);
      }
    } finally {
      await context.volumes.release(volume.name, id);
    }
  }
}

/** Looks before a worker is started for it, which takes as long as the rest of a create. */
function hasFolder(context: EngineContext, id: string, destination: string): boolean {
  const root = openRoot(context.images.snapshots.mount(id));
  try {
    return statInRoot(root, destination)?.isDirectory() ?? false;
  } finally {
    closeSync(root);
    context.images.snapshots.unmount(id);
  }
}

async function copy(context: EngineContext, id: string, path: string, to: string): Promise<void> {
  const { snapshots } = context.images;
  const rootDir = snapshots.paths(id).mergedDir;
  try {
    await callWorker('copyTree', { kind: 'pair', from: { rootDir, root: snapshots.mountOf(id), path }, to }, {});
  } catch (error) {
    if (!isHakoError(error, 'not_found')) throw error;
  }
}
