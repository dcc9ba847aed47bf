import type { Volume } from '#engine';
import { rfc3339 } from '../server/time.ts';

/** A volume as `volume ls` and `inspect` show it. */
export function presentVolume(volume: Volume) {
  return {
    CreatedAt: rfc3339(volume.createdAtMs),
    Driver: volume.driver,
    Labels: Object.keys(volume.labels).length > 0 ? volume.labels : null,
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: Object.keys(volume.options).length > 0 ? volume.options : null,
    Scope: 'local',
  };
}
