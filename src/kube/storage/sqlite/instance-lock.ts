import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage, HakoError, makeFolders } from '#base';

/** SQLITE_BUSY. */
const BUSY = 5;

/**
 * Makes this process (and in it, the caller) the only one that serves the file: a second writer would not tell our watchers of
 * its changes. It is a lock on an empty SQLite file beside it, which the kernel drops with the process.
 */
export function lockInstance(path: string): Disposable {
  makeFolders(dirname(path), 0o700);
  const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === BUSY;
    if (!isBusy) throw new HakoError('internal', `${path} cannot be locked: ${errorMessage(error)}`, { cause: error });
    throw new HakoError('conflict', `another server already serves ${path}: stop it, or give this one its own file`);
  }
  return { [Symbol.dispose]: () => lock.close() };
}
