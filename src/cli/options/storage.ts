/** Flags about volumes and mounts. */

import type { Values } from '../args/flags.ts';
import { list, text, toggle } from '../args/flags.ts';
import type { CreatePart } from './body.ts';
import type { MountBody } from './mount.ts';
import { parsePairs, unlessBlank, unlessEmpty } from './values.ts';

export const storageFlags = {
  volume: list(
    'v',
    'SOURCE:TARGET[:OPTIONS]',
    'Mount a folder of the host or a volume; TARGET alone makes an anonymous volume',
  ),
  mount: list('', 'type=…,src=…,dst=…', 'Mount a bind, volume, tmpfs or image'),
  tmpfs: list('', 'TARGET[:OPTIONS]', 'Mount an empty folder in memory'),
  'volumes-from': list('', 'CONTAINER[:ro]', 'Mount the volumes of another container'),
  'volume-driver': text('', 'DRIVER', 'Driver of the volumes that are made'),
  'read-only': toggle('', "Mount the container's root file system read-only"),
  'storage-opt': list('', 'KEY=VALUE', 'Option of the storage driver'),
};

/** Volumes without a source are anonymous: they go into the config, all others into Binds. */
export async function storageOptions(flags: Values<typeof storageFlags>): Promise<CreatePart> {
  const anonymous = flags.volume.filter((volume) => !volume.includes(':'));
  const binds = flags.volume.filter((volume) => volume.includes(':')).map(absoluteSource);
  const tmpfs = flags.tmpfs.map((text): [string, string] => [
    text.split(':', 1)[0] ?? '',
    text.split(':').slice(1).join(':'),
  ]);
  return {
    config: { Volumes: anonymous.length === 0 ? undefined : Object.fromEntries(anonymous.map((path) => [path, {}])) },
    hostConfig: {
      Binds: unlessEmpty(binds),
      Mounts: unlessEmpty(await mounts(flags.mount)),
      Tmpfs: tmpfs.length === 0 ? undefined : Object.fromEntries(tmpfs),
      VolumesFrom: unlessEmpty(flags['volumes-from']),
      VolumeDriver: unlessBlank(flags['volume-driver']),
      ReadonlyRootfs: flags['read-only'],
      StorageOpt: flags['storage-opt'].length === 0 ? undefined : parsePairs(flags['storage-opt']),
    },
  };
}

/** The parser of --mount loads only for who uses it. */
async function mounts(given: readonly string[]): Promise<MountBody[]> {
  return given.length === 0 ? [] : given.map((await import('./mount.ts')).parseMount);
}

/** `./data:/data` means a folder below the working directory, as the shell's user sees it. */
function absoluteSource(bind: string): string {
  const [source = '', ...rest] = bind.split(':');
  if (source !== '.' && source !== '..' && !/^\.\.?\//.test(source)) return bind;
  return [resolveFrom(process.cwd(), source), ...rest].join(':');
}

/** path.resolve for relative paths; node:path is not worth loading for it. */
function resolveFrom(folder: string, relative: string): string {
  const parts = folder.split('/').filter(Boolean);
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
