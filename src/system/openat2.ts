/**
 * Single files inside a root file system that may be hostile, without a child process: openat2(2) resolves every
 * symbolic link, `..` and absolute path inside the root, so no path can name a file outside of it, not even while
 * somebody in the container renames folders. A few microseconds a call. Whole trees go through `#system/rootfs`.
 */

import { getRawPointer } from 'node:ffi';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { errnoCode, HakoError, ignoring } from '#base';
import { syscall } from './libc.ts';

const SYS_OPENAT2 = 437;
/** Flags of `struct open_how.resolve`. */
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;
/** Flags of open(2) that node:fs does not name; the same on x86-64 and arm64. */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
const MAX_SYMLINKS = 40;
/** openat2 answers EAGAIN when a rename raced with a `..`; the caller is to try again. */
const MAX_RACES = 128;

/** PATH_MAX of the kernel, the terminating NUL included. */
const PATH_MAX = 4096;
/** The kernel reads these by address, so they live as long as the module: the collector must not take them meanwhile. */
const nameBytes = Buffer.alloc(PATH_MAX);
const openHow = Buffer.alloc(24);

/** Opens `path` inside the folder `rootFd`; `flags` as for open(2). The caller closes. Throws SystemError (ENOENT, ENOTDIR, ELOOP …). */
export function openInRoot(rootFd: number, path: string | Uint8Array, flags: number, mode = 0): number {
  writeName(typeof path === 'string' ? Buffer.from(path) : path);
  openHow.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  openHow.writeBigUInt64LE(BigInt(mode), 8);
  openHow.writeBigUInt64LE(BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), 16);
  for (let race = 0; ; race++) {
    try {
      return syscall('openat2', SYS_OPENAT2, rootFd, getRawPointer(nameBytes), getRawPointer(openHow), openHow.length);
    } catch (error) {
      if (errnoCode(error) !== 'EAGAIN' || race === MAX_RACES) throw error;
    }
  }
}

function writeName(name: Uint8Array): void {
  if (name.length >= PATH_MAX)
    throw new HakoError('invalid', `a path of ${name.length} bytes is longer than the kernel allows`);
  if (name.includes(0)) throw new HakoError('invalid', 'a path must not contain a NUL byte');
  nameBytes.set(name);
  nameBytes[name.length] = 0;
}

/** Opens a folder as the root of these operations: never read from itself, only passed as `rootFd`. */
export function openRoot(dir: string): number {
  return openSync(dir, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/**
 * Opens the root of a running process as it sees it, mounts included. Check afterwards that the process is still
 * the one that was meant (a pidfd, its start time): a pid may be used again.
 */
export function openProcessRoot(pid: number): number {
  return openSync(`/proc/${pid}/root`, O_PATH | constants.O_DIRECTORY);
}

function using<T>(fd: number, work: (fd: number) => T): T {
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads one regular file of at most `maxBytes`. Answers undefined where it does not exist; throws `invalid` where it is
 * something else (a FIFO would block for ever) or larger.
 */
export function readFileInRoot(rootFd: number, path: string, maxBytes: number): Buffer | undefined {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const fd = ignoring(['ENOENT', 'ENOTDIR'], () => openInRoot(rootFd, path, flags));
  if (fd === undefined) return undefined;
  return using(fd, () => {
    if (!fstatSync(fd).isFile()) throw new HakoError('invalid', `${path} in the container is not a regular file`);
    const bytes = readUpTo(fd, maxBytes + 1);
    if (bytes.length <= maxBytes) return bytes;
    throw new HakoError('invalid', `${path} in the container is larger than ${maxBytes} bytes`);
  });
}

function readUpTo(fd: number, limit: number): Buffer {
  const size = Math.min(limit, fstatSync(fd).size + 1);
  let buffer = Buffer.alloc(Math.max(size, 512));
  let filled = 0;
  for (;;) {
    const count = readSync(fd, buffer, filled, Math.min(buffer.length, limit) - filled, null);
    filled += count;
    if (count === 0 || filled >= limit) return buffer.subarray(0, filled);
    if (filled === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
  }
}

/** stat of a path in the root; follows a final symbolic link unless `follow` is false. Undefined where it does not exist. */
export function statInRoot(
  rootFd: number,
  path: string | Uint8Array,
  options: { follow?: boolean } = {},
): Stats | undefined {
  const flags = O_PATH | (options.follow === false ? constants.O_NOFOLLOW : 0);
  const fd = ignoring(['ENOENT', 'ENOTDIR'], () => openInRoot(rootFd, path, flags));
  return fd === undefined ? undefined : using(fd, () => fstatSync(fd));
}

/** Who owns, and may enter, folders that `mkdirsInRoot` makes. */
export interface DirectoryAttributes {
  mode: number;
  uid: number;
  gid: number;
}

/**
 * Makes `path` and its missing parents inside the root, as `mkdir -p`; what exists stays as it is. A dangling symbolic
 * link on the way is followed inside the root, as Docker does. Throws `invalid` where a parent is not a folder.
 */
export function mkdirsInRoot(rootFd: number, path: string, attributes: DirectoryAttributes): void {
  makeDirectories(rootFd, path, attributes, MAX_SYMLINKS);
}

function makeDirectories(rootFd: number, path: string, attributes: DirectoryAttributes, linksLeft: number): void {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  for (let depth = 1; depth <= names.length; depth++) {
    const prefix = `/${names.slice(0, depth).join('/')}`;
    if (isDirectory(rootFd, prefix)) continue;
    const target = makeOne(rootFd, `/${names.slice(0, depth - 1).join('/')}`, names[depth - 1] ?? '', attributes);
    if (target === undefined) continue;
    if (linksLeft === 0) throw new HakoError('invalid', `${path}: too many symbolic links`);
    makeDirectories(rootFd, linkedPath(prefix, target), attributes, linksLeft - 1);
  }
}

function linkedPath(link: string, target: string): string {
  return target.startsWith('/') ? target : `${link.slice(0, link.lastIndexOf('/'))}/${target}`;
}

function isDirectory(rootFd: number, path: string): boolean {
  const stat = statInRoot(rootFd, path);
  if (stat !== undefined && !stat.isDirectory())
    throw new HakoError('invalid', `${path} in the container is not a folder`);
  return stat !== undefined;
}

/** Makes one folder; where a dangling link has the name, answers its target. The name has one component: nothing is followed. */
function makeOne(rootFd: number, parent: string, name: string, attributes: DirectoryAttributes): string | undefined {
  if (name === '..') return undefined;
  return using(openInRoot(rootFd, parent, O_PATH | constants.O_DIRECTORY), (parentFd) => {
    const path = `/proc/self/fd/${parentFd}/${name}`;
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if (errnoCode(error) !== 'EEXIST') throw error;
      return ignoring(['EINVAL', 'ENOENT'], () => readlinkSync(path));
    }
    using(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW), (fd) => {
      fchownSync(fd, attributes.uid, attributes.gid);
      fchmodSync(fd, attributes.mode);
    });
    return undefined;
  });
}
