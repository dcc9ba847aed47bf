import { rename } from 'node:fs/promises';
import { errnoCode, failpoint } from '#base';

/**
 * Renames the files of a log one up, which drops the oldest: `log.1` becomes `log.2`, then `log` becomes `log.1`. Its
 * writer goes on in `log.1` until it is told to open `log` anew, which must follow. With one file there is nothing to
 * rename: the writer replaces it.
 */
export async function rotate(path: string, maxFiles: number): Promise<void> {
  for (let index = maxFiles - 2; index >= 1; index--) await renameIfThere(`${path}.${index}`, `${path}.${index + 1}`);
  failpoint('logs.rotate');
  if (maxFiles > 1) await renameIfThere(path, `${path}.1`);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}
