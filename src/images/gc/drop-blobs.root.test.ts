import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Digest, isHakoError, sha256 } from '#base';
import { archiveOf, streamOf } from '#system/rootfs';
import { openFixture, type StoreFixture } from '../testing/store-fixture.ts';
import { planDrops } from './drop-blobs.ts';

const tar = archiveOf('d/', { name: 'd/f', body: 'content '.repeat(9000) }, { name: 'g', body: 'short' });
/** Two members: nobody compresses so that we know. */
const foreign = Buffer.concat([gzipSync(tar.subarray(0, 512)), gzipSync(tar.subarray(512))]);

function layerOf(fixture: StoreFixture, id: Digest): Digest {
  const { images } = fixture.images.store;
  const manifest = JSON.parse(String(fixture.images.store.content.read(images.manifestOf(id) ?? id)));
  return manifest.layers[0].digest;
}

describe('blobs of unpacked layers', () => {
  it('go where they can be made again, and come back bit for bit when the image is saved', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked' });
    const { images } = fixture;
    const inputs = { plain: tar, gzip: gzipSync(tar, { level: 7 }), zstd: zstdCompressSync(tar), foreign };
    const before = new Map<string, Buffer>();
    for (const [name, bytes] of Object.entries(inputs)) {
      await images.importRootfs(streamOf(bytes), { reference: name });
      before.set(name, await buffer(await images.save([name], {})));
    }
    await images.maintenance.dropper.run();
    const stored = Object.fromEntries(
      Object.keys(inputs).map((name) => [name, images.store.content.has(layerOf(fixture, images.get(name).id))]),
    );
    assert.deepEqual(stored, { plain: false, gzip: false, zstd: false, foreign: true });
    await fixture.reopen();
    for (const [name, bytes] of before)
      assert.equal(sha256(await buffer(await fixture.images.save([name], {}))), sha256(bytes), name);
    await fixture.images.maintenance.dropper.run();
    assert.ok(!fixture.images.store.content.has(layerOf(fixture, fixture.images.get('gzip').id)), 'and go again');
    await fixture.images.prune({ all: true });
    assert.deepEqual(readdirSync(join(fixture.dir, 'root/content/blobs/sha256')), []);
  });

  it('stay while somebody holds them', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked' });
    const { images } = fixture;
    const { store, maintenance } = images;
    const image = await images.importRootfs(streamOf(tar), { reference: 'x' });
    const blob = layerOf(fixture, image.id);
    store.pins.pin('registry', [blob]);
    await maintenance.dropper.run();
    assert.ok(store.content.has(blob), 'pinned');
    store.pins.unpin('registry');
    {
      using lease = store.content.lease();
      lease.hold(blob);
      await maintenance.dropper.run();
      assert.ok(store.content.has(blob), 'leased');
    }
    await maintenance.dropper.run();
    assert.ok(!store.content.has(blob));
  });

  it('are made from a layer that stays for them when its own image goes', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked' });
    const { images } = fixture;
    const first = await images.importRootfs(streamOf(tar), { reference: 'first', message: 'one' });
    const second = await images.importRootfs(streamOf(tar), { reference: 'second', message: 'two' });
    const blob = layerOf(fixture, first.id);
    assert.equal(layerOf(fixture, second.id), blob);
    await images.maintenance.dropper.run();
    await images.remove('first', {});
    assert.ok((await buffer(await images.save(['second'], {}))).length > tar.length / 10);
  });

  it('are not needed for a commit, nor loaded twice', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked' });
    const { images } = fixture;
    const base = await images.importRootfs(streamOf(tar), { reference: 'base' });
    const saved = await buffer(await images.save(['base'], {}));
    await images.maintenance.dropper.run();
    images.snapshots.prepare('c', base, {});
    writeFileSync(join(images.snapshots.mount('c'), 'new'), 'new');
    const child = await images.commit('c', base, { config: {}, reference: 'child' });
    await images.snapshots.remove('c');
    assert.equal(child.config.rootfs.diff_ids.length, 2);
    await images.load(streamOf(saved), {});
    await images.maintenance.dropper.run();
    assert.ok(!images.store.content.has(layerOf(fixture, base.id)));
  });

  it('get a new manifest where the compressor has changed with an update', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked' });
    const { images } = fixture;
    const { store } = images;
    const image = await images.importRootfs(streamOf(gzipSync(tar, { level: 9 })), { reference: 'x' });
    const blob = layerOf(fixture, image.id);
    await images.maintenance.dropper.run();
    const recipe = store.recipes.find(blob);
    assert.ok(recipe);
    store.recipes.set({ ...recipe, compressor: { format: 'gzip', level: 1, memLevel: 8, header: 'H4sIAAAAAAAAAw==' } });
    const saved = await buffer(await images.save(['x'], {}));
    assert.notEqual(layerOf(fixture, image.id), blob);
    await images.prune({ all: true });
    const [loaded] = await images.load(streamOf(saved), {});
    assert.equal(loaded?.image.id, image.id, 'the image is the same');
  });

  it('are not made of files that were changed from outside', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked' });
    const { images } = fixture;
    const image = await images.importRootfs(streamOf(tar), { reference: 'x' });
    await images.maintenance.dropper.run();
    const [layer] = images.store.layers.all();
    assert.ok(layer && image);
    writeFileSync(join(images.store.layerDirs.pathOf(layer.snapshot), 'd/f'), 'Content '.repeat(9000));
    await assert.rejects(
      images.save(['x'], {}),
      (error) => isHakoError(error, 'failed_precondition') && /changed from outside/.test(error.message),
    );
  });
});

describe('planDrops', () => {
  it('drops what is proved, proves what is new, and comes back for what is leased', () => {
    const blob = (letter: string, more: object) => ({ digest: sha256(letter), chainId: sha256('chain'), ...more });
    const plan = planDrops([
      blob('proved', { isRemakeable: true }),
      blob('new', {}),
      blob('hopeless', { isRemakeable: false }),
      blob('pinned', { isRemakeable: true, heldBy: 'pin' }),
    ]);
    assert.deepEqual(plan, {
      drop: [sha256('proved')],
      prove: [{ digest: sha256('new'), chainId: sha256('chain') }],
      isToBeRepeated: false,
    });
    assert.deepEqual(planDrops([blob('leased', { heldBy: 'lease' })]), { drop: [], prove: [], isToBeRepeated: true });
  });
});
