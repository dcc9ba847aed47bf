import { closeSync, openSync } from 'node:fs';
import { log, makeFolders } from '#base';
import { lockFile } from '#system';

/**
 * Runs `work`, which reads a file of the folder, changes it and writes it back, while no other process of ours does so. It is
 * synchronous, so that nothing of this process comes between either. Makes the folder where it is missing.
 */
export function withFolderLock<T>(dir: string, work: () => T, mode = 0o755): T {
  makeFolders(dir, mode);
  const fd = openSync(dir, 'r');
  try {
    lock(fd, dir);
    return work();
  } finally {
    closeSync(fd);
  }
}

/** Some network file systems have no locks of folders: there two at once may overwrite each other, as they do for everybody. */
function lock(fd: number, dir: string): void {
  try {
    lockFile(fd);
  } catch (error) {
    log.debug('the folder cannot be locked', { dir, error });
  }
}
