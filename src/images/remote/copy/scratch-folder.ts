import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import { tryLockFile } from '#system';

const PREFIX = '.hako-copy-';

/**
 * A folder beside a target for what is not whole yet; it goes when it is disposed of. One whose process was killed is removed by the next
 * copy to the same place: the lock on it tells that nobody uses it.
 */
export class ScratchFolder implements Disposable {
  readonly path: string;
  readonly #lock: number;

  /** In `parent`, which is there. */
  constructor(parent: string) {
    removeAbandoned(parent);
    for (;;) {
      const path = mkdtempSync(join(parent, PREFIX));
      const lock = openSync(path, 'r');
      // Somebody who cleans up may have come before the lock.
      if (tryLockFile(lock) && existsSync(path)) {
        this.path = path;
        this.#lock = lock;
        return;
      }
      closeSync(lock);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
    closeSync(this.#lock);
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    const fd = ignoring(['ENOENT', 'EACCES', 'ENOTDIR'], () => openSync(path, 'r'));
    if (fd === undefined) continue;
    try {
      if (tryLockFile(fd)) rmSync(path, { recursive: true, force: true });
    } finally {
      closeSync(fd);
    }
  }
}
