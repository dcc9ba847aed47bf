/**
 * Moving a process into a cgroup waits for an RCU grace period, 10 ms or more, unless some hierarchy is mounted with
 * `favordynmods` (Linux 6.0, cgroup-v2.rst): then forks and exits pay some nanoseconds instead. A container is created with
 * such moves, so the daemon holds an empty hierarchy of its own mounted that way. The mount has no place in any file system:
 * it lives as long as its descriptor, so it goes with the daemon, however that ends. Mounts of others are not touched.
 */
import { getRawPointer } from 'node:ffi';
import { closeSync } from 'node:fs';
import { errorMessage, log } from '#base';
import { syscall } from '../libc.ts';

/** The same on every architecture. */
const SYS_FSOPEN = 430;
const SYS_FSCONFIG = 431;
const SYS_FSMOUNT = 432;
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;

const cString = (text: string) => Buffer.from(`${text}\0`);
/** The kernel reads these by address, so they live as long as the module. The name is shared by all daemons of a machine. */
const texts = {
  type: cString('cgroup'),
  none: cString('none'),
  favordynmods: cString('favordynmods'),
  nameKey: cString('name'),
  name: cString('hako-favordynmods'),
};

function configure(fd: number, command: number, key?: Buffer, value?: Buffer): void {
  const pointer = (text: Buffer | undefined) => (text === undefined ? 0n : getRawPointer(text));
  syscall('fsconfig', SYS_FSCONFIG, fd, command, pointer(key), pointer(value), 0);
}

function mountHierarchy(): number {
  const context = syscall('fsopen', SYS_FSOPEN, getRawPointer(texts.type), FSOPEN_CLOEXEC);
  try {
    configure(context, FSCONFIG_SET_FLAG, texts.none);
    configure(context, FSCONFIG_SET_FLAG, texts.favordynmods);
    configure(context, FSCONFIG_SET_STRING, texts.nameKey, texts.name);
    configure(context, FSCONFIG_CMD_CREATE);
    return syscall('fsmount', SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, 0);
  } finally {
    closeSync(context);
  }
}

/** Makes moves between cgroups quick until disposed of; undefined on a kernel that cannot, where they only take longer. */
export function favorDynmods(): Disposable | undefined {
  try {
    const fd = mountHierarchy();
    return { [Symbol.dispose]: () => closeSync(fd) };
  } catch (error) {
    log.debug('cgroup moves stay slow: favordynmods is not available', { error: errorMessage(error) });
    return undefined;
  }
}
