import { existsSync } from 'node:fs';
import { HakoError } from '#base';
import { backupSqlite, moveStorage, restoreSqlite, sqlitePathOf } from '#kube/storage';
import { type DatastoreOptions, openDatastore } from './datastore.ts';
import { datastoreUrl, type ServerOptions } from './options.ts';

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

/** Where a server's datastore is, in the words of its options. */
export type DatastoreLocation = Pick<ServerOptions, 'datastore' | 'dataDir'>;

/** Copies a SQLite datastore to a file, also while a server runs on it. */
export async function backupDatastore(location: DatastoreLocation, file: string): Promise<void> {
  const path = sqliteFile(location, 'back it up with etcdctl snapshot save');
  if (!existsSync(path)) {
    throw new HakoError(
      'not_found',
      `there is no datastore at ${path}: give --data-dir or --datastore as hako server has them`,
    );
  }
  await backupSqlite(path, file);
}

/** Puts a backup in the place of a SQLite datastore; no server may run on it. Answers the revision from which it goes on. */
export function restoreDatastore(file: string, location: DatastoreLocation): Promise<number> {
  const path = sqliteFile(location, 'restore it with etcdctl snapshot restore');
  if (!existsSync(file)) throw new HakoError('not_found', `there is no backup at ${file}`);
  return restoreSqlite(file, path);
}

/** Writes every value anew that is not encrypted as the configuration says: after keys have changed. Answers how many. */
export async function rewriteDatastore(options: DatastoreOptions): Promise<number> {
  await using storage = await openDatastore(options);
  if (storage.rewriteAll === undefined) {
    throw new HakoError('invalid', 'nothing is encrypted: name an EncryptionConfiguration with --encryption-config');
  }
  return storage.rewriteAll();
}

/** Throws a HakoError (`invalid`) for datastores that have no file of ours. */
function sqliteFile(location: DatastoreLocation, withEtcd: string): string {
  const url = datastoreUrl(location);
  const path = sqlitePathOf(url);
  if (path !== undefined) return path;
  if (url !== 'memory') throw new HakoError('invalid', `${url} is an etcd: ${withEtcd}`);
  throw new HakoError('invalid', 'the datastore memory is gone with its server: only SQLite datastores have backups');
}
