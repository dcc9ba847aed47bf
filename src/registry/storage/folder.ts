import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, errorMessage, HakoError, ignoring } from '#base';
import { ContentStore } from '#images/content';
import { openDatabase } from '#state';
import { type CacheOptions, CachingStorage } from '../cache/caching-storage.ts';
import type { Quotas, RegistryStorage } from '../contract.ts';
import { type BlobKeeper, ContentStorage } from './content-storage.ts';

/** SQLITE_BUSY: another process has the file. */
const BUSY = 5;

export interface FolderStorageOptions {
  /** Holds blobs/ (an OCI image layout), ingest/ and registry.db. One process at a time. */
  dir: string;
  quotas?: Quotas;
  clock?: Clock;
  /** Makes it a cache of another registry. */
  cache?: CacheOptions;
}

/** A registry in a folder of its own. Throws `conflict` where another process has it, `failed_precondition` where it is no registry's. */
export function openFolderStorage({ dir, cache, ...options }: FolderStorageOptions): RegistryStorage {
  refuseForeign(dir);
  using scope = new DisposableStack();
  const database = openExclusively(join(dir, 'registry.db'));
  scope.defer(() => database.close());
  const content = new ContentStore(dir);
  content.recover(Date.now());
  const own = new ContentStorage({ content, database, keeper: folderKeeper(content), ...options });
  const storage = cache === undefined ? own : new CachingStorage(own, own.fetched, cache);
  const holds = scope.move();
  const close = storage[Symbol.asyncDispose].bind(storage);
  storage[Symbol.asyncDispose] = async () => {
    await close();
    holds.dispose();
  };
  return storage;
}

/**
 * An OCI layout and the store of a daemon look the same, and a registry removes the blobs that it does not know, and what was not finished
 * in `ingest`.
 */
function refuseForeign(dir: string): void {
  if (existsSync(join(dir, 'registry.db'))) return;
  const holds = (folder: string) =>
    (ignoring(['ENOENT', 'ENOTDIR'], () => readdirSync(join(dir, folder))) ?? []).length > 0;
  const held = ['blobs/sha256', 'blobs/sha512', 'ingest'].find(holds);
  if (held === undefined && !existsSync(join(dir, 'hako.db'))) return;
  const what = held === 'ingest' ? 'files in "ingest"' : 'blobs';
  const whose = held === undefined ? 'is the folder of a daemon' : `has ${what} that no registry has put there`;
  throw new HakoError(
    'failed_precondition',
    `${dir} ${whose}: give the registry an empty folder, and copy images into it with "hako image copy"`,
  );
}

/** SQLite's own lock keeps a second process out; the kernel drops it with the first. */
function openExclusively(path: string) {
  using scope = new DisposableStack();
  try {
    const database = openDatabase(path);
    scope.defer(() => database.close());
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT;');
    scope.move();
    return database;
  } catch (cause) {
    const isBusy = cause instanceof Error && 'errcode' in cause && cause.errcode === BUSY;
    if (isBusy)
      throw new HakoError('conflict', `another registry serves ${path}: stop it, or give this one its own --root`, {
        cause,
      });
    throw new HakoError('failed_precondition', `cannot use ${path}: ${errorMessage(cause)}`, { cause });
  }
}

/** Everything in the folder is the registry's: what no repository has goes. */
function folderKeeper(content: ContentStore): BlobKeeper {
  return {
    keep: () => undefined,
    release(digest) {
      if (!content.isLeased(digest)) content.remove(digest);
    },
    recover(isHeld) {
      for (const digest of content.list()) if (!isHeld(digest)) content.remove(digest);
    },
  };
}
