/** Which cgroup hierarchies this host has and where. Kernel: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. */
import { readFileSync } from 'node:fs';

/** `v2`: one tree with all controllers. `v1`: a tree a controller. `hybrid`: v1 plus a v2 tree without controllers. */
export type CgroupMode = 'v1' | 'hybrid' | 'v2';

export interface CgroupLayout {
  mode: CgroupMode;
  /** Mount point of the v2 tree; undefined where there is none. */
  unified: string | undefined;
  /** Mount point of each v1 controller by name; named hierarchies as `name=systemd`. Empty on v2. */
  controllers: ReadonlyMap<string, string>;
}

const NAMED = /^name=/;
const V1_CONTROLLERS = new Set(
  'blkio cpu cpuacct cpuset devices freezer hugetlb memory net_cls net_prio perf_event pids rdma misc'.split(' '),
);

/** Undoes mountinfo's octal escapes (proc_pid_mountinfo(5)). */
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Reads the layout from the text of a mountinfo file; only mounts below /sys/fs/cgroup count. */
export function parseCgroupLayout(mountinfo: string): CgroupLayout {
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const mountPoint = unescapePath(before.split(' ')[4] ?? '');
    const [type = '', , options = ''] = after.split(' ');
    if (!`${mountPoint}/`.startsWith('/sys/fs/cgroup/')) continue;
    if (type === 'cgroup2') unified ??= mountPoint;
    if (type !== 'cgroup') continue;
    for (const option of options.split(',')) {
      if (V1_CONTROLLERS.has(option) || NAMED.test(option)) controllers.set(option, mountPoint);
    }
  }
  const mode = controllers.size === 0 ? 'v2' : unified === undefined ? 'v1' : 'hybrid';
  return { mode, unified, controllers };
}

let known: CgroupLayout | undefined;

/** The host's layout, read once: it does not change under a running system. */
export function cgroupLayout(): CgroupLayout {
  known ??= parseCgroupLayout(readFileSync('/proc/self/mountinfo', 'utf8'));
  return known;
}

/** Which version's controllers are in use; a hybrid host's are v1's. */
export function cgroupVersion(): 1 | 2 {
  return cgroupLayout().mode === 'v2' ? 2 : 1;
}
