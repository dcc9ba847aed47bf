import { constants, fchmodSync, fchownSync, fstatSync, openSync, readdirSync } from 'node:fs';
import { errnoCode, isHakoError } from '#base';
import type { MountSpec } from '../mount.ts';
import { openInRoot, openRoot } from '../openat2.ts';
import { withFd } from '../tree-mount.ts';
import { callWorker } from './client.ts';

/** A folder of a root. Where the root is not mounted yet, `root` says how; that happens in the worker's own namespace. */
export interface CopyUpSource {
  rootDir: string;
  root?: MountSpec;
  path: string;
}

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/**
 * Fills a new volume with what the image has at its mount point, as Docker does: content, owners, modes, and those of the folder itself.
 * Does nothing where the volume has content or the image has no such folder. An empty folder, the usual case, takes no worker.
 */
export async function copyUp(from: CopyUpSource, to: string, options: { signal?: AbortSignal } = {}): Promise<void> {
  if (readdirSync(to).length > 0) return;
  if (from.root === undefined && copyEmptyFolder(from, to)) return;
  try {
    await callWorker('copyTree', { kind: 'pair', from, to }, {}, options);
  } catch (error) {
    if (!isHakoError(error, 'not_found')) throw error;
  }
}

/** Answers false where there is content to be copied. */
function copyEmptyFolder({ rootDir, path }: CopyUpSource, to: string): boolean {
  return withFd(openRoot(rootDir), (root) => {
    try {
      return withFd(openInRoot(root, path, OPEN_FOLDER), (source) => {
        if (readdirSync(`/proc/self/fd/${source}`).length > 0) return false;
        const { uid, gid, mode } = fstatSync(source);
        withFd(openSync(to, OPEN_FOLDER | constants.O_NOFOLLOW), (target) => {
          fchownSync(target, uid, gid);
          fchmodSync(target, mode & 0o7777);
        });
        return true;
      });
    } catch (error) {
      if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR') return true;
      throw error;
    }
  });
}
