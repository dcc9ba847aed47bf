/** What every adapter of the storage port must do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock, Digest } from '#base';
import type { CollectOptions, NewManifest, Quotas, RegistryStorage } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../manifest/media-types.ts';
import { parseManifest } from '../manifest/parse.ts';
import { digestOf } from './client.ts';

export type OpenStorage = (options: { quotas?: Quotas; clock: Clock }) => RegistryStorage;

/** A clock that tests turn. */
export class TestClock implements Clock {
  #nowMs = 1_000_000;

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
  }
}

const HOUR_MS = 3_600_000;
const COLLECT: CollectOptions = { graceMs: HOUR_MS, uploadTtlMs: 100 * HOUR_MS, untagged: false };

async function* once(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

export async function pushBlob(storage: RegistryStorage, repository: string, text: string): Promise<Digest> {
  const id = await storage.uploads.create(repository);
  await storage.uploads.use(
    repository,
    id,
    () => undefined,
    async (upload) => {
      await upload.append(once(text));
      await upload.finish(digestOf(text));
    },
  );
  return digestOf(text);
}

export function imageOf(layer: string, fields: object = {}): NewManifest {
  const descriptor = { mediaType: 'application/x', digest: digestOf(layer), size: layer.length };
  const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [], ...fields };
  const bytes = Buffer.from(JSON.stringify(document));
  return parseManifest({ digest: digestOf(bytes), mediaType: OCI_MANIFEST, bytes });
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof RegistryError && error.code === code;
}

export function storageSuite(name: string, open: OpenStorage): void {
  describe(`storage: ${name}`, () => {
    const withStorage = async (
      work: (storage: RegistryStorage, clock: TestClock) => Promise<void>,
      quotas?: Quotas,
    ) => {
      const clock = new TestClock();
      await using storage = open({ clock, ...(quotas ? { quotas } : {}) });
      await work(storage, clock);
    };
    const has = async (storage: RegistryStorage, repository: string, digest: Digest) => {
      const blob = await storage.blob(repository, digest);
      if (blob === undefined) return false;
      await using file = await blob.open();
      return (await file.stat()).size === blob.sizeBytes;
    };

    it('keeps blobs apart by repository, and their bytes once', () =>
      withStorage(async (storage) => {
        const digest = await pushBlob(storage, 'a', 'shared');
        assert.equal(await has(storage, 'b', digest), false);
        assert.equal(await storage.mountBlob('b', digest, 'c'), false);
        assert.equal(await storage.mountBlob('b', digest, 'a'), true);
        assert.deepEqual(storage.homesOf(digest), ['a', 'b']);
        assert.equal(storage.usage().totalBytes, 6);
        assert.equal(storage.deleteBlob('a', digest), true);
        assert.deepEqual([await has(storage, 'a', digest), await has(storage, 'b', digest)], [false, true]);
        assert.equal(storage.deleteBlob('b', digest), true);
        assert.equal(storage.usage().totalBytes, 0);
      }));

    it('reads a blob to its end that is deleted meanwhile', () =>
      withStorage(async (storage) => {
        const digest = await pushBlob(storage, 'a', 'still here');
        const blob = await storage.blob('a', digest);
        await using file = await blob?.open();
        storage.deleteBlob('a', digest);
        assert.equal(String(await file?.readFile()), 'still here');
      }));

    it('refuses manifests whose parts are missing or have another size, and blobs that are in use stay', () =>
      withStorage(async (storage) => {
        const image = imageOf('layer');
        await assert.rejects(storage.putManifest('a', image, ['v1']), hasCode('MANIFEST_BLOB_UNKNOWN'));
        const digest = await pushBlob(storage, 'a', 'layer');
        const lie = imageOf('layer', { layers: [{ mediaType: 'x', digest, size: 4 }] });
        await assert.rejects(storage.putManifest('a', lie, ['v1']), hasCode('SIZE_INVALID'));
        assert.equal(storage.tags('a', { limit: 10 }), undefined, 'nothing came of it');
        await storage.putManifest('a', image, ['v1']);
        assert.throws(() => storage.deleteBlob('a', digest), hasCode('UNSUPPORTED'));
        assert.equal(storage.deleteManifest('a', { digest: image.digest }), true);
        assert.equal(storage.deleteBlob('a', digest), true);
        assert.equal(storage.tags('a', { limit: 10 }), undefined);
      }));

    it('never takes a blob for a manifest, nor a manifest for a blob', () =>
      withStorage(async (storage) => {
        await pushBlob(storage, 'a', 'layer');
        const image = imageOf('layer');
        await storage.putManifest('a', image, []);
        assert.equal(await storage.blob('a', image.digest), undefined);
        assert.equal(await storage.manifest('a', { digest: digestOf('layer') }), undefined);
        const index = { schemaVersion: 2, manifests: [{ mediaType: 'x', digest: digestOf('layer'), size: 5 }] };
        const bytes = Buffer.from(JSON.stringify(index));
        const parsed = parseManifest({ digest: digestOf(bytes), mediaType: OCI_INDEX, bytes });
        await storage.putManifest('a', parsed, []);
        assert.equal(
          await storage.manifest('a', { digest: digestOf('layer') }),
          undefined,
          'it is no manifest for that',
        );
      }));

    it('takes an index of which some manifests are missing, and none that lies about one that is there', () =>
      withStorage(async (storage) => {
        await pushBlob(storage, 'a', 'layer');
        const [here, missing] = [imageOf('layer'), imageOf('layer', { annotations: { not: 'pushed' } })];
        await storage.putManifest('a', here, []);
        const indexOf = (sizeOfHere: number) => {
          const manifests = [
            { mediaType: OCI_MANIFEST, digest: here.digest, size: sizeOfHere },
            { mediaType: OCI_MANIFEST, digest: missing.digest, size: missing.bytes.length },
          ];
          const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
          return parseManifest({ digest: digestOf(bytes), mediaType: OCI_INDEX, bytes });
        };
        await assert.rejects(storage.putManifest('a', indexOf(1), ['v1']), hasCode('SIZE_INVALID'));
        await storage.putManifest('a', indexOf(here.bytes.length), ['v1']);
        assert.equal(await storage.manifest('a', { digest: missing.digest }), undefined);
        await storage.putManifest('a', missing, []);
        assert.notEqual(await storage.manifest('a', { digest: missing.digest }), undefined, 'it may come later');
      }));

    it('collects what no manifest names, after its grace, and keeps the rest', () =>
      withStorage(async (storage, clock) => {
        const kept = await pushBlob(storage, 'a', 'layer');
        await storage.putManifest('a', imageOf('layer'), ['v1']);
        const stray = await pushBlob(storage, 'a', 'stray');
        const elsewhere = await pushBlob(storage, 'b', 'layer');
        assert.equal((await storage.collect(COLLECT)).blobs, 0, 'all is new');
        clock.pass(2 * HOUR_MS);
        assert.deepEqual(await storage.collect(COLLECT), { blobs: 2, bytes: 5, manifests: 0, uploads: 0 });
        assert.deepEqual(
          [await has(storage, 'a', kept), await has(storage, 'a', stray), await has(storage, 'b', elsewhere)],
          [true, false, false],
        );
      }));

    it('keeps what a client was told is there, until it had time to name it', () =>
      withStorage(async (storage, clock) => {
        const digest = await pushBlob(storage, 'a', 'layer');
        clock.pass(2 * HOUR_MS);
        assert.equal(await has(storage, 'a', digest), true);
        assert.equal((await storage.collect(COLLECT)).blobs, 0);
        await storage.putManifest('a', imageOf('layer'), ['v1']);
        clock.pass(2 * HOUR_MS);
        assert.equal((await storage.collect(COLLECT)).blobs, 0);
      }));

    it('collects untagged manifests only where that is wished, and never what an index, a tag or a subject leads to', () =>
      withStorage(async (storage, clock) => {
        for (const text of ['one', 'two', 'sig']) await pushBlob(storage, 'a', text);
        const [child, lost] = [imageOf('one'), imageOf('two')];
        for (const manifest of [child, lost]) await storage.putManifest('a', manifest, []);
        const descriptor = { mediaType: OCI_MANIFEST, digest: child.digest, size: child.bytes.length };
        const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
        const index = parseManifest({ digest: digestOf(bytes), mediaType: OCI_INDEX, bytes });
        await storage.putManifest('a', index, ['v1']);
        const signature = imageOf('sig', { subject: descriptor });
        await storage.putManifest('a', signature, []);
        clock.pass(2 * HOUR_MS);
        assert.equal((await storage.collect(COLLECT)).manifests, 0);
        assert.deepEqual(await storage.collect({ ...COLLECT, untagged: true }), {
          blobs: 1,
          manifests: 1,
          bytes: lost.bytes.length + 3,
          uploads: 0,
        });
        storage.deleteManifest('a', { tag: 'v1' });
        assert.equal((await storage.collect({ ...COLLECT, untagged: true })).manifests, 3);
        assert.deepEqual(storage.usage(), { totalBytes: 0, repositories: 0 });
      }));

    it('keeps quotas, whatever is under way at the same time', () =>
      withStorage(
        async (storage) => {
          await pushBlob(storage, 'a', 'x'.repeat(80));
          await assert.rejects(pushBlob(storage, 'a', 'y'.repeat(30)), hasCode('DENIED'));
          await pushBlob(storage, 'b', 'z'.repeat(60));
          const id = await storage.uploads.create('c');
          await storage.uploads.use(
            'c',
            id,
            () => undefined,
            (upload) => upload.append(once('u'.repeat(50))),
          );
          await assert.rejects(pushBlob(storage, 'd', 'v'.repeat(20)), hasCode('DENIED'));
          await storage.uploads.use(
            'c',
            id,
            () => undefined,
            (upload) => upload.cancel(),
          );
          await pushBlob(storage, 'd', 'v'.repeat(20));
          assert.equal(await storage.mountBlob('d', digestOf('z'.repeat(60)), 'b'), true);
          await assert.rejects(storage.mountBlob('d', digestOf('x'.repeat(80)), 'a'), hasCode('DENIED'));
        },
        { repositoryBytes: 100, totalBytes: 200 },
      ));

    it('goes on with an upload where it is, also for somebody who takes it over', () =>
      withStorage(async (storage) => {
        const id = await storage.uploads.create('a');
        await storage.uploads.use(
          'a',
          id,
          () => undefined,
          (upload) => upload.append(once('hello ')),
        );
        const gate = Promise.withResolvers<void>();
        const first = storage.uploads.use('a', id, gate.resolve, async (upload) => {
          await gate.promise;
          assert.equal(upload.offsetBytes, 6);
        });
        await storage.uploads.use(
          'a',
          id,
          () => undefined,
          async (upload) => {
            await upload.append(once('world'));
            await upload.finish(digestOf('hello world'));
          },
        );
        await first;
        assert.equal(await has(storage, 'a', digestOf('hello world')), true);
        const gone = storage.uploads.use(
          'a',
          id,
          () => undefined,
          async () => undefined,
        );
        await assert.rejects(gone, hasCode('BLOB_UPLOAD_UNKNOWN'));
      }));

    it('knows uploads of the same repository only, and of no other file', () =>
      withStorage(async (storage) => {
        const id = await storage.uploads.create('a');
        for (const [repository, wrong] of [
          ['b', id],
          ['a', `../${id}`],
          ['a', ''],
          ['a', '..'],
          ['a', id.toUpperCase()],
        ] as const) {
          const use = async () =>
            storage.uploads.use(
              repository,
              wrong,
              () => undefined,
              async () => undefined,
            );
          await assert.rejects(use(), hasCode('BLOB_UPLOAD_UNKNOWN'), `${repository} ${wrong}`);
        }
      }));

    it('has one winner where two push a tag at once, and both manifests', () =>
      withStorage(async (storage) => {
        for (const text of ['one', 'two']) await pushBlob(storage, 'a', text);
        const [one, two] = [imageOf('one'), imageOf('two')];
        await Promise.all([one, two].map((image) => storage.putManifest('a', image, ['v1'])));
        const winner = await storage.manifest('a', { tag: 'v1' });
        assert.ok(winner?.digest === one.digest || winner?.digest === two.digest);
        for (const { digest, bytes } of [one, two]) {
          assert.deepEqual((await storage.manifest('a', { digest }))?.bytes, bytes);
        }
      }));
  });
}
