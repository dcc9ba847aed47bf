import { rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HakoError, ignoring } from '#base';
import { cgroupVersion } from './layout.ts';
import { cgroupFolders, controllerFolder } from './paths.ts';
import { cgroupPids, childCgroups, isFrozen } from './processes.ts';

const ATTEMPTS = 40;

function removeTree(folder: string): void {
  for (const name of childCgroups(folder)) removeTree(join(folder, name));
  ignoring('ENOENT', () => rmdirSync(folder));
}

/** Removes a cgroup and those below it from every hierarchy; idempotent. Answers false while a process is still inside. */
export function removeCgroup(cgroupPath: string): boolean {
  if (cgroupPath.split('/').filter(Boolean).length === 0) throw new HakoError('invalid', 'the root cgroup stays');
  let isGone = true;
  for (const folder of cgroupFolders(cgroupPath)) {
    if (ignoring('EBUSY', () => removeTree(folder)) === undefined && childExists(folder)) isGone = false;
  }
  return isGone;
}

function childExists(folder: string): boolean {
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  return childCgroups(folder.slice(0, folder.lastIndexOf('/')) || '/').includes(name);
}

function thaw(cgroupPath: string): void {
  const folder = controllerFolder(cgroupPath, 'freezer');
  if (folder === undefined || !isFrozen(cgroupPath)) return;
  const [file, value] = cgroupVersion() === 2 ? ['cgroup.freeze', '0'] : ['freezer.state', 'THAWED'];
  ignoring(['ENOENT', 'ENODEV'], () => writeFileSync(join(folder, file), value));
}

/** Sends SIGKILL to every process of a cgroup, frozen ones too; on v2 in one stroke that no fork escapes. */
export function killCgroup(cgroupPath: string): void {
  const folder = controllerFolder(cgroupPath, '');
  const isDone =
    cgroupVersion() === 2 &&
    folder !== undefined &&
    ignoring(['ENOENT', 'ENODEV', 'EACCES'], () => {
      writeFileSync(join(folder, 'cgroup.kill'), '1');
      return true;
    });
  if (isDone === true) return;
  for (const pid of cgroupPids(cgroupPath)) ignoring('ESRCH', () => process.kill(pid, 'SIGKILL'));
  thaw(cgroupPath);
}

/**
 * Kills what is left in a cgroup and removes it; idempotent. The kernel has no event for "empty now" on v1, so this asks
 * again in growing steps, for two seconds in all. Throws `internal` when a process cannot be killed.
 */
export async function destroyCgroup(cgroupPath: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (removeCgroup(cgroupPath)) return;
    killCgroup(cgroupPath);
    await new Promise((resolve) => setTimeout(resolve, Math.min(2 + attempt * 4, 100)));
  }
  const pids = cgroupPids(cgroupPath).join(' ');
  throw new HakoError('internal', `cgroup ${cgroupPath} cannot be removed: processes ${pids} do not end`);
}
