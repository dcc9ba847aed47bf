/** Images of several platforms of which only some are here, on their way through pull, save, load, push and copy. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Digest, isHakoError, sha256 } from '#base';
import { streamOf } from '#system/rootfs';
import { copyImage } from './remote/copy/copy.ts';
import type { FakeRegistry } from './remote/testing/fake-registry.ts';
import { noise, openRemote } from './remote/testing/remote-fixture.ts';
import { openFixture, type StoreFixture } from './testing/store-fixture.ts';
import { MediaType } from './unpack/media-types.ts';

const ARCHES = ['amd64', 'arm64'] as const;
const REMOTE = { certsDirs: [] };
const COPY = { credentialsFor: async () => undefined, settings: REMOTE };

/** `app:1` for amd64 and arm64; answers the digests of the index and of the manifests. */
function addIndex(registry: FakeRegistry) {
  const entries = ARCHES.map((architecture) => {
    const platform = { os: 'linux', architecture };
    const { manifest, digest } = registry.addImage(`app:${architecture}`, [noise(100)], platform);
    return { mediaType: MediaType.manifest, digest, size: JSON.stringify(manifest).length, platform };
  });
  const index = { schemaVersion: 2, mediaType: MediaType.index, manifests: entries, annotations: { not: 'ours' } };
  const [amd64, arm64] = entries.map(({ digest }) => digest) as [Digest, Digest];
  return { index: registry.addManifest('app:1', index, MediaType.index), amd64, arm64 };
}

async function carry(from: StoreFixture, to: StoreFixture, names: string[], platform?: string): Promise<Buffer> {
  const tar = await buffer(await from.images.save(names, platform === undefined ? {} : { platform }));
  await to.images.load(streamOf(tar), {});
  return tar;
}

const digestAt = (registry: FakeRegistry, name: string) => sha256(registry.manifests.get(name)?.bytes ?? '');
const lacks = (message: RegExp) => (error: unknown) => isHakoError(error, 'not_found') && message.test(error.message);

test('one platform of two: its manifest comes through save, load, push and copy as it was', async () => {
  await using remote = await openRemote();
  await using other = await openFixture({ remote: REMOTE });
  const { registry, store } = remote;
  const digests = addIndex(registry);
  const name = `${registry.host}/app:1`;
  for (const arch of ARCHES) {
    await store.images.pull(name, { platform: `linux/${arch}` });
    const tar = await carry(store, other, [name], `linux/${arch}`);
    const image = other.images.get(name);
    assert.equal(image.config.architecture, arch);
    assert.equal(other.images.store.images.manifestOf(image.id), digests[arch]);
    const copy = `${registry.host}/copy:${arch}`;
    other.images.tag(name, copy);
    await other.images.push(copy, {});
    assert.equal(digestAt(registry, `copy ${arch}`), digests[arch]);
    const path = join(other.dir, `${arch}.tar`);
    writeFileSync(path, tar);
    const to = `docker://${registry.host}/copied:${arch}`;
    assert.equal(await copyImage(`docker-archive:${path}`, to, COPY), digests[arch]);
    assert.deepEqual(JSON.parse(execFileSync('tar', ['-xOf', path, 'manifest.json'], { encoding: 'utf8' })).length, 1);
  }
});

test('all platforms of a name are saved: with the index that they came with', async () => {
  await using remote = await openRemote();
  await using other = await openFixture({ remote: REMOTE });
  const { registry, store } = remote;
  const { index } = addIndex(registry);
  const name = `${registry.host}/app:1`;
  for (const arch of ARCHES) await store.images.pull(name, { platform: `linux/${arch}` });
  const tar = await carry(store, other, [name]);
  for (const arch of ARCHES)
    assert.equal(other.images.get(name, { platform: `linux/${arch}` }).config.architecture, arch);
  assert.deepEqual(await buffer(await other.images.save([name], {})), tar, 'what is loaded is saved as it was');
  other.images.tag(name, `${registry.host}/back:1`);
  await other.images.push(`${registry.host}/back:1`, {});
  assert.equal(digestAt(registry, 'back 1'), index, 'the index survived');
  const path = join(other.dir, 'all.tar');
  writeFileSync(path, tar);
  assert.equal(await copyImage(`oci-archive:${path}`, `docker://${registry.host}/copied:1`, COPY), index);
  const docker = JSON.parse(execFileSync('tar', ['-xOf', path, 'manifest.json'], { encoding: 'utf8' }));
  assert.equal(docker.length, 1, 'a docker-archive knows one platform a name');
});

test('of a whole archive one platform is loaded; the others can follow, and then the index is whole again', async () => {
  await using remote = await openRemote();
  await using other = await openFixture({ remote: REMOTE });
  const { registry, store } = remote;
  const { index } = addIndex(registry);
  const name = `${registry.host}/app:1`;
  for (const arch of ARCHES) await store.images.pull(name, { platform: `linux/${arch}` });
  const tar = await buffer(await store.images.save([name], {}));
  await other.images.load(streamOf(tar), { platform: 'linux/arm64' });
  assert.deepEqual(
    other.images.list().map(({ config }) => config.architecture),
    ['arm64'],
  );
  await other.images.load(streamOf(tar), {});
  await other.images.push(name, {});
  assert.equal(digestAt(registry, 'app 1'), index);
  const { id } = other.images.get(name, { platform: 'linux/amd64' });
  const ofOne = await other.images.remove(name, { platforms: ['linux/amd64'] });
  assert.deepEqual([Object.keys(ofOne[0] ?? {}), ofOne[0]?.id], [['untagged', 'id'], id]);
  assert.deepEqual(
    other.images.list().map(({ config, tags }) => [config.architecture, tags]),
    [['arm64', [name]]],
  );
  const left = await other.images.remove(name, { platforms: ['arm64', 'linux/arm64', 'linux/arm64/v8'] });
  assert.equal(left.filter(({ untagged }) => untagged === name).length, 1, 'all three are one');
  assert.deepEqual(other.images.store.layers.all(), []);
  await other.images.prune({ all: true });
  assert.deepEqual(other.images.store.content.list(), []);
});

test('a platform that is not there is named, with those that are', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  addIndex(registry);
  const name = `${registry.host}/app:1`;
  const platform = 'linux/s390x';
  const both = /linux\/s390x.*linux\/amd64, linux\/arm64/;
  await assert.rejects(store.images.pull(name, { platform }), lacks(both));
  const target = `oci:${join(store.dir, 'layout')}`;
  await assert.rejects(copyImage(`docker://${name}`, target, { ...COPY, platform }), lacks(both));
  const single = copyImage(`docker://${registry.host}/app:arm64`, target, { ...COPY, platform });
  await assert.rejects(single, lacks(/linux\/s390x: it is for linux\/arm64 only/));
  await store.images.pull(name, { platform: 'linux/amd64' });
  const one = /linux\/s390x.*linux\/amd64/;
  await assert.rejects(store.images.save([name], { platform }), lacks(one));
  await assert.rejects(store.images.push(name, { platform }), lacks(one));
  await assert.rejects(store.images.remove(name, { platforms: ['linux/amd64', platform] }), lacks(one));
  const tar = await buffer(await store.images.save([name], {}));
  await assert.rejects(store.images.load(streamOf(tar), { platform }), lacks(one));
  assert.equal(store.images.get(name).config.architecture, 'amd64', 'nothing went');
});
