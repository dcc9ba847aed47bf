import { type Stats, statSync } from 'node:fs';
import { errnoCode, HakoError } from '#base';
import type { MountInput } from '#runtime';
import { containerDir, type EngineContext } from '../context.ts';
import type { MountPoint } from '../contract.ts';
import type { HostConfig } from '../spec.ts';
import type { Entry } from '../store/entry.ts';
import { volumeSource } from './volume-source.ts';

type BindInput = Extract<MountInput, { type: 'bind' }>;

/** Everything to mount beside the defaults: binds, volumes, tmpfs, and the files that we write for the container. */
export function mountInputs(
  context: EngineContext,
  entry: Entry,
  imageMounts: ReadonlyMap<string, string>,
): MountInput[] {
  const { hostConfig, mounts } = entry.record;
  const taken = new Set(mounts.map((mount) => mount.destination));
  const files = ownFiles(context, entry).filter((mount) => !taken.has(mount.destination));
  return [...files, ...mounts.map((mount) => mountInput(hostConfig, mount, imageMounts))];
}

function ownFiles(context: EngineContext, entry: Entry): BindInput[] {
  const dir = containerDir(context, entry.record.id);
  const readonly = entry.record.hostConfig.ReadonlyRootfs === true;
  return ['hostname', 'hosts', 'resolv.conf'].map((name) => ({
    type: 'bind',
    source: `${dir}/${name}`,
    destination: `/etc/${name}`,
    readonly,
    nonRecursive: true,
  }));
}

function mountInput(hostConfig: HostConfig, mount: MountPoint, imageMounts: ReadonlyMap<string, string>): MountInput {
  switch (mount.type) {
    case 'tmpfs':
      return { type: 'tmpfs', destination: mount.destination, options: tmpfsOptions(hostConfig, mount) };
    case 'image':
      return { ...bind(mount, imageMounts.get(mount.destination) ?? mount.source), readonly: true };
    case 'volume':
      return bind(mount, volumeSource(mount));
    case 'bind':
      return { ...bind(mount, mount.source), ...recursionOf(hostConfig, mount) };
  }
}

function bind(mount: MountPoint, source: string): BindInput {
  return {
    type: 'bind',
    source,
    destination: mount.destination,
    readonly: !mount.readWrite,
    ...(mount.propagation === '' ? {} : { propagation: mount.propagation as NonNullable<BindInput['propagation']> }),
    ...(mount.nonRecursive ? { nonRecursive: true } : {}),
  };
}

/** A file has nothing below it, and runtimes refuse to make it read-only recursively. */
function recursionOf(hostConfig: HostConfig, mount: MountPoint): Partial<BindInput> {
  if (!sourceStat(mount).isDirectory()) return { nonRecursive: true };
  const options = hostConfig.Mounts?.find((each) => each.Target === mount.destination)?.BindOptions;
  if (options?.ReadOnlyForceRecursive) return { readonlyRecursion: 'force' };
  return options?.ReadOnlyNonRecursive ? { readonlyRecursion: 'never' } : {};
}

function sourceStat(mount: MountPoint): Stats {
  try {
    return statSync(mount.source);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new HakoError(
      'invalid',
      `bind source path does not exist: ${mount.source}: it was there when the container was made; make it again`,
    );
  }
}

/** Options of `--tmpfs` as text, or those of `--mount type=tmpfs`. */
function tmpfsOptions(hostConfig: HostConfig, mount: MountPoint): string[] {
  const text = hostConfig.Tmpfs?.[mount.destination];
  if (text !== undefined) return text.split(',').filter(Boolean);
  const options = hostConfig.Mounts?.find((each) => each.Target === mount.destination)?.TmpfsOptions;
  return [
    ...(options?.SizeBytes ? [`size=${options.SizeBytes}`] : []),
    ...(options?.Mode ? [`mode=${options.Mode.toString(8)}`] : []),
    ...(options?.Options ?? []).map((pair) => pair.join('=')),
    ...(mount.readWrite ? [] : ['ro']),
  ];
}
