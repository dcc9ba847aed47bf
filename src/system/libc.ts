/**
 * The C library through node:ffi. The only file that calls dlopen: other files of this folder take what they
 * need from `libc` or make a raw system call with `syscall`.
 *
 * Calls block the calling thread, so they must be short. errno is read right after the call, on the same thread.
 */
import { dlopen, getInt32 } from 'node:ffi';
import { getSystemErrorName } from 'node:util';

const { functions: libc } = dlopen(null, {
  __errno_location: { arguments: [], return: 'pointer' },
  syscall: { arguments: ['i64', 'i64', 'i64', 'i64', 'i64', 'i64', 'i64'], return: 'i64' },
  mount: { arguments: ['string', 'string', 'string', 'u64', 'string'], return: 'i32' },
  umount2: { arguments: ['string', 'i32'], return: 'i32' },
  unshare: { arguments: ['i32'], return: 'i32' },
  setns: { arguments: ['i32', 'i32'], return: 'i32' },
  chroot: { arguments: ['string'], return: 'i32' },
  fchdir: { arguments: ['i32'], return: 'i32' },
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  connect: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  mknod: { arguments: ['string', 'u32', 'u64'], return: 'i32' },
  lsetxattr: { arguments: ['string', 'string', 'buffer', 'u64', 'i32'], return: 'i32' },
  lgetxattr: { arguments: ['string', 'string', 'buffer', 'u64'], return: 'i64' },
  llistxattr: { arguments: ['string', 'buffer', 'u64'], return: 'i64' },
  lremovexattr: { arguments: ['string', 'string'], return: 'i32' },
  fgetxattr: { arguments: ['i32', 'string', 'buffer', 'u64'], return: 'i64' },
  fsetxattr: { arguments: ['i32', 'string', 'buffer', 'u64', 'i32'], return: 'i32' },
  futimens: { arguments: ['i32', 'buffer'], return: 'i32' },
  utimensat: { arguments: ['i32', 'string', 'buffer', 'i32'], return: 'i32' },
  syncfs: { arguments: ['i32'], return: 'i32' },
  prctl: { arguments: ['i32', 'u64', 'u64', 'u64', 'u64'], return: 'i32' },
  capget: { arguments: ['buffer', 'buffer'], return: 'i32' },
  capset: { arguments: ['buffer', 'buffer'], return: 'i32' },
  flock: { arguments: ['i32', 'i32'], return: 'i32' },
  if_nametoindex: { arguments: ['string'], return: 'u32' },
  socketpair: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
  waitpid: { arguments: ['i32', 'buffer', 'i32'], return: 'i32' },
  posix_spawn: { arguments: ['buffer', 'string', 'buffer', 'buffer', 'buffer', 'buffer'], return: 'i32' },
  posix_spawnattr_init: { arguments: ['buffer'], return: 'i32' },
  posix_spawnattr_destroy: { arguments: ['buffer'], return: 'i32' },
  posix_spawnattr_setflags: { arguments: ['buffer', 'i16'], return: 'i32' },
  posix_spawnattr_setsigdefault: { arguments: ['buffer', 'buffer'], return: 'i32' },
  posix_spawn_file_actions_init: { arguments: ['buffer'], return: 'i32' },
  posix_spawn_file_actions_destroy: { arguments: ['buffer'], return: 'i32' },
  posix_spawn_file_actions_addopen: { arguments: ['buffer', 'i32', 'string', 'i32', 'u32'], return: 'i32' },
  posix_spawn_file_actions_adddup2: { arguments: ['buffer', 'i32', 'i32'], return: 'i32' },
  posix_spawn_file_actions_addclose: { arguments: ['buffer', 'i32'], return: 'i32' },
  posix_spawn_file_actions_addchdir_np: { arguments: ['buffer', 'string'], return: 'i32' },
  sethostname: { arguments: ['string', 'u64'], return: 'i32' },
});

export { libc };

/** The calling thread's errno. */
export function errno(): number {
  return getInt32(libc.__errno_location());
}

/** A failed system call. `code` is the symbolic errno (`ENOENT`), as in Node's own system errors. */
export class SystemError extends Error {
  readonly code: string;
  readonly syscall: string;

  constructor(call: string, number: number, detail: string) {
    const code = getSystemErrorName(-number);
    super(`${call}: ${code}${detail === '' ? '' : `: ${detail}`}`);
    this.name = 'SystemError';
    this.code = code;
    this.syscall = call;
  }
}

/** Answers `result` unless it is negative; then throws the SystemError of `call` with `detail` (the object concerned). */
export function checked<T extends number | bigint>(result: T, call: string, detail = ''): T {
  if (result < 0) throw new SystemError(call, errno(), detail);
  return result;
}

/** Makes a raw system call with up to six integer or pointer arguments (see `pointerTo`); throws SystemError. */
export function syscall(name: string, number: number, ...args: (number | bigint)[]): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
  const big = (value: number | bigint) => BigInt(value);
  const result = libc.syscall(big(number), big(a), big(b), big(c), big(d), big(e), big(f));
  return Number(checked(result, name));
}
