import { KeyedLock } from '#base';
import { mountsUnder, unmount } from '#system';
import { mountVolume } from './mount-volume.ts';
import type { VolumeMount } from './options.ts';

/**
 * Who uses which volume now. The first user of a volume with mount options brings its file system, the last takes it
 * away. Users are kept in memory; the kernel knows what is mounted, so that a restarted daemon finds it.
 */
export class VolumeMounts {
  readonly #users = new Map<string, Set<string>>();
  readonly #locks = new KeyedLock();

  /** Registers a user; mounts what `prepare` answers unless that was done. Idempotent for a user. On failure nothing changed. */
  async acquire(name: string, userId: string, prepare: () => VolumeMount | undefined, target: string): Promise<void> {
    await this.#locks.run(name, async () => {
      const spec = prepare();
      if (spec !== undefined && !isMounted(target)) await mountVolume(name, spec, target);
      const users = this.#users.get(name) ?? new Set();
      this.#users.set(name, users.add(userId));
    });
  }

  /** Forgets a user; unmounts after the last. Answers whether it was one. */
  async release(name: string, userId: string, spec: VolumeMount | undefined, target: string): Promise<boolean> {
    return this.#locks.run(name, () => {
      const users = this.#users.get(name);
      if (!users?.delete(userId)) return false;
      if (users.size > 0) return true;
      this.#users.delete(name);
      if (spec !== undefined) unmountAll(target);
      return true;
    });
  }

  /** Runs `work` while nobody can mount the volume. */
  async whileIdle<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#locks.run(name, work);
  }

  isUsed(name: string): boolean {
    return this.#users.has(name);
  }
}

function isMounted(target: string): boolean {
  return mountsUnder(target).some((entry) => entry.target === target);
}

/** Lazily, as Docker does: what a container still holds open ends with it. */
export function unmountAll(target: string): void {
  for (const _ of mountsUnder(target).filter((entry) => entry.target === target)) unmount(target, { lazy: true });
}
