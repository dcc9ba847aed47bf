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
  const set = setOf(keep);
  setCapabilities({ effective: set, permitted: set });
}

/** The calling thread's capabilities (capabilities(7), "Thread capability sets"), a bit each. */
export interface CapabilitySets {
  effective: bigint;
  permitted: bigint;
}

/** Keeps only `keep` in effect until the result is disposed. Gains nothing by execve any more, then neither. */
export function suspendCapabilities(keep: readonly number[]): Disposable {
  checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n), 'prctl');
  const { effective, permitted } = getCapabilities();
  setCapabilities({ effective: setOf(keep), permitted });
  return { [Symbol.dispose]: () => setCapabilities({ effective, permitted }) };
}

function setOf(capabilities: readonly number[]): bigint {
  return capabilities.reduce((bits, capability) => bits | (1n << BigInt(capability)), 0n);
}

function getCapabilities(): CapabilitySets {
  const data = Buffer.alloc(24);
  checked(libc.capget(capabilityHeader(), data), 'capget');
  const half = (at: number) => BigInt(data.readUInt32LE(at)) | (BigInt(data.readUInt32LE(at + 12)) << 32n);
  return { effective: half(0), permitted: half(4) };
}

/** What is inheritable is given up. */
function setCapabilities({ effective, permitted }: CapabilitySets): void {
  const data = Buffer.alloc(24);
  for (const half of [0, 1]) {
    const bits = (set: bigint) => Number((set >> BigInt(32 * half)) & 0xffffffffn);
    data.writeUInt32LE(bits(effective), half * 12);
    data.writeUInt32LE(bits(permitted), half * 12 + 4);
  }
  checked(libc.capset(capabilityHeader(), data), 'capset');
}

function capabilityHeader(): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(LINUX_CAPABILITY_VERSION_3, 0);
  return header;
}

/** Makes `dir` the root of this process and its working folder (chroot(2)). */
export function changeRoot(dir: string): void {
  checked(libc.chroot(dir), 'chroot', dir);
  process.chdir('/');
}

/** Makes the folder behind a descriptor that was opened outside the root of this process again. */
export function returnToRoot(fd: number): void {
  checked(libc.fchdir(fd), 'fchdir');
  changeRoot('.');
}
