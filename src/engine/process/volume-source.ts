import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode, HakoError } from '#base';
import type { MountPoint } from '../contract.ts';

/**
 * The host path of a volume mount. A subpath must be made of real folders: a symbolic link, which a container may
 * have put there, could lead out of the volume.
 */
export function volumeSource(mount: MountPoint): string {
  let path = mount.source;
  for (const part of (mount.subpath ?? '').split('/').filter(Boolean)) {
    path = join(path, part);
    requireRealEntry(mount, path);
  }
  return path;
}

function requireRealEntry(mount: MountPoint, path: string): void {
  try {
    if (!lstatSync(path).isSymbolicLink()) return;
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new HakoError(
      'invalid',
      `cannot access path ${mount.subpath} in volume ${mount.name}: it does not exist; make it first`,
    );
  }
  throw new HakoError(
    'invalid',
    `subpath ${mount.subpath} of volume ${mount.name} leads through a symbolic link: name real folders`,
  );
}
