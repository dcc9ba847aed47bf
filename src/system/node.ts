/** File system nodes that Node's `fs` cannot make, and times in nanoseconds. */
import { checked, libc } from './libc.ts';
import type { CPath } from './xattr.ts';

/** File type bits of `st_mode` (inode(7)). */
export const FileType = {
  MASK: 0o170000,
  SOCKET: 0o140000,
  LINK: 0o120000,
  REGULAR: 0o100000,
  BLOCK: 0o060000,
  DIRECTORY: 0o040000,
  CHARACTER: 0o020000,
  FIFO: 0o010000,
} as const;

/** The kernel's `dev_t` from its halves (makedev(3)). */
export function makeDevice(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (low & 0xffn) | ((high & 0xfffn) << 8n) | ((low & ~0xffn) << 12n) | ((high & ~0xfffn) << 32n);
}

/** The halves of a `dev_t`, as `stat.rdev` carries it. */
export function splitDevice(device: number | bigint): { major: number; minor: number } {
  const value = BigInt(device);
  return {
    major: Number(((value >> 8n) & 0xfffn) | ((value >> 32n) & ~0xfffn)),
    minor: Number((value & 0xffn) | ((value >> 12n) & ~0xffn)),
  };
}

/** Makes a device node or a FIFO (mknod(2)); `mode` includes the type bits. */
export function makeNode(path: CPath, mode: number, device = 0n): void {
  checked(libc.mknod(path, mode, device), 'mknod');
}

/** A point in time as tar and stat(2) carry it. Seconds may be negative. */
export interface FileTime {
  seconds: number;
  nanoseconds: number;
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const times = Buffer.alloc(32);

/** Sets access and modification time of the file itself, never of what a link points to (utimensat(2)). */
export function setModifiedTime(path: CPath, time: FileTime): void {
  writeTimes(time);
  checked(libc.utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 'utimensat');
}

/** As `setModifiedTime`, on an open file. */
export function setModifiedTimeOf(fd: number, time: FileTime): void {
  writeTimes(time);
  checked(libc.futimens(fd, times), 'futimens');
}

function writeTimes({ seconds, nanoseconds }: FileTime): void {
  for (const offset of [0, 16]) {
    times.writeBigInt64LE(BigInt(seconds), offset);
    times.writeBigInt64LE(BigInt(nanoseconds), offset + 8);
  }
}

/** Writes everything that is dirty on the file system of `fd` to its device (syncfs(2)). Slow: never on an event loop that serves. */
export function syncFileSystem(fd: number): void {
  checked(libc.syncfs(fd), 'syncfs');
}
