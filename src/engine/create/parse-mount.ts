import { posix } from 'node:path';
import { HakoError } from '#base';
import type { Mount } from '../spec.ts';
import { checkedTarget, type WantedMount } from './parse-bind.ts';

/** Checks one entry of `HostConfig.Mounts` (`--mount`); throws `invalid` with docker's words. */
export function parseMount(mount: Mount): WantedMount {
  const destination = checkedTarget(mount.Target);
  const common = { destination, readWrite: mount.ReadOnly !== true, mode: '', noCopy: false, createSource: false };
  switch (mount.Type) {
    case 'bind':
      return { ...common, ...bindOf(mount) };
    case 'volume':
      return { ...common, ...volumeOf(mount) };
    case 'tmpfs':
      if (mount.Source) throw invalid(mount, 'source must not be given for tmpfs');
      return { ...common, type: 'tmpfs', name: '', source: '', propagation: '' };
    case 'image':
      if (!mount.Source) throw invalid(mount, 'source must be an image');
      return { ...common, type: 'image', name: '', source: mount.Source, readWrite: false, propagation: '' };
    default:
      throw invalid(mount, 'mount type unknown: use bind, volume, tmpfs or image');
  }
}

function invalid(mount: Mount, why: string): HakoError {
  return new HakoError('invalid', `invalid mount config for type "${mount.Type}": ${why}`);
}

function bindOf(mount: Mount) {
  const source = mount.Source ?? '';
  if (source === '') throw invalid(mount, 'field Source must not be empty');
  if (!source.startsWith('/')) throw invalid(mount, `invalid mount path: '${source}' mount path must be absolute`);
  if (mount.VolumeOptions) throw invalid(mount, 'field VolumeOptions must not be specified');
  return {
    type: 'bind' as const,
    name: '',
    source: posix.normalize(source),
    propagation: mount.BindOptions?.Propagation || 'rprivate',
    createSource: mount.BindOptions?.CreateMountpoint === true,
    ...(mount.BindOptions?.NonRecursive ? { nonRecursive: true } : {}),
  };
}

function volumeOf(mount: Mount) {
  if (mount.BindOptions) throw invalid(mount, 'field BindOptions must not be specified');
  const subpath = mount.VolumeOptions?.Subpath ?? '';
  if (subpath.startsWith('/') || subpath.split('/').includes('..')) {
    throw invalid(mount, 'subpath must be a relative path within the volume');
  }
  return {
    type: 'volume' as const,
    name: mount.Source ?? '',
    source: '',
    propagation: '',
    noCopy: mount.VolumeOptions?.NoCopy === true,
    ...(subpath === '' ? {} : { subpath }),
  };
}
