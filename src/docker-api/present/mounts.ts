import type { Container } from '#engine';

/** `Mounts` of `inspect` and `ps`. What `--tmpfs` asked for stands in the host configuration only, as in docker. */
export function presentMounts({ mounts, hostConfig }: Container) {
  const shown = mounts.filter(
    ({ type, destination }) => type !== 'tmpfs' || !(destination in (hostConfig.Tmpfs ?? {})),
  );
  return shown.map((mount) => ({
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
