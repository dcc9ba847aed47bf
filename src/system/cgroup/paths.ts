import { posix } from 'node:path';
import { HakoError } from '#base';
import { type CgroupLayout, cgroupLayout } from './layout.ts';

/**
 * The cgroup of a container below every hierarchy's root: `/hako/<id>`. `parent` is the instance's, or what
 * `--cgroup-parent` says. Throws `invalid` for a parent that would climb out.
 */
export function cgroupPathOf(parent: string, id: string): string {
  const clean = posix.normalize(`/${parent}`);
  if (parent.split('/').includes('..') || parent.includes('\0')) {
    throw new HakoError('invalid', `cgroup parent "${parent}" is not a clean path: leave out ".."`);
  }
  return posix.join(clean, id);
}

/** The folder of `cgroupPath` for a controller, or of the v2 tree; undefined when the host lacks the controller. */
export function controllerFolder(
  cgroupPath: string,
  controller: string,
  layout: CgroupLayout = cgroupLayout(),
): string | undefined {
  const root = layout.mode === 'v2' ? layout.unified : layout.controllers.get(controller);
  return root === undefined ? undefined : posix.join(root, cgroupPath);
}

/** Every folder that `cgroupPath` has on this host: one on v2, one a hierarchy on v1, the empty v2 tree's too on hybrid. */
export function cgroupFolders(cgroupPath: string, layout: CgroupLayout = cgroupLayout()): string[] {
  const roots = new Set(layout.controllers.values());
  if (layout.unified !== undefined) roots.add(layout.unified);
  return [...roots].map((root) => posix.join(root, cgroupPath));
}

/** The cgroup of a process in the hierarchy that tells best: v2's, else memory's, else any. Text of /proc/PID/cgroup. */
export function parseProcCgroup(text: string): string | undefined {
  const lines = text.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    return match === null ? [] : [{ controllers: (match[1] ?? '').split(','), path: match[2] ?? '' }];
  });
  const memory = lines.find(({ controllers }) => controllers.includes('memory'));
  const unified = lines.find(({ controllers }) => controllers[0] === '');
  return (memory ?? unified ?? lines[0])?.path;
}
