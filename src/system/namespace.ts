import { closeSync, openSync } from 'node:fs';
import { checked, libc } from './libc.ts';

/** Flags of clone(2), unshare(2) and setns(2). */
export const CloneFlag = {
  FS: 0x00000200,
  NEWNS: 0x00020000,
  NEWCGROUP: 0x02000000,
  NEWUTS: 0x04000000,
  NEWIPC: 0x08000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const;

/** Moves the calling thread into new namespaces (unshare(2)). */
export function unshare(flags: number): void {
  checked(libc.unshare(flags), 'unshare');
}

/** Moves the calling thread into the namespace that `fd` refers to (setns(2)); `flags` is its kind, or 0. */
export function setns(fd: number, flags: number): void {
  checked(libc.setns(fd, flags), 'setns');
}

/**
 * Runs `work` with this thread in the network namespace `fd`, then comes back. `work` must be synchronous:
 * whatever ran in between on the event loop would run in the wrong namespace. Sockets made inside stay in it.
 */
export function inNetworkNamespace<T>(fd: number, work: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    setns(fd, CloneFlag.NEWNET);
    try {
      return work();
    } finally {
      setns(home, CloneFlag.NEWNET);
    }
  } finally {
    closeSync(home);
  }
}
