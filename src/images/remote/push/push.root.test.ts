import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError, sha256 } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import { collector, noise, openRemote } from '../testing/remote-fixture.ts';

const CHUNK_BYTES = 32 * 2 ** 20;

test('push sends config, layers and manifest, then finds them there, then mounts them into another repository', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const name = `${registry.host}/app:1`;
  const { id } = await store.importFiles({ reference: name }, { name: 'a', body: 'text' });
  const first = collector();
  await store.images.push(name, first);
  assert.match(
    first.lines.join('\n'),
    /^The push refers to repository \[.*\/app\]\n\w{12} Preparing\n\w{12} Pushing\n\w{12} Pushed\n1: digest: sha256:\w{64} size: \d+\n\{"Tag":"1"/,
  );
  const manifest = registry.manifests.get('app 1');
  assert.ok(manifest && registry.blobs.has(id));
  assert.deepEqual(store.images.get(name).repoDigests, [`${registry.host}/app@${sha256(manifest.bytes)}`]);

  const second = collector();
  await store.images.push(name, second);
  assert.ok(second.lines.some((line) => line.endsWith(' Layer already exists')));

  for (const digest of registry.blobs.keys()) registry.log.push(digest);
  store.images.tag(name, `${registry.host}/other:2`);
  registry.intercept = ({ method, url }, response) => {
    if (method !== 'HEAD' || !url?.includes('/v2/other/blobs/')) return false;
    response.writeHead(404).end();
    return true;
  };
  const third = collector();
  await store.images.push(`${registry.host}/other:2`, third);
  assert.ok(third.lines.some((line) => line.endsWith(' Mounted from app')));
});

test('a chunked push that breaks goes on in the next process where the registry has the bytes to', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const name = `${registry.host}/app:1`;
  await store.importFiles({ reference: name }, { name: 'a', body: noise(2 * CHUNK_BYTES + 1000) });
  let isDown = false;
  registry.intercept = (request, response) => {
    if (request.headers['content-range']?.startsWith(`${CHUNK_BYTES}-`)) isDown = true;
    if (isDown) response.destroy();
    return isDown;
  };
  await assert.rejects(store.images.push(name, {}), (error) => isHakoError(error, 'unavailable'));
  assert.equal(registry.manifests.size, 0);
  await store.reopen();
  registry.intercept = () => false;
  registry.log.length = 0;
  await store.images.push(name, {});
  assert.ok(!registry.log.some((line) => line.includes(' 0-')), 'the first chunk is not sent again');
  assert.ok(registry.log.some((line) => line.startsWith('PATCH') && line.includes(` ${CHUNK_BYTES}-`)));
});

test('a chunk that breaks in the middle goes on at the byte that the registry has', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const name = `${registry.host}/app:1`;
  await store.importFiles({ reference: name }, { name: 'a', body: noise(CHUNK_BYTES + 1000) });
  let breaks = 1;
  registry.intercept = (request) => {
    if (request.method === 'PATCH' && breaks-- > 0) setTimeout(() => request.destroy(), 10);
    return false;
  };
  await store.images.push(name, {});
  assert.ok(registry.manifests.has('app 1'));
});

test('an upload that the registry has forgotten begins anew', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const name = `${registry.host}/app:1`;
  await store.importFiles({ reference: name }, { name: 'a', body: noise(CHUNK_BYTES + 1000) });
  let forgets = 1;
  registry.intercept = (request, response) => {
    if (request.method !== 'PUT' || request.headers['content-range'] === undefined || forgets-- <= 0) return false;
    registry.uploads.clear();
    response.writeHead(503).end();
    return true;
  };
  await store.images.push(name, {});
  assert.ok(registry.manifests.has('app 1'));
});

test('an index that is here as a whole is pushed as it came; in part, only what is here', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const images = ['amd64', 'arm64'].map((architecture) => {
    const { manifest, digest } = registry.addImage(`app:${architecture}`, [noise(100)], { os: 'linux', architecture });
    const size = JSON.stringify(manifest).length;
    return { mediaType: MediaType.manifest, digest, size, platform: { os: 'linux', architecture } };
  });
  const index = { schemaVersion: 2, mediaType: MediaType.index, manifests: images };
  const digest = registry.addManifest('app:1', index, MediaType.index);
  const [name, copy] = [`${registry.host}/app:1`, `${registry.host}/copy:1`];
  await store.images.pull(name, { platform: 'linux/amd64' });
  store.images.tag(name, copy);
  const part = collector();
  await store.images.push(copy, part);
  assert.ok(
    part.lines.some((line) => line.startsWith('Only the platforms that are here are pushed, not the whole index')),
  );
  assert.equal(sha256(registry.manifests.get('copy 1')?.bytes ?? ''), images[0]?.digest);

  await store.images.pull(name, { platform: 'linux/arm64' });
  assert.equal(store.images.get(name, { platform: 'linux/amd64' }).config.architecture, 'amd64');
  store.images.tag(name, copy);
  await store.images.push(copy, {});
  assert.equal(sha256(registry.manifests.get('copy 1')?.bytes ?? ''), digest);
});

test('push says when there is nothing to push, and sends all tags where asked', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  await assert.rejects(store.images.push(`${registry.host}/no:1`, {}), /does not exist locally with the tag/);
  await store.importFiles({ reference: `${registry.host}/app:1` }, 'a');
  store.images.tag(`${registry.host}/app:1`, `${registry.host}/app:2`);
  await store.images.push(`${registry.host}/app`, { allTags: true });
  assert.ok(registry.manifests.has('app 1') && registry.manifests.has('app 2'));
});
