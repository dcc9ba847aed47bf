/** How the kernel shares the processors among threads (sched(7), sched_setattr(2)). */
import { getRawPointer } from 'node:ffi';
import { arch } from 'node:process';
import { ignoring } from '#base';
import { syscall } from './libc.ts';

const [SYS_SCHED_SETATTR, SYS_SCHED_GETATTR] = arch === 'arm64' ? [274, 275] : [314, 315];
/** struct sched_attr in its first version; the offsets of its fields. */
const ATTR_BYTES = 48;
const POLICY = 4;
const FLAGS = 8;
const RUNTIME = 24;

const SCHED_OTHER = 0;
const RESET_ON_FORK = 1n;
/** The least that the kernel takes. */
const SHORT_SLICE_NS = 100_000n;

function readAttributes(): Buffer {
  const attributes = Buffer.alloc(ATTR_BYTES);
  syscall('sched_getattr', SYS_SCHED_GETATTR, 0, getRawPointer(attributes), ATTR_BYTES, 0);
  return attributes;
}

/** The time slice of the calling thread in nanoseconds; 0 where the kernel has none to tell (before 6.12). */
export function timeSliceNs(): number {
  return Number(readAttributes().readBigUInt64LE(RUNTIME));
}

/**
 * Lets the calling thread have a processor sooner and less long at a time: it does little, and others wait for it. Its share stays the
 * same. Processes and threads that it starts are as they would be otherwise. Where somebody gave it another policy than the usual one,
 * that stays; kernels before 6.12 do nothing.
 */
export function preferShortWaits(): void {
  ignoring(['ENOSYS', 'EPERM', 'EINVAL'], () => {
    const attributes = readAttributes();
    if (attributes.readUInt32LE(POLICY) !== SCHED_OTHER) return;
    attributes.writeBigUInt64LE(attributes.readBigUInt64LE(FLAGS) | RESET_ON_FORK, FLAGS);
    attributes.writeBigUInt64LE(SHORT_SLICE_NS, RUNTIME);
    syscall('sched_setattr', SYS_SCHED_SETATTR, 0, getRawPointer(attributes), 0);
  });
}
