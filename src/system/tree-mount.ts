/** The file-descriptor mount API (open_tree(2), move_mount(2), mount_setattr(2)): the same call numbers on every architecture. */

import { spawn } from 'node:child_process';
import { getRawPointer } from 'node:ffi';
import { closeSync, openSync, readlinkSync, writeFileSync } from 'node:fs';
import { errnoCode, HakoError } from '#base';
import { syscall } from './libc.ts';

const SYS_OPEN_TREE = 428;
const SYS_MOVE_MOUNT = 429;
const SYS_MOUNT_SETATTR = 442;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;
const MOVE_MOUNT_F_EMPTY_PATH = 0x04;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;

/** Attributes of `mount_setattr`. */
export const MountAttribute = { RDONLY: 0x1n, NOSUID: 0x2n, NODEV: 0x4n, NOEXEC: 0x8n } as const;
const MOUNT_ATTR_IDMAP = 0x00100000n;

/** The kernel reads these by address, so they live as long as the module: the collector must not take them meanwhile. */
const EMPTY = Buffer.alloc(1);
const nameBytes = Buffer.alloc(4096);
const mountAttr = Buffer.alloc(32);

/** The address of `text` as a C string, good until the next call. */
function cString(text: string): bigint {
  if (text.includes('\0')) throw new HakoError('invalid', 'a path must not contain a NUL byte');
  const length = nameBytes.write(text);
  if (length === nameBytes.length) throw new HakoError('invalid', `the path is longer than the kernel allows: ${text}`);
  nameBytes[length] = 0;
  return getRawPointer(nameBytes);
}

/** A detached copy of the mount at `path`, with the mounts below it where `recursive`. The caller closes the fd, which ends an unattached copy. */
export function cloneMount(path: string, options: { recursive?: boolean } = {}): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (options.recursive ? AT_RECURSIVE : 0);
  return syscall('open_tree', SYS_OPEN_TREE, AT_FDCWD, cString(path), flags);
}

/** As `cloneMount`, of the file or folder that `fd` (may be O_PATH) is open on. */
export function cloneMountOf(fd: number): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
  return syscall('open_tree', SYS_OPEN_TREE, fd, getRawPointer(EMPTY), flags);
}

/** Attaches a detached mount on `target`. */
export function attachMount(mountFd: number, target: string): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH;
  syscall('move_mount', SYS_MOVE_MOUNT, mountFd, getRawPointer(EMPTY), AT_FDCWD, cString(target), flags);
}

/** Attaches a detached mount on the file or folder that `targetFd` is open on: no path is looked up. */
export function attachMountOn(mountFd: number, targetFd: number): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  syscall('move_mount', SYS_MOVE_MOUNT, mountFd, getRawPointer(EMPTY), targetFd, getRawPointer(EMPTY), flags);
}

/** Sets attributes (`MountAttribute`) on a mount that is open as `mountFd`; with a user namespace, maps the ids of its files. */
export function setMountAttributes(mountFd: number, attributes: bigint, userNamespaceFd?: number): void {
  mountAttr.writeBigUInt64LE(attributes | (userNamespaceFd === undefined ? 0n : MOUNT_ATTR_IDMAP), 0);
  mountAttr.writeBigUInt64LE(BigInt(userNamespaceFd ?? 0), 24);
  const where = [mountFd, getRawPointer(EMPTY), AT_EMPTY_PATH] as const;
  syscall('mount_setattr', SYS_MOUNT_SETATTR, ...where, getRawPointer(mountAttr), mountAttr.length);
}

/** Ids 0…size-1 on the inside are hostId…hostId+size-1 on the host. */
export interface IdRange {
  hostId: number;
  size: number;
}

const USER_NAMESPACE_WAIT_MS = 2_000;
const NAP_MS = 0.2;
const MAX_KEPT_NAMESPACES = 256;
const cell = new Int32Array(new SharedArrayBuffer(4));
const namespaces = new Map<string, number>();

/**
 * A user namespace with this mapping, for idmapped mounts. The first call for a mapping takes 3–5 ms and blocks; its fd is kept open,
 * which keeps the namespace, and belongs to this module: do not close it.
 */
export function userNamespaceFor(mapping: IdRange): number {
  const key = `${mapping.hostId}:${mapping.size}`;
  const known = namespaces.get(key);
  if (known !== undefined) return known;
  const fd = makeUserNamespace(mapping);
  namespaces.set(key, fd);
  for (const [oldest, unused] of namespaces) {
    if (namespaces.size <= MAX_KEPT_NAMESPACES) break;
    namespaces.delete(oldest);
    closeSync(unused);
  }
  return fd;
}

/** It is made by a child (`unshare --user cat`), which ends when this process does, and is killed as soon as the fd is open. */
function makeUserNamespace(mapping: IdRange): number {
  const child = spawn('unshare', ['--user', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    throw new HakoError('failed_precondition', 'cannot start unshare(1): install the package util-linux');
  }
  try {
    awaitUserNamespace(child.pid);
    const line = `0 ${mapping.hostId} ${mapping.size}`;
    writeFileSync(`/proc/${child.pid}/uid_map`, line);
    writeFileSync(`/proc/${child.pid}/gid_map`, line);
    return openSync(`/proc/${child.pid}/ns/user`, 'r');
  } finally {
    child.kill('SIGKILL');
  }
}

/** There is no event for "the child has called unshare", so this looks until it has. */
function awaitUserNamespace(pid: number): void {
  const home = readlinkSync('/proc/self/ns/user');
  const deadline = performance.now() + USER_NAMESPACE_WAIT_MS;
  while (userNamespaceOf(pid) === home) {
    if (performance.now() > deadline) throw new HakoError('unavailable', 'unshare(1) made no user namespace in time');
    Atomics.wait(cell, 0, 0, NAP_MS);
  }
}

function userNamespaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new HakoError('unavailable', 'unshare(1) could not make a user namespace', { cause: error });
  }
}

/** Runs `work` with an open fd and closes it, however `work` ends. */
export function withFd<T>(fd: number, work: (fd: number) => T): T {
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}
