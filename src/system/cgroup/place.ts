import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { errnoCode } from '#base';
import { type CgroupLayout, cgroupLayout } from './layout.ts';

/** A new cpuset of v1 has no CPUs yet and takes no process; for a helper it does not matter. */
const UNFILLED = new Set(['cpuset']);

function folders(cgroupPath: string, layout: CgroupLayout): string[] {
  const roots = [...layout.controllers].filter(([controller]) => !UNFILLED.has(controller)).map(([, root]) => root);
  if (layout.unified !== undefined) roots.push(layout.unified);
  return [...new Set(roots)].map((root) => posix.join(root, cgroupPath));
}

/** Makes a cgroup for processes of our own in every hierarchy. Idempotent. */
export function makeCgroup(cgroupPath: string): void {
  for (const folder of folders(cgroupPath, cgroupLayout())) mkdirSync(folder, { recursive: true });
}

/** Moves a process into a cgroup that `makeCgroup` made. Nothing happens when it has ended. */
export async function moveToCgroup(cgroupPath: string, pid: number): Promise<void> {
  for (const folder of folders(cgroupPath, cgroupLayout())) {
    try {
      await writeFile(join(folder, 'cgroup.procs'), String(pid));
    } catch (error) {
      if (errnoCode(error) !== 'ESRCH') throw error;
    }
  }
}
