/** Everything that we write is what the image spec's schemas say. */
import assert from 'node:assert/strict';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, it } from 'node:test';
import { type Digest, digestHex, sha256 } from '#base';
import { violations } from '../../test/lib/image-spec.ts';
import { attachArtifact } from './remote/artifacts/attach.ts';
import { copyImage } from './remote/copy/copy.ts';
import { openRemote } from './remote/testing/remote-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-image-spec-'));
after(() => rmSync(folder, { recursive: true }));

const remote = { credentialsFor: async () => undefined, settings: { certsDirs: [] } };

interface Node {
  mediaType?: string;
  digest: Digest;
}

/** Checks a document and all that it leads to; answers how many there were. */
function check(read: (digest: Digest) => Buffer, bytes: Buffer, what: string): number {
  const document = JSON.parse(bytes.toString()) as { manifests?: Node[]; config?: Node };
  const kind = document.manifests === undefined ? 'manifest' : 'index';
  assert.deepEqual(violations(kind, bytes), [], what);
  let count = 1;
  for (const { digest } of document.manifests ?? []) count += check(read, read(digest), `${what} ${digest}`);
  if (document.config?.mediaType?.includes('image.config')) {
    assert.deepEqual(violations('config', read(document.config.digest)), [], `${what}, configuration`);
    count++;
  }
  return count;
}

function checkLayout(path: string): number {
  assert.deepEqual(violations('layout', readFileSync(join(path, 'oci-layout'))), []);
  const read = (digest: Digest) => readFileSync(join(path, 'blobs/sha256', digestHex(digest)));
  return check(read, readFileSync(join(path, 'index.json')), path);
}

it('the rules find what is wrong', () => {
  assert.deepEqual(violations('index', '{"schemaVersion":2,"manifests":[]}'), []);
  const wrong = { schemaVersion: 1, config: { digest: 'x', size: -1 }, layers: [] };
  assert.deepEqual(
    violations('manifest', JSON.stringify(wrong)).map((each) => each.split(':')[0]),
    ['manifest.schemaVersion', 'manifest.config', 'manifest.config.digest', 'manifest.config.size', 'manifest.layers'],
  );
  const history = [{ created: 'yesterday' }];
  const config = { os: 'linux', rootfs: { type: 'layer', diff_ids: [] }, config: { Env: null }, history };
  assert.equal(violations('config', JSON.stringify(config)).length, 4);
});

it('imported, committed, pulled, pushed, saved and copied images, and artifacts, are valid', async () => {
  await using fixture = await openRemote();
  const { store, registry } = fixture;
  const { images } = store;
  const changes = ['CMD ["/x"]', 'ENV A=b', 'EXPOSE 80/tcp', 'VOLUME /v', 'LABEL k=v', 'WORKDIR /', 'USER 1'];
  const name = `${registry.host}/app:1`;
  const base = await store.importFiles({ reference: name, changes, message: 'made' }, { name: 'f', body: 'text' });
  images.snapshots.prepare('key', base, {});
  writeFileSync(join(images.snapshots.mount('key'), 'new'), 'new');
  const committed = {
    config: base.config.config ?? {},
    reference: `${registry.host}/child:1`,
    author: 'a',
    comment: 'c',
  };
  await images.commit('key', base, committed);
  images.snapshots.unmount('key');
  await images.snapshots.remove('key');
  for (const reference of [name, committed.reference]) await images.push(reference, {});
  await attachArtifact(name, [{ path: import.meta.filename }], { ...remote, artifactType: 'text/x-source' });
  const read = (digest: Digest) => {
    const manifest = [...registry.manifests.values()].find(({ bytes }) => sha256(bytes) === digest);
    return manifest?.bytes ?? registry.blobs.get(digest) ?? Buffer.alloc(0);
  };
  // Two images, an artifact and the list of it, under tags and digests.
  assert.equal(new Set([...registry.manifests.values()].map(({ bytes }) => sha256(bytes))).size, 4);
  for (const [key, { bytes }] of registry.manifests) check(read, bytes, key);

  const tar = join(folder, 'saved.tar');
  await pipeline(await images.save([name, committed.reference], {}), createWriteStream(tar));
  for (const reference of [name, committed.reference]) {
    await copyImage(`oci-archive:${tar}:${reference}`, `oci:${folder}/layout:${reference.slice(-5)}`, remote);
  }
  await copyImage(`docker://${name}`, `oci:${folder}/layout:pulled`, { ...remote, referrers: true });
  await copyImage(`docker-archive:${tar}:${name}`, `oci:${folder}/layout:again`, remote);
  assert.ok(checkLayout(join(folder, 'layout')) >= 8);

  registry.manifests.delete('app 1');
  await images.load(await images.save([name], {}), {});
  for (const { id } of images.list()) {
    const manifest = images.store.images.manifestOf(id);
    assert.ok(manifest);
    check((digest) => images.store.content.read(digest), images.store.content.read(manifest), 'in the store');
  }
});
