import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { splitDevice } from '../../node.ts';
import type { IdRange } from '../../tree-mount.ts';
import { getXattr, listXattrs } from '../../xattr.ts';
import { type ByteString, toCPath, toPath } from '../bytes.ts';
import { isCarried } from '../carried.ts';
import { toContainerId, unmappedCapability } from '../ids.ts';
import type { EntryType, TarEntry } from '../tar/mod.ts';

/** The type that tar has for a file, or undefined for a socket, which it has none for. */
export function entryTypeOf(stat: Stats): EntryType | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'character';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFIFO() ? 'fifo' : undefined;
}

/** Describes a file as an entry called `name`. Times are whole seconds, as Docker writes them: no PAX header for each file. */
export function describe(
  path: ByteString,
  name: ByteString,
  type: EntryType,
  stat: Stats,
  mapping?: IdRange,
): TarEntry {
  const isDevice = type === 'character' || type === 'block';
  const { major, minor } = isDevice ? splitDevice(stat.rdev) : { major: 0, minor: 0 };
  return {
    name: type === 'directory' ? `${name}/` : name,
    type,
    mode: stat.mode & 0o7777,
    uid: toContainerId(stat.uid, mapping),
    gid: toContainerId(stat.gid, mapping),
    size: type === 'file' ? stat.size : 0,
    mtime: { seconds: Math.floor(stat.mtimeMs / 1000), nanoseconds: 0 },
    linkName: type === 'symlink' ? readlinkSync(toPath(path), { encoding: 'latin1' }) : '',
    devMajor: major,
    devMinor: minor,
    xattrs: xattrsOf(path, mapping),
    fragments: undefined,
  };
}

function xattrsOf(path: ByteString, mapping: IdRange | undefined): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const name of listXattrs(toCPath(path))) {
    const value = isCarried(name) ? getXattr(toCPath(path), name) : undefined;
    if (value !== undefined)
      found.set(name, name === 'security.capability' ? unmappedCapability(value, mapping) : value);
  }
  return found;
}

/** Remembers the first name of every file that has several. */
export class HardLinks {
  readonly #names = new Map<string, ByteString>();

  /** The name under which this file came before; otherwise remembers `name` and answers undefined. */
  earlier(path: ByteString, stat: Stats, name: ByteString): ByteString | undefined {
    if (stat.nlink < 2 || stat.isDirectory()) return undefined;
    const exact = lstatSync(toPath(path), { bigint: true });
    const key = `${exact.dev}:${exact.ino}`;
    const known = this.#names.get(key);
    if (known === undefined) this.#names.set(key, name);
    return known;
  }
}
