import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Digest } from '#base';
import { Ingest } from '#images/content';
import { FreeSpace } from '../storage/free-space.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { BlobFetch } from './blob-fetch.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-blob-fetch-'));
after(() => rmSync(root, { recursive: true }));

/** A fetch of `digest`, and what it stored. */
function fetchOf(upstream: FakeUpstream, digest: Digest, sizeBytes: number, disk: Promise<void>) {
  const path = join(mkdtempSync(join(root, 'f')), 'blob');
  const stored: string[] = [];
  const fetch = new BlobFetch({
    upstream,
    repository: 'a',
    digest,
    sizeBytes,
    path,
    openIngest: () => Ingest.open(path, 'sha256', () => undefined),
    space: new FreeSpace(root),
    onBytes: () => undefined,
    store: async () => {
      await disk;
      stored.push(digest);
    },
  });
  return { fetch, path, stored };
}

describe('a blob on its way', () => {
  it('is shown to its end when it is verified, before the disk has it', async () => {
    const upstream = new FakeUpstream();
    const bytes = randomBytes(300_000);
    const disk = Promise.withResolvers<void>();
    const { fetch, path, stored } = fetchOf(upstream, upstream.addBlob(bytes), bytes.length, disk.promise);
    assert.equal(fetch.isWhole, false);
    assert.equal(await fetch.arrived(bytes.length - 1), bytes.length);
    assert.deepEqual([fetch.isWhole, stored], [true, []]);
    assert.ok(readFileSync(path).equals(bytes));
    disk.resolve();
    await fetch.done;
    assert.equal(stored.length, 1);
  });

  it('is never shown to its end where it is something else', async () => {
    const upstream = new FakeUpstream();
    const [wanted, sent] = [randomBytes(1_000), randomBytes(1_000)];
    const digest = upstream.addBlob(wanted);
    upstream.blobs.set(digest, sent);
    const { fetch, stored } = fetchOf(upstream, digest, wanted.length, Promise.resolve());
    await assert.rejects(fetch.arrived(wanted.length - 1), /sends something else/);
    await fetch.done;
    assert.deepEqual([fetch.isWhole, stored], [false, []]);
  });
});
