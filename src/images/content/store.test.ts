import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Digest, isHakoError, sha256 } from '#base';
import { ContentStore } from './store.ts';

describe('content store', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-content-'));
  const store = new ContentStore(dir);
  after(() => rmSync(dir, { recursive: true }));

  it('keeps blobs by digest, in the layout of the OCI spec', () => {
    const digest = store.put('hello');
    assert.equal(digest, sha256('hello'));
    assert.equal(readFileSync(join(dir, 'blobs', 'sha256', digest.slice(7)), 'utf8'), 'hello');
    assert.equal(store.sizeOf(digest), 5);
    assert.deepEqual(JSON.parse(readFileSync(join(dir, 'oci-layout'), 'utf8')), { imageLayoutVersion: '1.0.0' });
    assert.equal(store.put('hello'), digest, 'again');
    assert.throws(
      () => store.read(sha256('other')),
      (error) => isHakoError(error, 'not_found'),
    );
    assert.throws(
      () => store.pathOf('sha256:../../etc/passwd' as Digest),
      (error) => isHakoError(error, 'invalid'),
    );
  });

  it('continues a download where it broke off, and verifies all of it', async () => {
    const first = await store.ingest('some layer');
    await first.write(Buffer.from('hel'));
    await first[Symbol.asyncDispose]();
    await using second = await store.ingest('some layer');
    assert.equal(second.offset, 3);
    await second.write(Buffer.from('lo again'));
    const digest = sha256('hello again');
    assert.equal(await second.commit({ digest, sizeBytes: 11 }), digest);
    assert.equal(store.read(digest).toString(), 'hello again');
  });

  it('throws away what is not what was expected', async () => {
    const ingest = await store.ingest('forged');
    await ingest.write(Buffer.from('evil'));
    await assert.rejects(ingest.commit({ digest: sha256('good') }), (error) => isHakoError(error, 'invalid'));
    await using again = await store.ingest('forged');
    assert.equal(again.offset, 0);
    await again.write(Buffer.from('x'));
    await again.restart();
    await again.write(Buffer.from('good'));
    assert.equal(await again.commit({ digest: sha256('good') }), sha256('good'));
  });

  it('knows sha512', async () => {
    await using ingest = await store.ingest('long', 'sha512');
    await ingest.write(Buffer.from('x'));
    const digest = await ingest.commit();
    assert.match(digest, /^sha512:[0-9a-f]{128}$/);
    assert.ok(store.has(digest) && store.list().includes(digest));
  });

  it('recovers: unfinished files go, fresh downloads stay, old ones go', async () => {
    for (const name of ['tmp-1', 'ref-fresh', 'ref-old', 'stranger']) writeFileSync(join(dir, 'ingest', name), 'x');
    utimesSync(join(dir, 'ingest', 'ref-old'), 1, 1);
    store.recover(Date.now());
    assert.deepEqual(readdirSync(join(dir, 'ingest')), ['ref-fresh']);
  });

  it('adopts a file, or drops it where the blob is there already', () => {
    const path = store.temporaryPath();
    writeFileSync(path, 'adopted');
    store.adopt(path, sha256('adopted'));
    writeFileSync(path, 'adopted');
    store.adopt(path, sha256('adopted'));
    assert.ok(!existsSync(path));
    const onDiskBytes = statSync(store.pathOf(sha256('adopted'))).blocks * 512;
    assert.ok(onDiskBytes >= 7);
    assert.equal(store.remove(sha256('adopted')), onDiskBytes);
    assert.equal(store.remove(sha256('adopted')), 0);
  });

  it('takes a large blob out of sight at once and deletes it afterwards', async () => {
    const bytes = Buffer.alloc(8 * 2 ** 20, 'x');
    const digest = store.put(bytes);
    assert.ok(store.remove(digest) >= bytes.length);
    assert.ok(!store.has(digest));
    await store.settled();
    assert.deepEqual(
      readdirSync(join(dir, 'ingest')).filter((name) => name.startsWith('tmp-')),
      [],
    );
  });
});
