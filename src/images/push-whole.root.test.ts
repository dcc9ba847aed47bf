import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sha256 } from '#base';
import { FakeRegistry } from './remote/testing/fake-registry.ts';
import { collector } from './remote/testing/remote-fixture.ts';
import { openFixture } from './testing/store-fixture.ts';

describe('push of an image whose blobs were let go', () => {
  it('sends the same blobs and manifest as before, by one tag and by all', async () => {
    await using fixture = await openFixture({ keepBlobs: 'until-unpacked', remote: { certsDirs: [] } });
    await using registry = await FakeRegistry.start();
    const name = `${registry.host}/app:1`;
    const { images } = fixture;
    await fixture.importFiles({ reference: name }, { name: 'f', body: 'text '.repeat(50_000) });
    await images.push(name, {});
    const before = sha256(registry.manifests.get('app 1')?.bytes ?? '');
    for (const allTags of [false, true]) {
      await images.maintenance.dropper.run();
      const layers = images.store.recipes.remakeable().map(({ digest }) => digest);
      assert.deepEqual(
        layers.map((digest) => images.store.content.has(digest)),
        [false],
      );
      registry.blobs.clear();
      registry.manifests.clear();
      await images.push(allTags ? `${registry.host}/app` : name, { allTags });
      assert.equal(sha256(registry.manifests.get('app 1')?.bytes ?? ''), before);
      for (const digest of layers) assert.equal(sha256(registry.blobs.get(digest) ?? ''), digest);
    }
    await images.maintenance.dropper.run();
    assert.equal(images.store.recipes.remakeable().filter(({ digest }) => images.store.content.has(digest)).length, 0);
    const again = collector();
    await images.push(name, again);
    assert.ok(again.lines.some((line) => line.endsWith(' Layer already exists')));
    assert.equal(
      images.store.recipes.remakeable().filter(({ digest }) => images.store.content.has(digest)).length,
      0,
      'what the registry has is not made again',
    );
    const image = await images.pull(name, {});
    assert.deepEqual(image.tags, [name]);
  });
});
