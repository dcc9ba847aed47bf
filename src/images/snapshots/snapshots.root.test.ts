import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isHakoError, sha256 } from '#base';
import { mount, mountsUnder, unmount } from '#system';
import { callWorker } from '#system/rootfs';
import type { Image } from '../contract.ts';
import { chainIdOf } from '../layout/layers.ts';
import { openFixture, type StoreFixture } from '../testing/store-fixture.ts';

/** Folders that every container has, whatever its image. */
const MOUNT_POINTS = ['dev', 'etc', 'proc', 'sys'];

describe('snapshots', () => {
  let fixture: StoreFixture;
  let base: Image;
  before(async () => {
    fixture = await openFixture();
    chmodSync(fixture.dir, 0o711);
    base = await fixture.importFiles(
      { reference: 'base' },
      { name: './', mode: 0o711, uid: 3 },
      'd/',
      { name: 'd/f', body: 'lower', uid: 33 },
      { name: 'link', type: 'hardlink', linkName: 'd/f' },
    );
  });
  after(() => fixture[Symbol.asyncDispose]());

  /** An image of `count` layers, each with a file of its own, made without a worker. */
  function manyLayers(count: number): Image {
    const { store } = fixture.images;
    let parent: ReturnType<typeof sha256> | undefined;
    const diffIds = Array.from({ length: count }, (_, index) => {
      const diffId = sha256(`layer ${index} of ${count}`);
      const snapshot = store.layerDirs.create();
      writeFileSync(join(store.layerDirs.pathOf(snapshot), `f${index}`), String(index));
      writeFileSync(join(store.layerDirs.pathOf(snapshot), 'same'), String(index));
      const chainId = chainIdOf(parent, diffId);
      store.layers.insert({ chainId, parent, diffId, snapshot, contentBytes: 2 });
      parent = chainId;
      return diffId;
    });
    return { ...base, config: { ...base.config, rootfs: { type: 'layers', diff_ids: diffIds } } };
  }

  it('mounts an image of 130 layers, and of 300', async () => {
    for (const count of [130, 300]) {
      fixture.images.snapshots.prepare('many', manyLayers(count), {});
      const root = fixture.images.snapshots.mount('many');
      assert.equal(readdirSync(root).length, count + 1 + MOUNT_POINTS.length);
      assert.equal(readFileSync(join(root, 'same'), 'utf8'), String(count - 1), 'the topmost layer wins');
      await fixture.images.snapshots.remove('many');
    }
  });

  it('says when overlayfs cannot take so many layers', () => {
    fixture.images.snapshots.prepare('too-many', manyLayers(600), {});
    assert.throws(
      () => fixture.images.snapshots.mount('too-many'),
      (error) => isHakoError(error, 'unsupported') && /600 layers/.test(error.message),
    );
    return fixture.images.snapshots.remove('too-many');
  });

  it('shares layers between containers and keeps their changes apart', async () => {
    const { snapshots } = fixture.images;
    for (const key of ['one', 'two']) snapshots.prepare(key, base, {});
    const [one, two] = [snapshots.mount('one'), snapshots.mount('two')];
    writeFileSync(join(one, 'd/f'), 'changed');
    rmSync(join(one, 'link'));
    assert.equal(readFileSync(join(two, 'd/f'), 'utf8'), 'lower');
    assert.equal(readFileSync(join(two, 'link'), 'utf8'), 'lower');
    assert.deepEqual(await snapshots.changes('one'), [
      { path: '/d', kind: 'modified' },
      { path: '/d/f', kind: 'modified' },
      { path: '/link', kind: 'deleted' },
    ]);
    assert.deepEqual(await snapshots.changes('two'), []);
    assert.equal(await snapshots.usageBytes('one'), 'changed'.length);
    for (const key of ['one', 'two']) await snapshots.remove(key);
  });

  it('gives the root folder the owner and mode of the image’s', async () => {
    const { snapshots } = fixture.images;
    snapshots.prepare('attr', base, {});
    const stat = statSync(snapshots.mount('attr'));
    assert.deepEqual([stat.mode & 0o7777, stat.uid], [0o711, 3]);
    await snapshots.remove('attr');
  });

  it('shows a mapped container its files under its own ids, and no other user of the host at all', async () => {
    const { snapshots } = fixture.images;
    const mapping = { hostId: 300_000, size: 65_536 };
    snapshots.prepare('mapped', base, { mapping });
    const mounts = mountsUnder(fixture.dir).length;
    const root = snapshots.mount('mapped');
    assert.equal(mountsUnder(fixture.dir).length, mounts + 1, 'the idmapped view is gone again');
    assert.deepEqual(
      [statSync(root).uid, statSync(join(root, 'd')).uid, statSync(join(root, 'd/f')).uid],
      [300_003, 300_000, 300_033],
    );
    writeFileSync(join(root, 'd/f'), 'changed');
    assert.equal(statSync(join(root, 'd/f')).uid, 300_033, 'copied up under the mapped id');
    chownSync(join(root, 'd/f'), 300_034, 300_034);
    const keyDir = join(root, '..');
    assert.deepEqual([statSync(keyDir).mode & 0o777, statSync(keyDir).gid], [0o710, 300_000]);
    assert.throws(() => execFileSync('/bin/ls', [join(root, 'd')], { uid: 1000, gid: 1000, stdio: 'ignore' }));
    execFileSync('/bin/ls', [join(root, 'd')], { uid: 300_000, gid: 300_000, stdio: 'ignore' });
    await snapshots.remove('mapped');
  });

  it('keeps host users away from setuid programs of images and containers', async () => {
    const { snapshots } = fixture.images;
    snapshots.prepare('suid', base, {});
    const root = snapshots.mount('suid');
    const layer = snapshots.paths('suid').lowerDirs[0] ?? '';
    for (const path of [root, snapshots.paths('suid').upperDir, layer]) {
      assert.throws(() => execFileSync('/bin/ls', [path], { uid: 1000, gid: 1000, stdio: 'ignore' }), path);
    }
    await snapshots.remove('suid');
  });

  it('can be prepared, mounted, unmounted and removed again and again', async () => {
    const { snapshots } = fixture.images;
    for (const volatile of [false, true]) {
      snapshots.prepare('again', base, { volatile });
      snapshots.prepare('again', base, { volatile });
      for (let round = 0; round < 3; round++) {
        const root = snapshots.mount('again');
        assert.equal(snapshots.mount('again'), root);
        if (round === 0) writeFileSync(join(root, 'kept'), 'x');
        assert.equal(readFileSync(join(root, 'kept'), 'utf8'), 'x');
        if (round === 1) await snapshots.release('again');
        else snapshots.unmount('again');
        snapshots.unmount('again');
        assert.deepEqual(readdirSync(root), []);
      }
      await snapshots.remove('again');
      await snapshots.remove('again');
      assert.ok(!snapshots.keys().includes('again'));
      assert.throws(
        () => snapshots.mount('again'),
        (error) => isHakoError(error, 'not_found'),
      );
    }
  });

  it('shows the files read-only beside a running container, and to a worker that mounts them itself', async () => {
    const { snapshots } = fixture.images;
    const mapping = { hostId: 300_000, size: 65_536 };
    const kinds = { plain: {}, volatile: { volatile: true }, mapped: { mapping } };
    for (const [key, options] of Object.entries(kinds)) {
      snapshots.prepare(key, base, options);
      const root = snapshots.mount(key);
      writeFileSync(join(root, 'd/f'), 'changed');
      rmSync(join(root, 'link'));
      const point = join(fixture.dir, `view-${key}`);
      mkdirSync(point);
      mount(snapshots.viewOf(key), point);
      assert.deepEqual(
        [readdirSync(point).sort(), readFileSync(join(point, 'd/f'), 'utf8')],
        [['d', ...MOUNT_POINTS], 'changed'],
      );
      assert.equal(statSync(join(point, 'd/f')).uid, 33 + (key === 'mapped' ? 300_000 : 0));
      assert.throws(() => writeFileSync(join(point, 'x'), ''), /EROFS/);
      unmount(point);
      await snapshots.release(key);
      for (let round = 0; round < 2; round++) {
        const confinement = { kind: 'mounts', root: snapshots.mountOf(key), mountPoint: point, volumes: [] } as const;
        assert.equal((await callWorker('stat', { ...confinement, volumes: [] }, { path: '/d/f' })).size, 7);
      }
      assert.equal(readFileSync(join(snapshots.mount(key), 'd/f'), 'utf8'), 'changed');
      await snapshots.remove(key);
    }
  });

  it('serves a container without an image', async () => {
    const { snapshots } = fixture.images;
    snapshots.prepare('empty', undefined, {});
    const root = snapshots.mount('empty');
    assert.deepEqual(readdirSync(root), MOUNT_POINTS);
    writeFileSync(join(root, 'f'), 'x');
    assert.deepEqual(await snapshots.changes('empty'), [{ path: '/f', kind: 'added' }]);
    await snapshots.remove('empty');
  });

  it('removes what a busy or hostile container left: open files, endless paths, links to the host', async () => {
    const { snapshots } = fixture.images;
    snapshots.prepare('hostile', base, {});
    const root = snapshots.mount('hostile');
    const deep =
      'chdir $ARGV[0]; for (1..40) { mkdir "d" x 200; chdir "d" x 200 or die } open(my $end, ">", "end") or die';
    execFileSync('perl', ['-e', deep, root]);
    mkdirSync(join(fixture.dir, 'host'));
    writeFileSync(join(fixture.dir, 'host/precious'), 'x');
    symlinkSync(join(fixture.dir, 'host'), join(root, 'host'));
    linkSync(join(root, 'd/f'), join(root, 'd/g'));
    const cwd = process.cwd();
    process.chdir(root);
    await snapshots.remove('hostile');
    process.chdir(cwd);
    assert.ok(!existsSync(root) && existsSync(join(fixture.dir, 'host/precious')));
    await fixture.reopen();
    await fixture.reopen();
    assert.deepEqual(readdirSync(join(fixture.dir, 'root/trash')), []);
  });

  it('stays mounted over a restart, and knows it', async () => {
    fixture.images.snapshots.prepare('running', base, {});
    const root = fixture.images.snapshots.mount('running');
    writeFileSync(join(root, 'live'), 'x');
    const images = await fixture.reopen();
    assert.equal(images.snapshots.mount('running'), root);
    assert.equal(readFileSync(join(root, 'live'), 'utf8'), 'x');
    await images.snapshots.remove('running');
  });

  it('refuses keys that are paths', () => {
    for (const key of ['', '../x', 'a/b', '.', '..', 'x'.repeat(200)]) {
      assert.throws(
        () => fixture.images.snapshots.prepare(key, base, {}),
        (error) => isHakoError(error, 'invalid'),
        key,
      );
    }
  });
});
