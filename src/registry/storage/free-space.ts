import { statfsSync } from 'node:fs';
import { diskFull } from '../errors.ts';

/** What uploads leave free: on a full disk SQLite could not even record that something was deleted. */
const RESERVE_BYTES = 8 * 2 ** 20;
/** How much may be written between two looks at the file system. */
const LOOK_EVERY_BYTES = 2 ** 20;

/** Watches the space that uploads, all together, take from a file system. */
export class FreeSpace {
  readonly #dir: string;
  #unseenBytes = Number.POSITIVE_INFINITY;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** To be called before `bytes` are written; throws UNAVAILABLE (507) where they would touch the reserve. */
  take(bytes: number): void {
    this.#unseenBytes += bytes;
    if (this.#unseenBytes < LOOK_EVERY_BYTES) return;
    const { bavail, bsize } = statfsSync(this.#dir);
    if (bavail * bsize < RESERVE_BYTES + bytes) throw diskFull();
    this.#unseenBytes = 0;
  }
}
