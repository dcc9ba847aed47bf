import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { ignoring } from '#base';
import { type ByteString, toPath, toText } from './bytes.ts';
import type { RootfsStat } from './contract.ts';

/** Bits of Go's io/fs.FileMode, which Docker's clients decode. */
const GO = {
  DIR: 2 ** 31,
  SYMLINK: 2 ** 27,
  DEVICE: 2 ** 26,
  NAMED_PIPE: 2 ** 25,
  SOCKET: 2 ** 24,
  SETUID: 2 ** 23,
  SETGID: 2 ** 22,
  CHAR_DEVICE: 2 ** 21,
  STICKY: 2 ** 20,
} as const;

/** `st_mode` in Go's bits. */
export function goFileMode(stat: Stats): number {
  let mode = stat.mode & 0o777;
  if (stat.isDirectory()) mode += GO.DIR;
  if (stat.isSymbolicLink()) mode += GO.SYMLINK;
  if (stat.isBlockDevice()) mode += GO.DEVICE;
  if (stat.isCharacterDevice()) mode += GO.DEVICE + GO.CHAR_DEVICE;
  if (stat.isFIFO()) mode += GO.NAMED_PIPE;
  if (stat.isSocket()) mode += GO.SOCKET;
  if ((stat.mode & 0o4000) !== 0) mode += GO.SETUID;
  if ((stat.mode & 0o2000) !== 0) mode += GO.SETGID;
  if ((stat.mode & 0o1000) !== 0) mode += GO.STICKY;
  return mode;
}

/** The last component, as Go's filepath.Base: `/` for the root, `.` for a path that ends with a dot. */
export function baseOf(path: ByteString): ByteString {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** Docker's stat of a path in the worker's root. A link is described itself, with the path that it leads to in the end. */
export function statOf(path: ByteString): RootfsStat {
  const stat = lstatSync(toPath(path));
  return {
    name: toText(baseOf(path)),
    size: stat.size,
    mode: goFileMode(stat),
    mtimeMs: stat.mtimeMs,
    linkTarget: stat.isSymbolicLink() ? toText(resolved(path)) : '',
  };
}

const MAX_LINKS = 255;

/** Follows every link in the path, as far as it exists; what is missing stays as it is written. */
function resolved(path: ByteString): ByteString {
  let pending = path.split('/').filter((part) => part !== '' && part !== '.');
  let done: ByteString[] = [];
  for (let links = 0; pending.length > 0; ) {
    const part = pending.shift() ?? '';
    if (part === '..') {
      done.pop();
      continue;
    }
    const next = `/${[...done, part].join('/')}`;
    const target = links > MAX_LINKS ? undefined : linkTargetOf(next);
    if (target === undefined) {
      done.push(part);
      continue;
    }
    links++;
    if (target.startsWith('/')) done = [];
    pending = [...target.split('/').filter((piece) => piece !== '' && piece !== '.'), ...pending];
  }
  return `/${done.join('/')}`;
}

function linkTargetOf(path: ByteString): ByteString | undefined {
  return ignoring(['EINVAL', 'ENOENT', 'ENOTDIR'], () => readlinkSync(toPath(path), { encoding: 'latin1' }));
}
