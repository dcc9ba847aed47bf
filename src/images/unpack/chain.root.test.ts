import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Digest, isHakoError, sha256 } from '#base';
import { archiveOf, type EntryWithBody } from '#system/rootfs';
import { topChainId } from '../layout/layers.ts';
import { openFixture, type StoreFixture } from '../testing/store-fixture.ts';
import { Arrival } from './arrival.ts';
import { type ChainLayer, unpackChain } from './chain.ts';

function layersOf(fixture: StoreFixture, ...archives: (EntryWithBody | string)[][]): ChainLayer[] {
  return archives.map((entries) => {
    const tar = archiveOf(...entries);
    return { blob: fixture.images.store.content.put(gzipSync(tar)), diffId: sha256(tar) };
  });
}

/** The layer as one whose blob comes in two parts. */
function arriving({ images: { store } }: StoreFixture, entries: (EntryWithBody | string)[]): Required<ChainLayer> {
  const tar = archiveOf(...entries);
  const bytes = gzipSync(tar);
  const blob = sha256(bytes);
  const arrival = new Arrival(() => store.content.openIngest(blob));
  const fetch = async () => {
    await using ingest = await store.content.ingest(blob);
    for (const part of [bytes.subarray(0, 20), bytes.subarray(20)]) {
      await ingest.write(part);
      arrival.grew(ingest.offset);
      await delay(100);
    }
    await ingest.commit({ digest: blob });
  };
  return { blob, diffId: sha256(tar), arrival, ready: arrival.follow(fetch()) };
}

/** Mode and owner of a path in the merged layers. */
function look(fixture: StoreFixture, layers: readonly ChainLayer[], ...paths: string[]): string[] {
  const { store } = fixture.images;
  const top = store.layers.chain(topChainId(layers.map(({ diffId }) => diffId)))[0];
  const root = store.layerDirs.pathOf(top?.snapshot ?? '');
  return paths.map((path) => {
    const { mode, uid, gid } = lstatSync(join(root, path));
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  });
}

describe('unpackChain', () => {
  const hidden = { name: 'a/', mode: 0o1700, uid: 3, gid: 4 };

  it('gives folders that a layer leaves out what the layers below say, whatever is done first', async () => {
    for (const lateIndex of [-1, 0, 1, 2]) {
      await using fixture = await openFixture();
      using lease = fixture.images.store.content.lease();
      const layers = layersOf(
        fixture,
        [hidden, { name: 'a/b/', mode: 0o711, uid: 5, gid: 5 }, { name: 'f', body: 'x' }],
        ['.wh.f', { name: 'c/', mode: 0o750, uid: 9, gid: 9 }],
        ['a/b/new', 'c/new', 'f/new', 'own/x', { name: 'own/', mode: 0o700, uid: 1, gid: 1 }, 'fresh/x'],
      );
      const slow = layers.map((layer, index) => (index === lateIndex ? { ...layer, ready: delay(250) } : layer));
      await unpackChain(fixture.images.store.unpacker, slow, lease);
      assert.deepEqual(
        look(fixture, layers, 'a', 'a/b', 'c', 'f', 'own', 'fresh'),
        ['1700 3:4', '711 5:5', '750 9:9', '755 0:0', '700 1:1', '755 0:0'],
        `layer ${lateIndex} is late`,
      );
    }
  });

  it('does so for a layer that was unpacked as it came, before those below', async () => {
    await using fixture = await openFixture();
    using lease = fixture.images.store.content.lease();
    const top = arriving(fixture, ['a/b/new', 'c/new']);
    const [below] = layersOf(fixture, [hidden, { name: 'a/b/', mode: 0o711, uid: 5, gid: 5 }]);
    assert.ok(below);
    const layers = [{ ...below, ready: top.ready.then(() => delay(50)) }, top];
    await unpackChain(fixture.images.store.unpacker, layers, lease);
    assert.deepEqual(look(fixture, layers, 'a', 'a/b', 'c'), ['1700 3:4', '711 5:5', '755 0:0']);
  });

  it('unpacks again what leaves out too many folders to note them', async () => {
    await using fixture = await openFixture();
    using lease = fixture.images.store.content.lease();
    const names = Array.from({ length: 1100 }, (_, index) => `d${index}`);
    const layers = layersOf(
      fixture,
      names.map((name) => ({ name: `${name}/`, mode: 0o700, uid: 7 })),
      names.map((name) => `${name}/x`),
    );
    const late = layers.map((layer, index) => (index === 0 ? { ...layer, ready: delay(300) } : layer));
    await unpackChain(fixture.images.store.unpacker, late, lease);
    assert.deepEqual(look(fixture, layers, 'd0', 'd1099'), ['700 7:0', '700 7:0']);
  });

  it('makes nothing known above a layer that fails, and leaves nothing', async () => {
    await using fixture = await openFixture();
    const { store } = fixture.images;
    const layers = layersOf(fixture, ['a'], ['b'], ['c'], ['d']);
    const forged = layers.map((layer, index) => (index === 1 ? { ...layer, diffId: sha256('other') } : layer));
    {
      using lease = store.content.lease();
      await assert.rejects(
        unpackChain(store.unpacker, forged, lease),
        (error) => isHakoError(error, 'invalid') && /damaged or forged/.test(error.message),
      );
      assert.ok(store.layers.all().length <= 1);
    }
    store.collector.collectLayers();
    assert.deepEqual(readdirSync(join(fixture.dir, 'root/snapshots')), ['base']);
  });

  it('ends when it is told to, and when a blob does not come', async () => {
    await using fixture = await openFixture();
    const { store } = fixture.images;
    using lease = store.content.lease();
    const layers = layersOf(fixture, ['a'], ['b']);
    const never = layers.map((layer, index) =>
      index === 0 ? { ...layer, ready: Promise.reject(new Error('gone')) } : layer,
    );
    await assert.rejects(unpackChain(store.unpacker, never, lease), /gone/);
    const abort = new AbortController();
    abort.abort(new Error('told'));
    await assert.rejects(unpackChain(store.unpacker, layers, lease, { signal: abort.signal }));
    assert.deepEqual(store.layers.all(), []);
  });

  it('lets several images that share layers be unpacked at once', async () => {
    await using fixture = await openFixture();
    const { store } = fixture.images;
    using lease = store.content.lease();
    const shared = layersOf(fixture, ['a'], ['b'], ['c']);
    const one = [...shared, ...layersOf(fixture, ['one'])];
    const two = [...shared, ...layersOf(fixture, ['two'])];
    await Promise.all([one, two, one].map((layers) => unpackChain(store.unpacker, layers, lease)));
    assert.equal(store.layers.all().length, 5);
    const chain = (layers: ChainLayer[]): Digest | undefined => topChainId(layers.map(({ diffId }) => diffId));
    assert.equal(store.layers.chain(chain(one)).length, 4);
  });
});
