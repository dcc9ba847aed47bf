/** Giving up power: what a process does before it handles hostile data. */
import { checked, libc } from './libc.ts';

/** Capability numbers of capabilities(7) that file work needs. */
export const Capability = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  FOWNER: 3,
  FSETID: 4,
  SYS_ADMIN: 21,
  MKNOD: 27,
  SETFCAP: 31,
} as const;

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const SIGKILL = 9;
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;

/** The kernel kills this process when the thread that started it ends: no orphan works on. */
export function dieWithParent(): void {
  checked(libc.prctl(PR_SET_PDEATHSIG, BigInt(SIGKILL), 0n, 0n, 0n), 'prctl');
}

/** Keeps only `keep` of the calling thread's capabilities, for good, and gains nothing by execve any more. */
export function dropCapabilities(keep: readonly number[]): void {
  checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n), 'prctl');
  const set = keep.reduce((bits, capability) => bits | (1n << BigInt(capability)), 0n);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(LINUX_CAPABILITY_VERSION_3, 0);
  const data = Buffer.alloc(24);
  for (const half of [0, 1]) {
    const bits = Number((set >> BigInt(32 * half)) & 0xffffffffn);
    data.writeUInt32LE(bits, half * 12);
    data.writeUInt32LE(bits, half * 12 + 4);
  }
  checked(libc.capset(header, data), 'capset');
}

/** Makes `dir` the root of this process and its working folder (chroot(2)). */
export function changeRoot(dir: string): void {
  checked(libc.chroot(dir), 'chroot', dir);
  process.chdir('/');
}
