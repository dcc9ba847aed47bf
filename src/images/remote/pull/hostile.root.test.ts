/** Images that are to exhaust us: refused with a clear error, and nothing of them stays. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Digest, isHakoError, sha256 } from '#base';
import { encodeEntry } from '#system/rootfs';
import { MediaType } from '../../unpack/media-types.ts';
import type { FakeRegistry } from '../testing/fake-registry.ts';
import { openRemote, type RemoteFixture } from '../testing/remote-fixture.ts';

const MIB = 2 ** 20;
/** A document of 4 MiB is read at once, and a million empty objects take more than their text. */
const GROWTH_BYTES = 192 * MIB;

/** Puts an image with this one layer there, whatever the layer is. */
function addImage(registry: FakeRegistry, layer: Buffer, diffId: Digest = sha256('never')): void {
  const document = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } };
  const config = Buffer.from(JSON.stringify(document));
  registry.addManifest('app:1', {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: { mediaType: MediaType.config, digest: registry.addBlob(config), size: config.length },
    layers: [{ mediaType: `${MediaType.layer}+gzip`, digest: registry.addBlob(layer), size: layer.length }],
  });
}

async function assertRefused({ store, registry }: RemoteFixture, message: RegExp): Promise<void> {
  const before = process.memoryUsage.rss();
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), (error) => {
    assert.ok(isHakoError(error, 'exhausted') || isHakoError(error, 'invalid'), String(error));
    assert.match(error.message, message);
    return true;
  });
  assert.ok(process.memoryUsage.rss() - before < GROWTH_BYTES, 'this process stays small');
  assert.deepEqual(store.images.list(), []);
  assert.deepEqual(store.images.store.layers.all(), []);
  assert.deepEqual(readdirSync(join(store.dir, 'root/snapshots')), ['base']);
}

test('ten million entries are given up at the limit', async () => {
  await using remote = await openRemote({}, { limits: { entries: 10_000 } });
  const many = Buffer.alloc(64 * MIB);
  const entry = encodeEntry({ name: 'd/', type: 'directory', mode: 0o755, size: 0 });
  for (let at = 0; at < many.length; at += entry.length) entry.copy(many, at);
  // 131072 entries each, one gzip member after the other.
  const member = gzipSync(many, { level: 1 });
  addImage(remote.registry, Buffer.concat(Array.from({ length: 77 }, () => member)));
  await assertRefused(remote, /more than 10000 entries/);
});

test('a file of a terabyte that is a small blob is given up at the limit, on disk as well', async () => {
  await using remote = await openRemote({}, { limits: { bytes: 128 * MIB } });
  const zeros = gzipSync(Buffer.alloc(64 * MIB), { level: 1 });
  const head = gzipSync(encodeEntry({ name: 'f', type: 'file', mode: 0o644, size: 2 ** 40 }));
  addImage(remote.registry, Buffer.concat([head, ...Array.from({ length: 32 }, () => zeros)]));
  await assertRefused(remote, /more than \d+ bytes/);
});

test('zeros behind the end of the archive count too', async () => {
  await using remote = await openRemote({}, { limits: { bytes: 128 * MIB } });
  const zeros = gzipSync(Buffer.alloc(64 * MIB), { level: 1 });
  addImage(remote.registry, Buffer.concat(Array.from({ length: 32 }, () => zeros)));
  await assertRefused(remote, /more than \d+ bytes/);
});

const documents: [what: string, bytes: Buffer][] = [
  ['as deep as it is long', Buffer.from('['.repeat(4 * MIB - 10))],
  ['of a million keys', Buffer.from(`{${Array.from({ length: 300_000 }, (_, index) => `"k${index}":1`).join(',')}}`)],
  ['of a million layers', Buffer.from(`{"schemaVersion":2,"config":{},"layers":[${'{},'.repeat(1_000_000)}{}]}`)],
  ['with a prototype', Buffer.from('{"__proto__":{"schemaVersion":2},"constructor":{"layers":[]}}')],
];
for (const [what, bytes] of documents) {
  test(`a manifest ${what} is refused`, async () => {
    await using remote = await openRemote();
    const entry = { mediaType: MediaType.manifest, bytes };
    remote.registry.manifests.set('app 1', entry);
    await assertRefused(remote, /malformed/);
  });
}

test('an index that leads to itself, or on and on, ends', async () => {
  await using remote = await openRemote();
  const { registry } = remote;
  const platform = { os: 'linux', architecture: 'amd64' };
  let next = registry.addManifest(
    'app:0',
    { schemaVersion: 2, mediaType: MediaType.index, manifests: [] },
    MediaType.index,
  );
  let size = registry.manifests.get(`app ${next}`)?.bytes.length ?? 0;
  for (let depth = 0; depth < 10; depth++) {
    const manifests = [{ mediaType: MediaType.index, digest: next, size, platform }];
    const index = { schemaVersion: 2, mediaType: MediaType.index, manifests };
    next = registry.addManifest('app:1', index, MediaType.index);
    size = registry.manifests.get(`app ${next}`)?.bytes.length ?? 0;
  }
  await assertRefused(remote, /nested too deep/);
});
