import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { HakoError, ignoring } from '#base';
import { tryLockFile } from '#system';

const PREFIX = '.hako-copy-';

/**
 * A folder beside a target for what is not whole yet, or in the one for temporary files; it goes when it is disposed of. One whose process
 * was killed is removed by the next of them in the same place: the lock on it tells that nobody uses it.
 */
export class ScratchFolder implements Disposable {
  readonly path: string;
  readonly #lock: number;

  /** In `parent`, which is there. */
  constructor(parent: string) {
    removeAbandoned(parent);
    for (;;) {
      const path = mkdtempSync(join(parent, PREFIX));
      // Somebody who cleans up may have come before us, and before the lock.
      const lock = openFolder(path);
      if (lock === undefined && existsSync(path)) throw closedTo(path);
      if (lock === undefined) continue;
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

/** It would be so with the next one, too. */
function closedTo(path: string): HakoError {
  rmdirSync(path);
  return new HakoError(
    'failed_precondition',
    `cannot look into ${path}, which was made now: let the umask leave the owner all rights, or name another place`,
  );
}

function removeAbandoned(parent: string): void {
  // A folder may be one to write into and not to look into.
  for (const name of ignoring('EACCES', () => readdirSync(parent)) ?? []) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    const fd = openFolder(path);
    if (fd === undefined) continue;
    try {
      // Where everybody may write, others have folders whose names begin so as well: what is in those is theirs.
      const isOurs = fstatSync(fd).uid === process.geteuid?.();
      if (isOurs && tryLockFile(fd)) rmSync(path, { recursive: true, force: true });
    } finally {
      closeSync(fd);
    }
  }
}

/** Undefined where it is gone, or is no folder that we may look into; a pipe would make us wait for its writer. */
function openFolder(path: string): number | undefined {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  return ignoring(['ENOENT', 'EACCES', 'ENOTDIR', 'ELOOP'], () => openSync(path, flags));
}
