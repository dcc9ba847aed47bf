import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openFixture } from '../testing/store-fixture.ts';

/** Any disk is full enough, everything is to go, nothing is too young. */
const EVERYTHING = { highPercent: 0, lowPercent: 0, minAgeMs: 0 };

const du = (...paths: string[]) =>
  Number(
    execFileSync('du', ['-sc', '--block-size=1', ...paths], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1)
      ?.split('\t')[0],
  );

describe('image garbage collection', () => {
  it('removes what nothing needs, and keeps what containers and transfers need', async () => {
    await using fixture = await openFixture();
    const { images } = fixture;
    const used = await fixture.importFiles({ reference: 'used' }, { name: 'used', body: 'u' });
    const leased = await fixture.importFiles({ reference: 'leased' }, { name: 'leased', body: 'l' });
    await fixture.importFiles({ reference: 'free' }, { name: 'free', body: 'f' });
    images.setUsedBy((id) => (id === used.id ? ['container'] : []));
    const [blob] = images.store.images.blobsOf(leased.id);
    {
      using lease = images.store.content.lease();
      if (blob !== undefined) lease.hold(blob);
      const plan = await images.maintenance.gc.run(EVERYTHING);
      assert.equal(plan.remove.length, 1);
    }
    assert.deepEqual(
      images
        .list()
        .flatMap(({ tags }) => tags)
        .sort(),
      ['docker.io/library/leased:latest', 'docker.io/library/used:latest'],
    );
    images.setUsedBy(() => []);
    const collected: string[] = [];
    images.maintenance.gc.onCollected = (id) => collected.push(id);
    const young = await images.maintenance.gc.run({ ...EVERYTHING, minAgeMs: 60_000 });
    assert.deepEqual(young.remove, [], 'what a container had counts as used just now');
    await images.maintenance.gc.run(EVERYTHING);
    assert.deepEqual(collected.sort(), [used.id, leased.id].sort(), 'each is told of');
    assert.deepEqual([images.list(), readdirSync(join(fixture.dir, 'root/content/blobs/sha256'))], [[], []]);
  });

  it('keeps the layers of a container whose image is gone', async () => {
    await using fixture = await openFixture();
    const { images } = fixture;
    const image = await fixture.importFiles({ reference: 'x' }, { name: 'f', body: 'still here' });
    images.snapshots.prepare('c', image, {});
    const plan = await images.maintenance.gc.run(EVERYTHING);
    assert.equal(plan.remove.length, 1);
    assert.ok(readdirSync(images.snapshots.mount('c')).includes('f'));
    await images.snapshots.remove('c');
  });
});

describe('disk usage of images', () => {
  it('adds up to what du says, before and after prune', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked' });
    const { images, dir } = fixture;
    const files = Array.from({ length: 300 }, (_, index) => ({
      name: `d${index % 20}/f${index}`,
      body: 'x'.repeat(index * 50),
    }));
    const base = await fixture.importFiles({ reference: 'base' }, ...files, {
      name: 'hard',
      type: 'hardlink',
      linkName: 'd1/f1',
    });
    await fixture.importFiles({ reference: 'big' }, { name: 'big', body: 'big'.repeat(1_000_000) });
    images.snapshots.prepare('c', base, {});
    const root = images.snapshots.mount('c');
    mkdirSync(join(root, 'own'));
    writeFileSync(join(root, 'own/file'), 'y'.repeat(100_000));
    await images.commit('c', base, { reference: 'child', config: {} });
    await images.snapshots.remove('c');
    const measure = async () => {
      const { layersBytes } = await images.diskUsage();
      const real = du(join(dir, 'root/content'), join(dir, 'root/snapshots')) - du(join(dir, 'root/snapshots/base'));
      assert.ok(Math.abs(layersBytes - real) <= 4 * 4096, `reported ${layersBytes}, du says ${real}`);
      return real;
    };
    await measure();
    await images.maintenance.dropper.run();
    const before = await measure();
    const { reclaimedBytes } = await images.prune({
      all: true,
      filter: ({ tags }) => tags.some((tag) => tag.includes('big')),
    });
    const after = await measure();
    assert.ok(Math.abs(before - after - reclaimedBytes) <= 4096, `freed ${before - after}, reported ${reclaimedBytes}`);
    await images.prune({ all: true });
    await measure();
  });
});
