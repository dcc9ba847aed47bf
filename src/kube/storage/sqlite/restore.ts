import { existsSync } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { errorMessage, HakoError } from '#base';
import { lockInstance } from './instance-lock.ts';
import { APPLICATION_ID, NEWEST, openForReading, openForWriting } from './schema.ts';

/** How far the revisions of a restored storage lie above all that its clients can have seen; what etcd's guide advises. */
const BUMP_REVISIONS = 1_000_000_000;

/**
 * Puts a backup in the place of the storage's file, which nobody may be serving. Revisions go on far above those of both, so that
 * no client takes a revision of the lost time for one of the new: all watches and lists from before are `Expired`.
 * Answers the revision.
 */
export async function restoreSqlite(backupFile: string, path: string): Promise<number> {
  using _lock = lockInstance(path);
  checkBackup(backupFile);
  const restoring = `${path}.restoring`;
  await removeDatabase(restoring);
  await copyFile(backupFile, restoring);
  try {
    const revision = bump(restoring, existsSync(path) ? newestOf(path) : 0);
    await sync(restoring);
    // Opening the old file for writing and closing it has left nothing in its log that could be taken for the new one's.
    await rename(restoring, path);
    await sync(dirname(path));
    return revision;
  } catch (error) {
    await removeDatabase(restoring);
    throw error;
  }
}

function checkBackup(file: string): void {
  try {
    using database = openForReading(file);
    const id = database.prepare('PRAGMA application_id').get()?.application_id;
    if (id !== APPLICATION_ID) throw new HakoError('invalid', 'it is no backup of ours');
    const check = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (check !== 'ok') throw new HakoError('invalid', `it is damaged: ${String(check)}`);
  } catch (error) {
    throw new HakoError('invalid', `${file} cannot be restored: ${errorMessage(error)}`, { cause: error });
  }
}

function newestOf(path: string): number {
  using database = openForWriting(path);
  return newest(database);
}

function bump(path: string, seen: number): number {
  using database = openForWriting(path);
  const revision = Math.max(newest(database), seen) + BUMP_REVISIONS;
  database.prepare('UPDATE store SET compacted = ?').run(revision);
  return revision;
}

function newest(database: DatabaseSync): number {
  return Number(database.prepare(`SELECT ${NEWEST} AS newest`).get()?.newest);
}

async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
