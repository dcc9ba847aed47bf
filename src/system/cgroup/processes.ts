import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import { cgroupVersion } from './layout.ts';
import { cgroupFolders, controllerFolder } from './paths.ts';
import { readKeyed, readText } from './read.ts';

const GONE = ['ENOENT', 'ENODEV', 'ENOTDIR'];

/** The names of the cgroups directly below `folder`. */
export function childCgroups(folder: string): string[] {
  const entries = ignoring(GONE, () => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

function pidsBelow(folder: string): number[] {
  const own = (readText(folder, 'cgroup.procs') ?? '').split('\n').filter(Boolean).map(Number);
  return [...own, ...childCgroups(folder).flatMap((name) => pidsBelow(join(folder, name)))];
}

/** Every process of a cgroup and of those below it. */
export function cgroupPids(cgroupPath: string): number[] {
  // A process may sit deeper in one hierarchy of v1 than in another, so all count.
  return [...new Set(cgroupFolders(cgroupPath).flatMap(pidsBelow))].sort((a, b) => a - b);
}

/** How many processes the kernel killed in a cgroup because of its memory limit. */
export function oomKillCount(cgroupPath: string): number {
  const folder = controllerFolder(cgroupPath, 'memory');
  const file = cgroupVersion() === 2 ? 'memory.events' : 'memory.oom_control';
  return readKeyed(folder, file).oom_kill ?? 0;
}

/** Whether a cgroup's processes are stopped by the freezer. */
export function isFrozen(cgroupPath: string): boolean {
  const folder = controllerFolder(cgroupPath, 'freezer');
  if (cgroupVersion() === 2) return readKeyed(folder, 'cgroup.events').frozen === 1;
  return readText(folder, 'freezer.state')?.trim() === 'FROZEN';
}
