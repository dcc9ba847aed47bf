import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { ignoring } from '#base';
import { CloneFlag, MountFlag, mount, mountsUnder, setns, unmount, unshare } from '#system';

/**
 * Makes `dir` a shared mount of its own, as `ip netns` does with /run/netns: namespaces pinned in it appear in every mount
 * namespace that was copied from this one, so that runtimes which live in one of those can join them.
 */
export function prepareDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  if (mountsUnder(dir).some(({ target }) => target === dir)) return;
  mount({ type: '', source: dir, flags: MountFlag.BIND }, dir);
  mount({ type: '', source: '', flags: MountFlag.SHARED }, dir);
}

/** The file names in `dir` on which a namespace is pinned. */
export function pinnedNames(dir: string): Set<string> {
  const targets = mountsUnder(dir).map(({ target }) => target);
  return new Set(targets.filter((target) => target !== dir).map((target) => target.slice(dir.length + 1)));
}

/**
 * Makes a network namespace, runs `setUp` in it and pins it on the new file `path`: it then lives without any process.
 * Synchronous, because the whole thread is in the new namespace meanwhile. Answers what `setUp` answers.
 */
export function pinNewNamespace<T>(path: string, setUp: () => T): T {
  writeFileSync(path, '', { flag: 'wx', mode: 0o400 });
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    unshare(CloneFlag.NEWNET);
    try {
      mount({ type: '', source: '/proc/thread-self/ns/net', flags: MountFlag.BIND }, path);
      return setUp();
    } finally {
      setns(home, CloneFlag.NEWNET);
    }
  } catch (error) {
    unpin(path);
    throw error;
  } finally {
    closeSync(home);
  }
}

/** Unpins a namespace: it ends when its last process, socket and descriptor are gone. Idempotent. */
export function unpin(path: string): void {
  ignoring(['EINVAL', 'ENOENT'], () => unmount(path, { lazy: true }));
  rmSync(path, { force: true });
}
