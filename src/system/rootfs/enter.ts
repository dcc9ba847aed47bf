/** How a worker goes into its root. Everything that it will need must be loaded before: nothing may come from inside. */
import { closeSync, constants, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode, HakoError } from '#base';
import { changeRoot } from '../confine.ts';
import { MountFlag, type MountSpec, mount } from '../mount.ts';
import { CloneFlag, setns, unshare } from '../namespace.ts';
import { openInRoot, openRoot } from '../openat2.ts';
import {
  attachMount,
  attachMountOn,
  cloneMount,
  cloneMountOf,
  MountAttribute,
  setMountAttributes,
  withFd,
} from '../tree-mount.ts';
import type { Confinement, VolumeMount } from './contract.ts';

const O_PATH = 0o10000000;

/** Enters the root for good. Threads made from now on share it; older threads of Node never touch files. */
export function enter(confinement: Confinement): void {
  if (confinement.kind === 'directory') changeRoot(confinement.dir);
  else if (confinement.kind === 'process') enterProcess(confinement);
  else if (confinement.kind === 'mounts') enterMounts(confinement);
  else enterPair(confinement);
}

/** The namespace is opened first and the start time compared after: a pid that was used again cannot match. */
function enterProcess({ pid, startTicks }: { pid: number; startTicks?: string }): void {
  const gone = new HakoError('conflict', `process ${pid} has ended: the container is not running any more`);
  try {
    withFd(openSync(`/proc/${pid}/ns/mnt`, 'r'), (namespace) => {
      if (startTicks !== undefined && startTicksOf(pid) !== startTicks) throw gone;
      unshare(CloneFlag.FS);
      setns(namespace, CloneFlag.NEWNS);
    });
  } catch (error) {
    if (errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ESRCH') throw gone;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat; the command name before it may contain anything, even parentheses. */
export function startTicksOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function enterPrivateNamespace(): void {
  unshare(CloneFlag.NEWNS | CloneFlag.FS);
  mount({ type: 'none', source: 'none', flags: MountFlag.REC | MountFlag.PRIVATE }, '/');
}

function enterMounts(confinement: { root: MountSpec; mountPoint: string; volumes: VolumeMount[] }): void {
  enterPrivateNamespace();
  const volumes = confinement.volumes.map(openVolume);
  mount(confinement.root, confinement.mountPoint);
  changeRoot(confinement.mountPoint);
  for (const { tree, volume, isFile } of volumes) {
    withFd(openTarget(volume.target, isFile), (target) => attachMountOn(tree, target));
    closeSync(tree);
  }
}

function openVolume(volume: VolumeMount) {
  const tree = cloneMount(volume.source, { recursive: true });
  if (volume.readOnly) setMountAttributes(tree, MountAttribute.RDONLY);
  return { tree, volume, isFile: !statSync(volume.source).isDirectory() };
}

/** Opens the mount point of a volume, after the chroot: whatever links are in the way, they end inside. Makes what is missing. */
function openTarget(path: string, isFile: boolean): number {
  try {
    return openSync(path, O_PATH);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    mkdirSync(isFile ? dirname(path) : path, { recursive: true, mode: 0o755 });
    if (isFile) closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o644));
    return openSync(path, O_PATH);
  }
}

/** An empty tmpfs hides the target folder, and holds nothing but the two trees. */
function enterPair({ from, to }: Extract<Confinement, { kind: 'pair' }>): void {
  enterPrivateNamespace();
  if (from.root !== undefined) mount(from.root, from.rootDir);
  const source = withFd(openRoot(from.rootDir), (root) =>
    withFd(openInRoot(root, from.path, O_PATH | constants.O_DIRECTORY), cloneMountOf),
  );
  const target = cloneMount(to);
  mount({ type: 'tmpfs', source: 'tmpfs', data: 'size=64k,mode=700' }, to);
  changeRoot(to);
  mkdirSync('/from');
  mkdirSync('/to');
  attachMount(source, '/from');
  attachMount(target, '/to');
}
