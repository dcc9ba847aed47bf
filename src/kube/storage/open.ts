import { HakoError } from '#base';
import type { Storage } from './contract.ts';
import type { EtcdOptions } from './etcd/mod.ts';
import type { MoveOptions, MoveResult } from './move/mod.ts';

/** What every adapter that can do it does beyond the contract. */
export interface OpenedStorage extends Storage {
  /** Lets the series of revisions go on after `revision`; embedded storage only. */
  advance?(revision: number): Promise<void>;
  /** Writes a consistent copy to a file while the storage goes on; SQLite only. */
  backup?(file: string): Promise<void>;
  /** Writes values again that are not encrypted as the configuration says; encrypted storage only. Answers how many. */
  rewriteAll?(options?: { signal?: AbortSignal }): Promise<number>;
}

/** How a datastore is to be opened. */
export interface OpenOptions {
  /** Changes that embedded storage remembers. Default: 20,000 (SQLite), 10,000 (memory). */
  historyChanges?: number;
  etcd?: EtcdOptions;
  /** Text of an `EncryptionConfiguration` (kube-apiserver's --encryption-provider-config). Default: nothing is encrypted. */
  encryption?: string;
}

/**
 * Opens the datastore that a URL names: `memory`; `sqlite:PATH` or a path; `https://a:2379,https://b:2379` for etcd. Adapters
 * are loaded when they are asked for.
 */
export async function openStorage(url: string, options: OpenOptions = {}): Promise<OpenedStorage> {
  const { encryption } = options;
  if (encryption === undefined) return openAdapter(url, options);
  const { EncryptedStorage, parseEncryptionConfiguration } = await import('./encrypted/mod.ts');
  const rules = parseEncryptionConfiguration(encryption);
  return new EncryptedStorage(await openAdapter(url, options), rules);
}

/** Copies all objects from one datastore to another; see `move/`. */
export async function moveStorage(source: Storage, target: OpenedStorage, options?: MoveOptions): Promise<MoveResult> {
  return (await import('./move/mod.ts')).moveStorage(source, target, options);
}

/** Writes a consistent copy of a SQLite datastore to a file, whether a server runs on it or not. */
export async function backupSqlite(path: string, file: string): Promise<void> {
  await (await import('./sqlite/mod.ts')).backup(path, file);
}

/** Puts a backup in the place of a SQLite datastore that nobody serves; see `sqlite/`. Answers the new revision. */
export async function restoreSqlite(backupFile: string, path: string): Promise<number> {
  return (await import('./sqlite/mod.ts')).restoreSqlite(backupFile, path);
}

async function openAdapter(url: string, options: OpenOptions): Promise<OpenedStorage> {
  const { historyChanges, etcd } = options;
  const limits = historyChanges === undefined ? {} : { historyChanges };
  const path = sqlitePathOf(url);
  if (path !== undefined) return (await import('./sqlite/mod.ts')).SqliteStorage.open(path, limits);
  if (url === 'memory') return new (await import('./memory/mod.ts')).MemoryStorage(limits);
  return (await import('./etcd/mod.ts')).EtcdStorage.open(url.split(','), etcd);
}

/** The file of the SQLite datastore that a URL names; undefined for memory and etcd. Throws a HakoError (`invalid`) for what names nothing. */
export function sqlitePathOf(url: string): string | undefined {
  if (url === 'memory' || /^https?:\/\//.test(url)) return undefined;
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') : url;
  if (path !== '' && (url.startsWith('sqlite:') || path.includes('/'))) return path;
  throw new HakoError('invalid', `datastore "${url}" is not known: use memory, sqlite:PATH, /PATH or https://ETCD,...`);
}
