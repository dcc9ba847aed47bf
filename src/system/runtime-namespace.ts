/**
 * The mount namespace that runtimes are started in: a copy of the host's, at which mounts still arrive from the host. Its
 * /dev/null cannot be given away, and on a hybrid cgroup host, where crun refuses to run while it sees the empty v2 tree,
 * that tree is not there.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { cgroupLayout } from './cgroup/mod.ts';
import { MountFlag, mount, unmount } from './mount.ts';
import { CloneFlag, setns, unshare } from './namespace.ts';

export interface RuntimeNamespaceOptions {
  /**
   * Existing folders of ours in which mounts come and go (HAKO_ROOT, HAKO_RUN). Where the host's mounts are not shared (no systemd),
   * each is bound on itself and shared, so that its mounts reach the namespace and leave it again.
   */
  sharedFolders: readonly string[];
}

const NULL_DEVICE = '/dev/null';
const MOUNT_NAMESPACE = '/proc/thread-self/ns/mnt';

function isShared(path: string): boolean {
  const lines = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .map((line) => line.split(' '));
  const covering = lines.filter(
    ([, , , , target = '']) => path === target || path.startsWith(target === '/' ? '/' : `${target}/`),
  );
  const deepest = covering.reduce(
    (best, line) => ((line[4] ?? '').length >= (best?.[4] ?? '').length ? line : best),
    covering[0],
  );
  return deepest?.slice(6).some((field) => field.startsWith('shared:')) ?? false;
}

/** Makes mounts below `folder` visible in copies of this namespace. Idempotent. */
function share(folder: string): void {
  if (isShared(folder)) return;
  mount({ type: 'none', source: folder, flags: MountFlag.BIND | MountFlag.REC }, folder);
  mount({ type: 'none', source: 'none', flags: MountFlag.SHARED }, folder);
}

/** The mounts that do not travel by themselves on a host without sharing: if they change, the copy is out of date. */
function foreignMounts(sharedFolders: readonly string[]): string {
  const isOurs = (target: string) =>
    sharedFolders.some((folder) => target === folder || target.startsWith(`${folder}/`));
  const lines = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .map((line) => line.split(' '));
  return lines.flatMap(([id, , , , target = '']) => (isOurs(target) ? [] : [`${id} ${target}`])).join('\n');
}

export class RuntimeNamespace implements Disposable {
  readonly #home: number;
  readonly #sharedFolders: readonly string[];
  readonly #travels: boolean;
  #target: number;
  #foreign: string;

  private constructor(home: number, target: number, sharedFolders: readonly string[], travels: boolean) {
    this.#home = home;
    this.#target = target;
    this.#sharedFolders = sharedFolders;
    this.#travels = travels;
    this.#foreign = travels ? '' : foreignMounts(sharedFolders);
  }

  /** Prepares the namespace. Must be called on the thread that will call `run` (the main one). */
  static open(options: RuntimeNamespaceOptions): RuntimeNamespace {
    const travels = isShared('/');
    if (!travels) for (const folder of options.sharedFolders) share(folder);
    const home = openSync(MOUNT_NAMESPACE, 'r');
    try {
      return new RuntimeNamespace(home, makeCopy(home), options.sharedFolders, travels);
    } catch (error) {
      closeSync(home);
      throw error;
    }
  }

  /** True when `run` changes namespaces: then the process's working directory is `/`. */
  get isSeparate(): boolean {
    return this.#target >= 0;
  }

  /** Takes the copy anew when the host's own mounts changed and could not travel. Cheap when they did not. */
  refresh(): void {
    if (!this.isSeparate || this.#travels) return;
    const foreign = foreignMounts(this.#sharedFolders);
    if (foreign === this.#foreign) return;
    const fresh = makeCopy(this.#home);
    closeSync(this.#target);
    this.#target = fresh;
    this.#foreign = foreign;
  }

  /** Runs `work`, which must be synchronous (a spawn), with this thread in the namespace; children stay in it. */
  run<T>(work: () => T): T {
    if (!this.isSeparate) return work();
    // A thread made since shares our root and working directory, and such a thread may not change its mounts.
    unshare(CloneFlag.FS);
    setns(this.#target, CloneFlag.NEWNS);
    try {
      return work();
    } finally {
      setns(this.#home, CloneFlag.NEWNS);
    }
  }

  [Symbol.dispose](): void {
    if (!this.isSeparate) return;
    closeSync(this.#target);
    closeSync(this.#home);
    this.#target = -1;
  }
}

/**
 * crun before 1.24 gives its standard streams to the container's user (containers/crun#1845). Where one is the host's
 * /dev/null, a container in a user namespace, which sees that very node, could then close it to everybody. What is mounted
 * read-only keeps owner and mode, and is written to all the same.
 */
function shieldNull(): void {
  const bind = { type: 'none', source: NULL_DEVICE };
  mount({ ...bind, flags: MountFlag.BIND }, NULL_DEVICE);
  mount({ ...bind, flags: MountFlag.BIND | MountFlag.REMOUNT | MountFlag.RDONLY | MountFlag.NOSUID }, NULL_DEVICE);
}

/** A copy of the host's mounts that follows them, apart from what runtimes must not see or change; answers its descriptor. */
function makeCopy(home: number): number {
  const { mode, unified } = cgroupLayout();
  unshare(CloneFlag.NEWNS);
  try {
    mount({ type: 'none', source: 'none', flags: MountFlag.REC | MountFlag.SLAVE }, '/');
    if (unified !== undefined && mode === 'hybrid') unmount(unified, { lazy: true });
    shieldNull();
    return openSync(MOUNT_NAMESPACE, 'r');
  } finally {
    setns(home, CloneFlag.NEWNS);
  }
}

/** Takes back what `RuntimeNamespace.open` bound on this host; for `hako down --purge` and tests. Idempotent. */
export function unshareFolder(folder: string): void {
  const targets = readFileSync('/proc/self/mountinfo', 'latin1')
    .split('\n')
    .map((line) => line.split(' ')[4]);
  if (targets.includes(folder)) unmount(folder, { lazy: true });
}
