import { lstatSync, rmSync } from 'node:fs';

/** Somebody who keeps adding files is no reason to try for ever. */
const ATTEMPTS = 100;

/**
 * Removes a folder with all that is in it; nothing happens when it is not there. Where somebody else removes files of it
 * at the same time, rmSync gives up halfway and says nothing: it is asked again until the folder is gone.
 */
export function removeTree(path: string): void {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    rmSync(path, { recursive: true, force: true });
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  }
  rmSync(path, { recursive: true });
}
