import { existsSync } from 'node:fs';
import { HakoError } from '#base';
import { backupSqlite, moveStorage, restoreSqlite } from '#kube/storage';
import { type DatastoreOptions, openDatastore } from './datastore.ts';

/** What a copy did. */
export interface CopyReport {
  readonly keys: number;
  /** False: the target's revisions may be lower than those that clients have seen, so watches and lists begin anew. */
  readonly isMonotonic: boolean;
}

/** Copies all objects from one datastore to another (SQLite to etcd and back), and compares them. Values stay byte by byte what they are. */
export async function copyDatastore(from: DatastoreOptions, to: DatastoreOptions, force: boolean): Promise<CopyReport> {
  await using source = await openDatastore(from);
  await using target = await openDatastore(to);
  const { keys, isMonotonic } = await moveStorage(source, target, { force });
  return { keys, isMonotonic };
}

/** Copies a SQLite datastore to a file, also while a server runs on it. */
export async function backupDatastore(dataDir: string, file: string): Promise<void> {
  const path = statePath(dataDir);
  if (!existsSync(path)) {
    throw new HakoError(
      'not_found',
      `there is no datastore at ${path}: name the folder that hako server has as --data-dir`,
    );
  }
  await backupSqlite(path, file);
}

/** Puts a backup in the place of a SQLite datastore; no server may run on it. Answers the revision from which it goes on. */
export function restoreDatastore(file: string, dataDir: string): Promise<number> {
  if (!existsSync(file)) throw new HakoError('not_found', `there is no backup at ${file}`);
  return restoreSqlite(file, statePath(dataDir));
}

/** Writes every value anew that is not encrypted as the configuration says: after keys have changed. Answers how many. */
export async function rewriteDatastore(options: DatastoreOptions): Promise<number> {
  await using storage = await openDatastore(options);
  if (storage.rewriteAll === undefined) {
    throw new HakoError('invalid', 'nothing is encrypted: name an EncryptionConfiguration with --encryption-config');
  }
  return storage.rewriteAll();
}

function statePath(dataDir: string): string {
  return `${dataDir}/state.db`;
}
