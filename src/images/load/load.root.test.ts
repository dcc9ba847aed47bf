import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Digest, isHakoError, sha256 } from '#base';
import { archiveOf, streamOf } from '#system/rootfs';
import { hostPlatform } from '../platform.ts';
import { bzip2, xz } from '../testing/compress.ts';
import { openFixture, type StoreFixture } from '../testing/store-fixture.ts';

const layerA = archiveOf({ name: 'a', body: 'lower' }, 'gone');
const layerB = archiveOf({ name: 'b', body: 'upper' }, '.wh.gone');
const configOf = (diffIds: readonly Digest[], platform = hostPlatform(), command = 'x') =>
  JSON.stringify({ ...platform, config: { Cmd: [command] }, rootfs: { type: 'layers', diff_ids: diffIds } });
const blob = (bytes: Buffer | string) => ({ name: `blobs/sha256/${sha256(bytes).slice(7)}`, body: bytes });
const descriptor = (mediaType: string, bytes: Buffer | string, more: object = {}) => ({
  mediaType,
  digest: sha256(bytes),
  size: Buffer.from(bytes).length,
  ...more,
});

function ociImage(platform = hostPlatform(), layers: Buffer[] = [gzipSync(layerA), zstdCompressSync(layerB)]) {
  const config = configOf([sha256(layerA), sha256(layerB)], platform, 'oci');
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
  });
  return { manifest, platform, blobs: [config, manifest, ...layers].map(blob) };
}

function ociLayout(
  images: ReturnType<typeof ociImage>[],
  annotations: object = { 'io.containerd.image.name': 'docker.io/library/oci:1' },
) {
  const manifests = images.map(({ manifest, platform }) =>
    descriptor('application/vnd.oci.image.manifest.v1+json', manifest, { platform, annotations }),
  );
  const index = { name: 'index.json', body: JSON.stringify({ schemaVersion: 2, manifests }) };
  return archiveOf(
    { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' },
    index,
    ...images.flatMap(({ blobs }) => blobs),
  );
}

describe('load and save', () => {
  let fixture: StoreFixture;
  before(async () => {
    fixture = await openFixture();
  });
  after(() => fixture[Symbol.asyncDispose]());
  const load = (bytes: Buffer) => fixture.images.load(streamOf(bytes), {});
  const refuses = (bytes: Buffer, message: RegExp) =>
    assert.rejects(load(bytes), (error) => isHakoError(error, 'invalid') && message.test(error.message));
  const mountedNames = (reference: string) => {
    const { images } = fixture;
    images.snapshots.prepare('look', images.get(reference), {});
    const ofEveryContainer = ['dev', 'etc', 'proc', 'sys'];
    const all = readdirSync(images.snapshots.mount('look')).sort();
    const names = all.filter((name) => !ofEveryContainer.includes(name));
    return images.snapshots.remove('look').then(() => names);
  };

  it('reads an old docker-archive, with layers behind links', async () => {
    const config = configOf([sha256(layerA), sha256(layerB)]);
    const archive = archiveOf(
      { name: `${'1'.repeat(64)}/layer.tar`, body: layerA },
      { name: `${'2'.repeat(64)}/layer.tar`, type: 'symlink', linkName: `../${'3'.repeat(64)}/layer.tar` },
      { name: `${'3'.repeat(64)}/layer.tar`, body: layerB },
      { name: `${sha256(config).slice(7)}.json`, body: config },
      {
        name: 'manifest.json',
        body: JSON.stringify([
          {
            Config: `${sha256(config).slice(7)}.json`,
            RepoTags: ['old:1', 'old:2'],
            Layers: [`${'1'.repeat(64)}/layer.tar`, `${'2'.repeat(64)}/layer.tar`],
          },
        ]),
      },
      { name: 'repositories', body: '{}' },
    );
    for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive), xz(archive), bzip2(archive)]) {
      const loaded = await load(bytes);
      assert.deepEqual(
        loaded.map(({ reference }) => reference),
        ['old:1', 'old:2'],
      );
      assert.equal(loaded[0]?.image.id, sha256(config));
    }
    assert.deepEqual(await mountedNames('old:2'), ['a', 'b']);
  });

  it('reads an OCI layout with gzip and zstd layers', async () => {
    const image = ociImage();
    const [loaded] = await load(ociLayout([image]));
    assert.equal(loaded?.reference, 'oci:1');
    assert.deepEqual(await mountedNames('oci:1'), ['a', 'b']);
    assert.equal(
      fixture.images.store.images.manifestOf(loaded?.image.id ?? sha256('')),
      sha256(image.manifest),
      'the manifest stays byte for byte',
    );
  });

  it('reads blobs that are named by sha512', async () => {
    const config = configOf([sha256(layerA)], hostPlatform(), 'sha512');
    const long = (bytes: Buffer | string) => createHash('sha512').update(bytes).digest('hex');
    const layer = gzipSync(layerA);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: `sha512:${long(layer)}`,
          size: layer.length,
        },
      ],
    });
    const { manifest: _unused, ...image } = { ...ociImage(), blobs: [config, manifest].map(blob) };
    const bytes = ociLayout(
      [{ ...image, manifest, blobs: [...image.blobs, { name: `blobs/sha512/${long(layer)}`, body: layer }] }],
      {
        'io.containerd.image.name': 'docker.io/library/long:1',
      },
    );
    assert.equal((await load(bytes))[0]?.reference, 'long:1');
    assert.deepEqual(await mountedNames('long:1'), ['a', 'gone']);
  });

  it('keeps every platform of an index and chooses', async () => {
    const others = [
      hostPlatform(),
      { os: 'linux', architecture: 'riscv64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ].map((platform) => ociImage(platform));
    const loaded = await load(ociLayout(others, { 'org.opencontainers.image.ref.name': 'localhost/multi:x' }));
    assert.equal(loaded.length, 3);
    const { images } = fixture;
    assert.equal(images.get('localhost/multi:x').config.architecture, hostPlatform().architecture);
    assert.equal(images.get('localhost/multi:x', { platform: 'linux/riscv64' }).config.architecture, 'riscv64');
    assert.throws(
      () => images.get('localhost/multi:x', { platform: 'linux/s390x' }),
      /does not provide the specified platform \(linux\/s390x\): it has linux\/amd64|linux\/arm64/,
    );
    images.tag('localhost/multi:x', 'again');
    assert.equal(images.get('again', { platform: 'linux/arm/v7' }).config.variant, 'v7');
    assert.equal((await images.remove('again', {})).length, 1);
  });

  it('follows a nested index and skips attestations', async () => {
    const image = ociImage();
    const attestation = {
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const inner = JSON.stringify({
      schemaVersion: 2,
      manifests: [
        descriptor('application/vnd.oci.image.manifest.v1+json', image.manifest),
        descriptor('application/vnd.oci.image.manifest.v1+json', '{}', attestation),
      ],
    });
    const index = JSON.stringify({
      schemaVersion: 2,
      manifests: [
        descriptor('application/vnd.oci.image.index.v1+json', inner, {
          annotations: { 'io.containerd.image.name': 'docker.io/library/nested:1' },
        }),
      ],
    });
    const loaded = await load(
      archiveOf(
        { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' },
        { name: 'index.json', body: index },
        blob(inner),
        ...image.blobs,
      ),
    );
    assert.deepEqual(
      loaded.map(({ reference }) => reference),
      ['nested:1'],
    );
  });

  it('saves what it loads, byte for byte', async () => {
    const { images } = fixture;
    const saved = await buffer(await images.save(['old:1', 'oci:1'], {}));
    const list = execFileSync('tar', ['-tf', '-'], { input: saved, encoding: 'utf8' });
    for (const name of ['manifest.json', 'index.json', 'oci-layout', 'repositories'])
      assert.match(list, new RegExp(`^${name}$`, 'm'));
    const ids = [images.get('old:1').id, images.get('oci:1').id];
    await images.prune({ all: true });
    assert.equal(images.list().length, 0);
    const loaded = await load(saved);
    assert.deepEqual(
      loaded.map(({ image, reference }) => [image.id, reference]),
      [
        [ids[0], 'old:1'],
        [ids[1], 'oci:1'],
      ],
    );
    assert.deepEqual(await mountedNames('oci:1'), ['a', 'b']);
    assert.deepEqual(await buffer(await images.save(['old:1', 'oci:1'], {})), saved);
    await assert.rejects(images.save(['old:1', 'missing'], {}), (error) => isHakoError(error, 'not_found'));
  });

  it('refuses archives that lie or lack something, and leaves nothing', async () => {
    const state = () => [
      readdirSync(join(fixture.dir, 'root/content/blobs/sha256')).length,
      readdirSync(join(fixture.dir, 'root/snapshots')).length,
      readdirSync(join(fixture.dir, 'root/content/ingest')).length,
    ];
    await fixture.images.prune({ all: true });
    const before = state();
    const config = configOf([sha256(layerA)]);
    const manifest = (entry: object) => ({ name: 'manifest.json', body: JSON.stringify([entry]) });
    await refuses(archiveOf('etc/', 'etc/passwd'), /neither manifest.json nor index.json/);
    await refuses(archiveOf(), /has no files/);
    await refuses(Buffer.from('x'.repeat(2000)), /not a tar archive/);
    await refuses(
      archiveOf({ name: 'c', body: config }, manifest({ Config: 'c', RepoTags: [], Layers: ['missing'] })),
      /names missing, which is not in it/,
    );
    await refuses(
      archiveOf({ name: 'c', body: config }, { name: 'l', body: layerB }, manifest({ Config: 'c', Layers: ['l'] })),
      /damaged or forged/,
    );
    await refuses(
      archiveOf({ name: 'c', body: config }, manifest({ Config: 'c', Layers: [] })),
      /0 layers, but its configuration lists 1/,
    );
    await refuses(
      archiveOf({ name: 'c', body: '{' }, manifest({ Config: 'c', Layers: [] })),
      /configuration is not JSON/,
    );
    await refuses(
      archiveOf(
        { name: 'c', body: config },
        { name: 'l', body: layerA },
        manifest({ Config: 'c', RepoTags: ['UP'], Layers: ['l'] }),
      ),
      /lowercase/,
    );
    await refuses(archiveOf({ name: 'manifest.json', body: '{"a":1}' }), /not a list/);
    await refuses(archiveOf(manifest({ Config: 1 })), /malformed entry/);
    await refuses(
      archiveOf(
        { name: 'm', type: 'symlink', linkName: 'manifest.json' },
        { name: 'manifest.json', type: 'symlink', linkName: 'm' },
        'f',
      ),
      /loop of links/,
    );
    await refuses(
      archiveOf({ name: 'manifest.json', type: 'symlink', linkName: '/etc/passwd' }, 'f'),
      /neither manifest.json/,
    );
    const image = ociImage();
    await refuses(ociLayout([{ ...image, blobs: image.blobs.slice(0, 3) }]), /no complete image: blob sha256:/);
    const forged = {
      ...image,
      blobs: image.blobs.map((entry, index) => (index === 2 ? { ...entry, body: Buffer.from('evil') } : entry)),
    };
    await refuses(ociLayout([forged]), /no complete image/);
    fixture.images.store.collector.collectBlobs(fixture.images.store.content.list());
    fixture.images.store.collector.collectLayers();
    assert.deepEqual(state(), before);
  });

  it('stores no file under a name of the archive', async () => {
    await refuses(archiveOf({ name: '../../evil', body: 'x' }), /leads out of the archive/);
    await refuses(
      archiveOf({ name: 'blobs', type: 'symlink', linkName: '/etc' }, { name: 'blobs/hako-evil', body: 'x' }),
      /neither/,
    );
    assert.throws(() => readFileSync('/etc/hako-evil'));
  });
});
