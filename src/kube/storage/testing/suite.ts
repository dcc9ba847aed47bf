import { test } from 'node:test';
import type { Storage } from '../contract.ts';
import { historyTests } from './suite-history.ts';
import { listTests } from './suite-list.ts';
import { watchTests } from './suite-watch.ts';
import { writeTests } from './suite-write.ts';

/** What an adapter under test is like, where the contract leaves it free. */
export interface SuiteOptions {
  /** Why the tests cannot run here. */
  skip?: string | false;
  /** Watchers are told before the promise of the write resolves: embedded storage. Default: true. */
  embedded?: boolean;
}

/** Makes one test: a fresh storage without keys is opened for it, and disposed after it. */
export type StorageTest = (title: string, run: (storage: Storage) => Promise<void>) => void;

/**
 * The contract as tests, for every adapter. `open` gives a storage that holds no keys and whose history, whatever it is, nobody
 * else adds to; revisions may start anywhere.
 */
export function storageSuite(name: string, open: () => Promise<Storage>, options: SuiteOptions = {}): void {
  const { skip = false, embedded = true } = options;
  const storageTest: StorageTest = (title, run) => {
    test(`${name} storage ${title}`, { skip, timeout: 60_000 }, async () => {
      await using storage = await open();
      await run(storage);
    });
  };
  writeTests(storageTest, open);
  listTests(storageTest);
  watchTests(storageTest, embedded);
  historyTests(storageTest);
}
