/**
 * Starting programs without a copy of ourselves. child_process.spawn forks: the page tables of a daemon alone take it
 * more than a millisecond, and every page that it writes next is copied. posix_spawn(3) lends the child our memory until
 * its program begins.
 */
import { getRawPointer } from 'node:ffi';
import { constants } from 'node:fs';
import { ignoring } from '#base';
import { checked, libc, SystemError, syscall } from './libc.ts';

export interface BareProgram {
  path: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Descriptor N of the program is our descriptor `fds[N]`, or /dev/null. It gets no others. */
  fds: readonly (number | 'ignore')[];
  /**
   * Ours: no signal of a terminal reaches it either, but where the kernel groups processes by session (sched(7), autogroup), it and we
   * have one share of the processors. By default it gets a session of its own.
   */
  session?: 'own' | 'ours';
}

/** Flags of posix_spawnattr_setflags(3). */
const SETPGROUP = 0x02;
const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;
const WNOHANG = 1;

const SYS_CLOSE_RANGE = 436;
const CLOSE_RANGE_CLOEXEC = 4;
const FIRST_FREE_FD = 3;
const LAST_FD = 0xffff_ffff;

/** Enough for posix_spawnattr_t (336 bytes in glibc), posix_spawn_file_actions_t (80) and sigset_t (128). */
const OPAQUE_BYTES = 512;

/**
 * Starts a program in a session or process group of its own, with no signal ignored or blocked; answers its pid. Whoever starts one must
 * `reap` it. Throws SystemError, also where the program itself cannot be run.
 */
export function spawnBare({ path, args, env, cwd, fds, session = 'own' }: BareProgram): number {
  keepDescriptors();
  const pid = Buffer.alloc(4);
  const attributes = newAttributes(session === 'own' ? SETSID : SETPGROUP);
  const actions = newActions(cwd, fds);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const argv = stringArray([path, ...args]);
  const envp = stringArray(variables);
  try {
    zeroOrThrow(libc.posix_spawn(pid, path, actions, attributes, argv, envp), path);
  } finally {
    libc.posix_spawn_file_actions_destroy(actions);
    libc.posix_spawnattr_destroy(attributes);
  }
  return pid.readInt32LE();
}

/** None of our descriptors passes to a program by itself, whoever opened it; kernels before 5.11 leave that to its opener. */
function keepDescriptors(): void {
  const mark = () => syscall('close_range', SYS_CLOSE_RANGE, FIRST_FREE_FD, LAST_FD, CLOSE_RANGE_CLOEXEC);
  ignoring(['ENOSYS', 'EINVAL'], mark);
}

function newAttributes(groupFlag: number): Buffer {
  const attributes = Buffer.alloc(OPAQUE_BYTES);
  libc.posix_spawnattr_init(attributes);
  // The empty mask of signals is in there already. Node ignores SIGPIPE, and what is ignored stays so.
  libc.posix_spawnattr_setsigdefault(attributes, Buffer.alloc(OPAQUE_BYTES, 0xff));
  libc.posix_spawnattr_setflags(attributes, SETSIGDEF | SETSIGMASK | groupFlag);
  return attributes;
}

/** All descriptors go to places above first, so that none is overwritten before it was copied. */
function newActions(cwd: string, fds: BareProgram['fds']): Buffer {
  const actions = Buffer.alloc(OPAQUE_BYTES);
  libc.posix_spawn_file_actions_init(actions);
  const above = Math.max(fds.length, ...fds.map((fd) => (fd === 'ignore' ? 0 : fd + 1)));
  fds.forEach((fd, index) => {
    const place = above + index;
    if (fd === 'ignore') {
      libc.posix_spawn_file_actions_addopen(actions, place, '/dev/null', constants.O_RDWR, 0);
    } else {
      libc.posix_spawn_file_actions_adddup2(actions, fd, place);
    }
  });
  fds.forEach((_, index) => {
    libc.posix_spawn_file_actions_adddup2(actions, above + index, index);
    libc.posix_spawn_file_actions_addclose(actions, above + index);
  });
  libc.posix_spawn_file_actions_addchdir_np(actions, cwd);
  return actions;
}

const POINTER_BYTES = 8;

/** A `char *[]` that ends with NULL, the strings behind it in the same memory. */
function stringArray(values: readonly string[]): Buffer {
  const strings = values.map((value) => Buffer.from(`${value}\0`));
  const pointersBytes = POINTER_BYTES * (values.length + 1);
  const memory = Buffer.concat([Buffer.alloc(pointersBytes), ...strings]);
  let address = BigInt(getRawPointer(memory)) + BigInt(pointersBytes);
  strings.forEach((string, index) => {
    memory.writeBigUInt64LE(address, POINTER_BYTES * index);
    address += BigInt(string.length);
  });
  return memory;
}

/** The posix_spawn family answers the error instead of setting errno. */
function zeroOrThrow(error: number, path: string): void {
  if (error !== 0) throw new SystemError('posix_spawn', error, path);
}

/** How a program ended: its exit code, or the number of the signal that killed it. */
export interface ProgramEnd {
  code: number | undefined;
  signal: number | undefined;
}

const ending = new Map<number, (end: ProgramEnd) => void>();

/** Takes the remains of a child that `spawnBare` started, now or as soon as it has ended; `onEnd` hears how, never at once. */
export function reap(pid: number, onEnd: (end: ProgramEnd) => void = () => undefined): void {
  if (ending.size === 0) process.on('SIGCHLD', reapEnding);
  ending.set(pid, onEnd);
  // It may have ended since we looked.
  reapEnding();
}

function reapEnding(): void {
  for (const [pid, onEnd] of ending) {
    const end = endOf(pid);
    if (end === undefined) continue;
    ending.delete(pid);
    queueMicrotask(() => onEnd(end));
  }
  if (ending.size === 0) process.off('SIGCHLD', reapEnding);
}

const SIGNAL_BITS = 0x7f;

/** Undefined as long as it runs; the status is laid out as wait(2) has it. */
function endOf(pid: number): ProgramEnd | undefined {
  const buffer = Buffer.alloc(4);
  const found = libc.waitpid(pid, buffer, WNOHANG);
  if (found === 0) return undefined;
  if (found < 0) return { code: undefined, signal: undefined };
  const status = buffer.readInt32LE();
  const signal = status & SIGNAL_BITS;
  return signal === 0 ? { code: (status >> 8) & 0xff, signal: undefined } : { code: undefined, signal };
}

/** Two connected stream sockets, closed in programs that are not given them. */
export function socketPair(): [number, number] {
  const AF_UNIX = 1;
  const SOCK_STREAM_CLOEXEC = 0x80001;
  const pair = Buffer.alloc(8);
  checked(libc.socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, pair), 'socketpair');
  return [pair.readInt32LE(0), pair.readInt32LE(4)];
}
