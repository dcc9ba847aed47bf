import { checked, errno, libc, SystemError } from './libc.ts';

/** A path for the C library: text, or its bytes with a terminating NUL where it is not valid UTF-8. */
export type CPath = string | Uint8Array;

const ENODATA = 61;
const ERANGE = 34;
const EOPNOTSUPP = 95;
/** The kernel's limits: xattr(7), "VFS imposes limitations". */
const MAX_VALUE_BYTES = 65_536;
const MAX_LIST_BYTES = 65_536;
const scratch = Buffer.alloc(MAX_VALUE_BYTES);

/** Extended attribute names of the file itself, not of what a link points to. Empty where the file system has none. */
export function listXattrs(path: CPath): string[] {
  const size = Number(libc.llistxattr(path, scratch, BigInt(MAX_LIST_BYTES)));
  if (size < 0) {
    const number = errno();
    if (number === EOPNOTSUPP || number === ERANGE) return [];
    throw new SystemError('llistxattr', number, '');
  }
  return size === 0 ? [] : scratch.toString('latin1', 0, size - 1).split('\0');
}

/** The value of one extended attribute; undefined where it is not set or the file system has none. */
export function getXattr(path: CPath, name: string): Buffer | undefined {
  return valueOrNothing(libc.lgetxattr(path, name, scratch, BigInt(MAX_VALUE_BYTES)), 'lgetxattr', name);
}

/** As `getXattr`, of an open file. */
export function getXattrOf(fd: number, name: string): Buffer | undefined {
  return valueOrNothing(libc.fgetxattr(fd, name, scratch, BigInt(MAX_VALUE_BYTES)), 'fgetxattr', name);
}

function valueOrNothing(size: bigint, call: string, name: string): Buffer | undefined {
  if (size >= 0n) return Buffer.from(scratch.subarray(0, Number(size)));
  const number = errno();
  if (number === ENODATA || number === EOPNOTSUPP) return undefined;
  throw new SystemError(call, number, name);
}

/** Sets an extended attribute on the file itself (lsetxattr(2)). Throws SystemError, ENOTSUP included. */
export function setXattr(path: CPath, name: string, value: Uint8Array): void {
  checked(libc.lsetxattr(path, name, value, BigInt(value.length), 0), 'lsetxattr', name);
}

/** As `setXattr`, on an open file. */
export function setXattrOf(fd: number, name: string, value: Uint8Array): void {
  checked(libc.fsetxattr(fd, name, value, BigInt(value.length), 0), 'fsetxattr', name);
}
