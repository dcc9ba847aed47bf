import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode, HakoError } from './errors.ts';

/**
 * Makes a folder and those above it that are missing; one that is there is as good. For paths that people name: Node's own recursive
 * mkdirSync never returns below /proc, which answers "no such file" for every new name in a folder that is there. Throws
 * `failed_precondition` for those, and what mkdir(2) says for the rest.
 */
export function makeFolders(path: string, mode = 0o777): void {
  if (made(path, mode)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolders(parent, mode);
  if (made(path, mode)) return;
  throw new HakoError(
    'failed_precondition',
    `cannot make the folder ${path}: ${parent} takes none; name another place`,
  );
}

/** False where a folder above it is missing, or the file system says so. */
function made(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return false;
    // File systems that nobody can write to may say so of folders that are there, too.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
  return true;
}
