import { existsSync } from 'node:fs';
import { HakoError, makeFolders, newId } from '#base';
import type { EngineContext } from '../context.ts';
import type { MountPoint, Volume } from '../contract.ts';
import type { ContainerConfig, HostConfig } from '../spec.ts';
import { checkedTarget, parseBind, type WantedMount } from './parse-bind.ts';
import { parseMount } from './parse-mount.ts';

/** As the user asked for it: without a name it is anonymous. */
type WantedVolume = Pick<WantedMount, 'name' | 'destination'>;

/** The mounts of a new container, volumes made. `fresh` are the volumes to fill from the image. */
export interface ResolvedMounts {
  mounts: MountPoint[];
  fresh: { volume: Volume; destination: string }[];
}

/** Everything the container wants mounted, one per destination: a user's wish beats --volumes-from, which beats the image. */
export function wantedMounts(context: EngineContext, config: ContainerConfig, hostConfig: HostConfig): WantedMount[] {
  const explicit = [
    ...(hostConfig.Binds ?? []).map(parseBind),
    ...(hostConfig.Mounts ?? []).map(parseMount),
    ...Object.keys(hostConfig.Tmpfs ?? {}).map(wantedTmpfs),
  ];
  const byDestination = new Map<string, WantedMount>();
  for (const mount of explicit) {
    if (byDestination.has(mount.destination)) {
      throw new HakoError('invalid', `Duplicate mount point: ${mount.destination}`);
    }
    byDestination.set(mount.destination, mount);
  }
  const implied = [...volumesFrom(context, hostConfig), ...Object.keys(config.Volumes ?? {}).map(anonymousVolume)];
  for (const mount of implied) if (!byDestination.has(mount.destination)) byDestination.set(mount.destination, mount);
  return [...byDestination.values()];
}

function wantedTmpfs(target: string): WantedMount {
  return parseMount({ Type: 'tmpfs', Target: target });
}

function anonymousVolume(target: string): WantedMount {
  return parseMount({ Type: 'volume', Target: checkedTarget(target) });
}

function volumesFrom(context: EngineContext, hostConfig: HostConfig): WantedMount[] {
  return (hostConfig.VolumesFrom ?? []).flatMap((text) => {
    const [reference = '', mode = 'rw'] = text.split(':');
    if (mode !== 'ro' && mode !== 'rw') {
      throw new HakoError('invalid', `invalid --volumes-from "${text}": the mode is ro or rw`);
    }
    const source = context.store.find(reference).record.mounts;
    return source
      .filter((mount) => mount.type === 'volume' || mount.type === 'bind')
      .map((mount) => ({ ...mount, readWrite: mount.readWrite && mode === 'rw', noCopy: true, createSource: false }));
  });
}

/**
 * Makes the volumes and checks the bind sources of the wanted mounts. `note` is told of every anonymous volume before it
 * is made: what the row does not name would stay for ever when we fail or die here.
 */
export async function resolveMounts(
  context: EngineContext,
  wanted: readonly WantedMount[],
  hostConfig: HostConfig,
  note: (mounts: MountPoint[]) => void,
): Promise<ResolvedMounts> {
  const resolved: ResolvedMounts = { mounts: [], fresh: [] };
  for (const { noCopy, createSource, ...mount } of wanted) {
    if (mount.type === 'volume') {
      const name = mount.name || newId();
      if (mount.name === '') note([...resolved.mounts, { ...mount, name, driver: 'local' }]);
      const { volume, isNew } = await volumeFor(context, mount, name, hostConfig);
      resolved.mounts.push({ ...mount, name: volume.name, source: volume.mountpoint, driver: volume.driver });
      if (!noCopy && (isNew || mount.readWrite)) resolved.fresh.push({ volume, destination: mount.destination });
      continue;
    }
    if (mount.type === 'bind') checkBindSource(mount.source, createSource);
    resolved.mounts.push({ ...mount, driver: '' });
  }
  return resolved;
}

async function volumeFor(context: EngineContext, mount: WantedVolume, name: string, hostConfig: HostConfig) {
  const spec = hostConfig.Mounts?.find((each) => each.Type === 'volume' && each.Target === mount.destination);
  const anonymous = mount.name === '';
  const existing = context.volumes.list().some((volume) => volume.name === name);
  const driver = spec?.VolumeOptions?.DriverConfig;
  const volume = await context.volumes.create({
    name,
    driver: driver?.Name || hostConfig.VolumeDriver || 'local',
    labels: { ...spec?.VolumeOptions?.Labels, ...(anonymous ? { 'com.docker.volume.anonymous': '' } : {}) },
    options: driver?.Options ?? {},
  });
  return { volume, isNew: !existing };
}

function checkBindSource(source: string, create: boolean): void {
  if (existsSync(source)) return;
  if (!create) {
    const problem = `invalid mount config for type "bind": bind source path does not exist: ${source}`;
    throw new HakoError('invalid', `${problem}: make it first, or use -v, which does`);
  }
  makeFolders(source, 0o755);
}
