/** An image store of its own for a test, with everything that it leaves behind checked and removed at the end. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#state';
import { mountsUnder, unmount } from '#system';
import { archiveOf, type EntryWithBody, streamOf } from '#system/rootfs';
import type { ImportOptions } from '../contract.ts';
import { type OpenedImages, type OpenImagesOptions, openImages } from '../open.ts';

export interface StoreFixture extends AsyncDisposable {
  dir: string;
  images: OpenedImages;
  importFiles(options: ImportOptions, ...entries: (EntryWithBody | string)[]): ReturnType<OpenedImages['importRootfs']>;
  /** Closes the store and opens it anew, as after a restart. */
  reopen(): Promise<OpenedImages>;
}

export async function openFixture(options: Partial<OpenImagesOptions> = {}): Promise<StoreFixture> {
  const dir = mkdtempSync(join(tmpdir(), 'hako-images-'));
  const open = async () => {
    const database = openDatabase(join(dir, 'state.sqlite'));
    return { database, images: await openImages({ rootDir: join(dir, 'root'), database, ...options }) };
  };
  let current = await open();
  return {
    dir,
    get images() {
      return current.images;
    },
    importFiles: (importOptions, ...entries) =>
      current.images.importRootfs(streamOf(archiveOf(...entries)), importOptions),
    reopen: async () => {
      await current.images[Symbol.asyncDispose]();
      current.database.close();
      current = await open();
      return current.images;
    },
    [Symbol.asyncDispose]: async () => {
      await current.images[Symbol.asyncDispose]();
      current.database.close();
      const left = mountsUnder(dir);
      for (const { target } of left) unmount(target, { lazy: true });
      rmSync(dir, { recursive: true });
      assert.deepEqual(left, [], 'no mount is left');
    },
  };
}
