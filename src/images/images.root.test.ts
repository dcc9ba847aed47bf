import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { isHakoError, sha256 } from '#base';
import { archiveOf, streamOf } from '#system/rootfs';
import { bzip2, xz } from './testing/compress.ts';
import { openFixture, type StoreFixture } from './testing/store-fixture.ts';

/** Folders that every container has, whatever its image. */
const MOUNT_POINTS = ['dev', 'etc', 'proc', 'sys'];

describe('image store', () => {
  let fixture: StoreFixture;
  before(async () => {
    fixture = await openFixture();
  });
  after(() => fixture[Symbol.asyncDispose]());
  const refuses = (work: Promise<unknown> | (() => unknown), code: string, message: RegExp) =>
    assert.rejects(
      async () => (typeof work === 'function' ? work() : work),
      (error) => isHakoError(error) && error.code === code && message.test(error.message),
    );
  const blobs = () => readdirSync(join(fixture.dir, 'root/content/blobs/sha256'));
  const layers = () => readdirSync(join(fixture.dir, 'root/snapshots')).filter((name) => name !== 'base');

  it('imports a root file system with changes and finds it by every kind of reference', async () => {
    const { images } = fixture;
    const image = await fixture.importFiles(
      { reference: 'app', message: 'hi', changes: ['CMD ["x"]', 'ENV A=1'] },
      'etc/',
      { name: 'etc/f', body: 'x' },
    );
    assert.deepEqual(image.config.config, { Cmd: ['x'], Env: ['A=1'] });
    assert.equal(image.config.history?.[0]?.comment, 'hi');
    assert.deepEqual(image.tags, ['docker.io/library/app:latest']);
    assert.equal(image.sizeBytes, 1);
    const hex = image.id.slice('sha256:'.length);
    for (const reference of [
      'app',
      'app:latest',
      'docker.io/library/app',
      image.id,
      hex,
      hex.slice(0, 12),
      `sha256:${hex.slice(0, 5)}`,
    ]) {
      assert.equal(images.get(reference).id, image.id, reference);
    }
    await refuses(() => images.get('nope'), 'not_found', /^No such image: nope:latest$/);
    await refuses(() => images.get('0123456789'), 'not_found', /No such image/);
    await refuses(() => images.get('BAD'), 'invalid', /lowercase/);
    await refuses(
      () => images.get('app', { platform: 'linux/s390x' }),
      'not_found',
      /does not provide the specified platform \(linux\/s390x\)/,
    );
  });

  it('imports every compression to the same layer', async () => {
    const tar = archiveOf({ name: 'same', body: 'y'.repeat(5000) });
    const inputs = { plain: tar, gzip: gzipSync(tar), zstd: zstdCompressSync(tar), xz: xz(tar), bzip2: bzip2(tar) };
    const before = layers().length;
    for (const [name, bytes] of Object.entries(inputs)) {
      const image = await fixture.images.importRootfs(streamOf(bytes), { reference: `comp:${name}` });
      assert.deepEqual(image.config.rootfs.diff_ids, [sha256(tar)]);
      if (name === 'gzip' || name === 'zstd')
        assert.ok(
          fixture.images.store.images.blobsOf(image.id).includes(sha256(bytes)),
          `${name} is stored as it came`,
        );
    }
    assert.equal(layers().length, before + 1, 'one copy on disk');
  });

  it('checks names and changes before it reads, and leaves nothing of a bad archive', async () => {
    const before = [blobs().length, layers().length];
    await refuses(fixture.importFiles({ reference: 'BAD' }, 'f'), 'invalid', /lowercase/);
    await refuses(fixture.importFiles({ changes: ['RUN x'] }, 'f'), 'invalid', /not a valid change command/);
    await refuses(fixture.importFiles({ platform: '//' }, 'f'), 'invalid', /invalid platform/);
    await refuses(fixture.importFiles({}, { name: '../../f' }), 'invalid', /leads out/);
    await refuses(
      fixture.images.importRootfs(streamOf(Buffer.from('<html>'.repeat(200))), {}),
      'invalid',
      /not a tar archive/,
    );
    await refuses(
      fixture.images.importRootfs(streamOf(xz(archiveOf('f')).subarray(0, 70)), {}),
      'invalid',
      /xz archive is damaged/,
    );
    assert.deepEqual([blobs().length, layers().length], before);
    assert.deepEqual(readdirSync(join(fixture.dir, 'root/content/ingest')), []);
  });

  it('tags, untags, and deletes with the last name; shared layers stay', async () => {
    const { images } = fixture;
    const image = await fixture.importFiles({ reference: 'rm:1' }, { name: 'rm', body: 'unique' });
    images.tag('rm:1', 'other/name:2');
    assert.deepEqual(images.get('rm:1').tags, ['docker.io/library/rm:1', 'docker.io/other/name:2']);
    await refuses(
      images.remove(image.id, {}),
      'conflict',
      /must be forced\) - image is referenced in multiple repositories/,
    );
    assert.deepEqual(await images.remove('rm:1', {}), [{ untagged: 'rm:1', id: image.id }]);
    assert.deepEqual(await images.remove('other/name:2', {}), [
      { untagged: 'other/name:2', id: image.id },
      { deleted: image.id },
      { layer: image.config.rootfs.diff_ids[0] },
    ]);
    await refuses(images.remove('rm:1', {}), 'not_found', /No such image: rm:1/);
    assert.ok(!blobs().includes(image.id.slice(7)));
  });

  it('keeps an image and its layers while a container needs them', async () => {
    const { images } = fixture;
    const image = await fixture.importFiles({ reference: 'used' }, { name: 'used', body: 'unique2' });
    images.setUsedBy((id) => (id === image.id ? ['c'.repeat(64)] : []));
    await refuses(
      images.remove('used', {}),
      'conflict',
      /unable to remove repository reference "used" \(must force\) - container cccccccccccc is using/,
    );
    await refuses(images.remove(image.id, {}), 'conflict', /must be forced\) - container/);
    images.snapshots.prepare('user', image, {});
    assert.deepEqual(await images.remove('used', { force: true }), [{ untagged: 'used:latest', id: image.id }]);
    assert.equal((await images.prune({ all: true, filter: ({ id }) => id === image.id })).removed.length, 0);
    images.setUsedBy(() => []);
    assert.deepEqual(await images.remove(image.id, {}), [{ deleted: image.id }]);
    assert.equal(
      readFileSync(join(images.snapshots.mount('user'), 'used'), 'utf8'),
      'unique2',
      'the container still has its files',
    );
    await images.snapshots.remove('user');
    await images.prune({ all: false });
    assert.ok(!existsSync(join(fixture.dir, 'root/containers-rw/user')));
  });

  it('prunes what has no name, or everything that is unused', async () => {
    const { images } = fixture;
    const dangling = await fixture.importFiles({}, { name: 'dangling', body: 'z' });
    const report = await images.prune({ all: false });
    assert.deepEqual(report.removed, [{ deleted: dangling.id }, { layer: dangling.config.rootfs.diff_ids[0] }]);
    assert.ok(report.reclaimedBytes > 0 && report.reclaimedBytes % 512 === 0, 'bytes on disk');
    await images.prune({ all: true });
    assert.deepEqual([images.list().length, blobs().length, layers().length], [0, 0, 0]);
  });

  it('commits a container: additions, deletions, opaque folders, through the mapping', async () => {
    const { images } = fixture;
    const base = await fixture.importFiles(
      { reference: 'base' },
      'd/',
      { name: 'd/old', body: 'o' },
      { name: 'gone', body: 'g', uid: 5 },
    );
    for (const [key, mapping] of [
      ['plain', undefined],
      ['mapped', { hostId: 200_000, size: 65_536 }],
    ] as const) {
      images.snapshots.prepare(key, base, mapping === undefined ? {} : { mapping });
      const root = images.snapshots.mount(key);
      rmSync(join(root, 'gone'));
      rmSync(join(root, 'd'), { recursive: true });
      mkdirSync(join(root, 'd'));
      writeFileSync(join(root, 'd/new'), 'new');
      for (const path of ['d', 'd/new'])
        chownSync(join(root, path), 7 + (mapping?.hostId ?? 0), 7 + (mapping?.hostId ?? 0));
      const changes = await images.snapshots.changes(key);
      assert.deepEqual(changes, [
        { path: '/d', kind: 'modified' },
        { path: '/d/new', kind: 'added' },
        { path: '/gone', kind: 'deleted' },
      ]);
      const image = await images.commit(key, base, {
        reference: `child:${key}`,
        author: 'me',
        comment: 'c',
        config: { Cmd: ['run', 'it'] },
      });
      assert.deepEqual(
        [image.parent, image.config.author, image.config.history?.at(-1)?.created_by],
        [base.id, 'me', 'run it'],
      );
      await images.snapshots.remove(key);
      images.snapshots.prepare('again', image, {});
      const merged = images.snapshots.mount('again');
      const own = readdirSync(merged).filter((name) => !MOUNT_POINTS.includes(name));
      assert.deepEqual([own, readdirSync(join(merged, 'd'))], [['d'], ['new']]);
      assert.equal(statSync(join(merged, 'd/new')).uid, 7, 'ids are the container’s own');
      await images.snapshots.remove('again');
    }
    assert.equal(images.get('child:plain').config.rootfs.diff_ids.length, 2);
  });

  it('tells shared bytes from those that an image has for itself', async () => {
    const { images } = fixture;
    const base = await fixture.importFiles({ reference: 'lower' }, { name: 'shared', body: 'lower' });
    images.snapshots.prepare('upper', base, {});
    writeFileSync(join(images.snapshots.mount('upper'), 'own'), 'own');
    const child = await images.commit('upper', base, { config: {} });
    await images.snapshots.remove('upper');
    const { perImage } = await images.diskUsage();
    assert.deepEqual(perImage.get(base.id), { sharedBytes: 5, uniqueBytes: 0 });
    assert.deepEqual(perImage.get(child.id), { sharedBytes: 5, uniqueBytes: 3 });
  });

  it('commits no layer where nothing changed', async () => {
    const { images } = fixture;
    const base = images.get('base');
    images.snapshots.prepare('same', base, {});
    const image = await images.commit('same', base, { config: {} });
    assert.deepEqual(image.config.rootfs, base.config.rootfs);
    assert.equal(image.config.history?.at(-1)?.empty_layer, true);
    await images.snapshots.remove('same');
  });
});
