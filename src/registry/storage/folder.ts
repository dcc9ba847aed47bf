import { join } from 'node:path';
import { type Clock, HakoError } from '#base';
import { ContentStore } from '#images/content';
import { openDatabase } from '#state';
import { type CacheOptions, CachingStorage } from '../cache/caching-storage.ts';
import type { Quotas, RegistryStorage } from '../contract.ts';
import { type BlobKeeper, ContentStorage } from './content-storage.ts';

export interface FolderStorageOptions {
  /** Holds blobs/ (an OCI image layout), ingest/ and registry.db. One process at a time. */
  dir: string;
  quotas?: Quotas;
  clock?: Clock;
  /** Makes it a cache of another registry. */
  cache?: CacheOptions;
}

/** A registry in a folder of its own. Throws `conflict` where another process has it. */
export function openFolderStorage({ dir, cache, ...options }: FolderStorageOptions): RegistryStorage {
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
    throw new HakoError('conflict', `another registry serves ${path}: stop it, or give this one its own --root`, {
      cause,
    });
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
