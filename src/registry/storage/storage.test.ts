import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isHakoError, systemClock } from '#base';
import { ContentStore } from '#images/content';
import { openDatabase } from '#state';
import type { LocalImages } from '../contract.ts';
import { digestOf } from '../testing/client.ts';
import { imageOf, pushBlob, storageSuite } from '../testing/storage-suite.ts';
import { openFolderStorage, openSharedStorage } from './adapters.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-storage-'));
after(() => rmSync(root, { recursive: true }));
const newDir = () => mkdtempSync(join(root, 'r'));

const noImages: LocalImages = {
  repositories: () => [],
  tags: () => undefined,
  manifest: () => undefined,
  blobSize: () => undefined,
  hold: () => Promise.reject(new Error('there is none')),
};

storageSuite('a folder', (options) => openFolderStorage({ dir: newDir(), ...options }));

storageSuite("the daemon's content store", (options) => {
  const dir = newDir();
  const content = new ContentStore(dir);
  const pins = new Set<string>();
  return openSharedStorage({
    ...options,
    content,
    database: openDatabase(join(dir, 'hako.db')),
    images: noImages,
    keeper: {
      keep: (digest) => void pins.add(digest),
      release(digest) {
        assert.ok(pins.delete(digest), 'only what was kept is let go');
        if (!content.isLeased(digest)) content.remove(digest);
      },
      recover: () => undefined,
    },
  });
});

test('a folder is served by one process', async () => {
  const dir = newDir();
  await using _first = openFolderStorage({ dir });
  assert.throws(
    () => openFolderStorage({ dir }),
    (error) => isHakoError(error, 'conflict'),
  );
});

test('a folder keeps everything when it is opened again, uploads too, and drops what nobody has', async () => {
  const dir = newDir();
  const image = imageOf('layer');
  let id = '';
  {
    await using storage = openFolderStorage({ dir });
    await pushBlob(storage, 'a', 'layer');
    await storage.putManifest('a', image, ['v1']);
    id = await storage.uploads.create('a');
    await storage.uploads.use(
      'a',
      id,
      () => undefined,
      (upload) => upload.append(piece('half ')),
    );
  }
  writeFileSync(join(dir, 'blobs/sha256', digestOf('stray').slice(7)), 'stray');
  await using storage = openFolderStorage({ dir });
  assert.deepEqual((await storage.manifest('a', { tag: 'v1' }))?.bytes, image.bytes);
  await storage.uploads.use(
    'a',
    id,
    () => undefined,
    async (upload) => {
      assert.equal(upload.offsetBytes, 5);
      await upload.append(piece('done'));
      await upload.finish(digestOf('half done', 'sha512'));
    },
  );
  assert.notEqual(await storage.blob('a', digestOf('half done', 'sha512')), undefined);
  assert.equal(readdirSync(join(dir, 'blobs/sha256')).length, 2);
});

test('a folder gives up uploads that nobody goes on with', async () => {
  const dir = newDir();
  await using storage = openFolderStorage({ dir, clock: systemClock });
  const [old, fresh] = [await storage.uploads.create('a'), await storage.uploads.create('a')];
  const file = readdirSync(join(dir, 'ingest')).find((name) => name.includes(old)) ?? '';
  utimesSync(join(dir, 'ingest', file), 1, 1);
  const { uploads } = await storage.collect({ graceMs: 0, uploadTtlMs: 60_000, untagged: false });
  assert.equal(uploads, 1);
  await storage.uploads.use(
    'a',
    fresh,
    () => undefined,
    async () => undefined,
  );
});

async function* piece(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
