import { checked, libc } from './libc.ts';
import { attachMount, cloneMount, type IdRange, setMountAttributes, userNamespaceFor, withFd } from './tree-mount.ts';

/** Flags of mount(2). */
export const MountFlag = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 32,
  BIND: 4096,
  MOVE: 8192,
  REC: 16384,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
} as const;

/** One mount as plain data: what the snapshotter hands to whoever mounts. Options as in mount(8), joined by commas. */
export interface MountSpec {
  type: string;
  source: string;
  /** Bits of `MountFlag`. */
  flags?: number;
  data?: string;
  /**
   * The folder from which relative paths in `data` are resolved: overlayfs takes at most one page of options, so
   * an image of many layers names its layers by short relative paths.
   */
  cwd?: string;
  /** Shows the files below `cwd` with these ids, through an idmapped mount that is attached at `at` meanwhile. */
  mappedCwd?: IdRange & { at: string };
}

/** Mounts `spec` at `target`, an absolute path (mount(2)); throws SystemError. */
export function mount(spec: MountSpec, target: string): void {
  if (spec.cwd === undefined) mountHere(spec, target);
  else if (spec.mappedCwd === undefined) inDirectory(spec.cwd, () => mountHere(spec, target));
  else withMappedMount(spec.cwd, spec.mappedCwd, (mapped) => inDirectory(mapped, () => mountHere(spec, target)));
}

/** Whatever `work` mounts from the mapped view keeps it; the view itself goes. */
function withMappedMount(dir: string, mapping: IdRange & { at: string }, work: (mapped: string) => void): void {
  withFd(cloneMount(dir), (tree) => {
    setMountAttributes(tree, 0n, userNamespaceFor(mapping));
    attachMount(tree, mapping.at);
  });
  try {
    work(mapping.at);
  } finally {
    unmount(mapping.at, { lazy: true });
  }
}

/** Runs `work`, which must be synchronous, with `dir` as the working folder. */
function inDirectory(dir: string, work: () => void): void {
  const home = process.cwd();
  process.chdir(dir);
  try {
    work();
  } finally {
    process.chdir(home);
  }
}

function mountHere(spec: MountSpec, target: string): void {
  const result = libc.mount(spec.source, target, spec.type, BigInt(spec.flags ?? 0), spec.data ?? '');
  checked(result, 'mount', `${spec.type} ${spec.source} on ${target}`);
}

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

/** Unmounts `target`; `lazy` detaches it now and lets it end when its last user is gone. Throws SystemError (EINVAL: not mounted). */
export function unmount(target: string, options: { lazy?: boolean } = {}): void {
  const flags = UMOUNT_NOFOLLOW | (options.lazy ? MNT_DETACH : 0);
  checked(libc.umount2(target, flags), 'umount2', target);
}
