import type { MountPoint } from '#engine';

/** `Mounts` of `inspect` and `ps`. */
export function presentMounts(mounts: readonly MountPoint[]) {
  return mounts.map((mount) => ({
    Type: mount.type,
    ...(mount.name === '' ? {} : { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.driver === '' ? {} : { Driver: mount.driver }),
    Mode: mount.mode,
    RW: mount.readWrite,
    Propagation: mount.propagation,
  }));
}
