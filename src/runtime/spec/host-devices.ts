/** Device nodes of the host, read for `--device` and for privileged containers. */
import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, HakoError, ignoring } from '#base';
import { splitDevice } from '#system';
import type { BlockDeviceInput, DeviceInput } from './input.ts';

const S_IFMT = 0o170000;
/** The types of inode(7): character device, block device, FIFO. */
const KINDS = new Map<number, DeviceInput['type']>([
  [0o020000, 'c'],
  [0o060000, 'b'],
  [0o010000, 'p'],
]);
/** Made anew in every container, or nobody's business. */
const SKIPPED = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', '.lxc', '.lxd-mounts', '.udev']);

function toDevice(stats: Stats, path: string, permissions: string): DeviceInput | undefined {
  const type = KINDS.get(stats.mode & S_IFMT);
  if (type === undefined) return undefined;
  return {
    type,
    path,
    ...splitDevice(stats.rdev),
    fileMode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    permissions,
  };
}

/** Every character and block device below `folder`, with its path moved below `target`. Symbolic links are not followed. */
function devicesBelow(folder: string, target: string, permissions: string): DeviceInput[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const [source, destination] = [join(folder, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) return devicesBelow(source, destination, permissions);
    if (!entry.isCharacterDevice() && !entry.isBlockDevice()) return [];
    // The node may have gone in between: devices come and go.
    const stats = ignoring('ENOENT', () => lstatSync(source));
    return (stats && toDevice(stats, destination, permissions)) ?? [];
  });
}

/** What a privileged container gets: every device under /dev. */
export function hostDevices(): DeviceInput[] {
  return devicesBelow('/dev', '/dev', 'rwm');
}

function statDevice(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    const problem = `error gathering device information while adding custom device "${path}"`;
    throw new HakoError('invalid', `${problem}: ${errorMessage(cause)}: name a device of the host`, { cause });
  }
}

/**
 * The devices that one `--device` stands for: a node (links are followed), or all nodes below a folder.
 * Throws `invalid` when there is none.
 */
export function resolveDevice(pathOnHost: string, pathInContainer: string, permissions: string): DeviceInput[] {
  const stats = statDevice(pathOnHost);
  const found = stats.isDirectory()
    ? devicesBelow(pathOnHost, pathInContainer, permissions)
    : [toDevice(stats, pathInContainer, permissions)].filter((device) => device !== undefined);
  if (found.length > 0) return found;
  throw new HakoError('invalid', `"${pathOnHost}" is not a device node: name a device of the host`);
}

/** The numbers of a block device for `--blkio-weight-device` and the throttles; throws `invalid`. */
export function resolveBlockDevice(path: string, value: number): BlockDeviceInput {
  const stats = statDevice(path);
  if (!stats.isBlockDevice()) throw new HakoError('invalid', `"${path}" is not a block device`);
  return { ...splitDevice(stats.rdev), value };
}
