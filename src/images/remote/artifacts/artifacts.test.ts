import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isHakoError, sha256 } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import { copyImage } from '../copy/copy.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { attachArtifact } from './attach.ts';
import { fetchArtifacts } from './fetch.ts';
import { listArtifacts } from './list.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-artifacts-'));
after(() => rmSync(folder, { recursive: true }));

const SBOM = 'application/spdx+json';
const options = { credentialsFor: async () => undefined, settings: { certsDirs: [] } };

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

describe('artifacts at a registry without the referrers API', () => {
  it('are attached, listed by type and fetched again', async () => {
    await using registry = await FakeRegistry.start();
    registry.addImage('app:1', [Buffer.from('x')]);
    const name = `${registry.host}/app:1`;
    const paths = [{ path: file('sbom.json', '{"a":1}'), mediaType: SBOM }, { path: file('empty', '') }];
    const annotations = { note: 'ä' };
    const digest = await attachArtifact(name, paths, { ...options, artifactType: SBOM, annotations });
    const other = await attachArtifact(name, [], { ...options, artifactType: 'application/x-mark' });
    const found = await listArtifacts(name, options);
    assert.deepEqual(
      found.map((each) => [each.digest, each.artifactType]),
      [
        [digest, SBOM],
        [other, 'application/x-mark'],
      ],
    );
    assert.equal(found[0]?.annotations?.note, 'ä');
    assert.deepEqual(
      (await listArtifacts(name, { ...options, artifactType: SBOM })).map((each) => each.digest),
      [digest],
    );
    const outputDir = join(folder, 'out');
    const files = await fetchArtifacts(name, { ...options, artifactType: SBOM, outputDir });
    assert.deepEqual(
      files.map(({ path }) => [path, readFileSync(path, 'utf8')]),
      [
        [join(outputDir, 'sbom.json'), '{"a":1}'],
        [join(outputDir, 'empty'), ''],
      ],
    );
  });

  it('write nowhere else than into the folder, whatever their titles say', async () => {
    await using registry = await FakeRegistry.start();
    const { digest: subject, manifest } = registry.addImage('app:1', [Buffer.from('x')]);
    const titles = ['../../evil', '/etc/evil', '..', '.bashrc', 'a/b', 'same', 'same', 'nul\0', ''];
    const layers = titles.map((title, index) => {
      const body = Buffer.from(`body ${index}`);
      const annotations = { 'org.opencontainers.image.title': title };
      return { mediaType: 'text/plain', digest: registry.addBlob(body), size: body.length, annotations };
    });
    const config = {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: registry.addBlob(Buffer.from('{}')),
      size: 2,
    };
    const artifact = { schemaVersion: 2, mediaType: MediaType.manifest, artifactType: 'a/b', config, layers };
    const bytes = Buffer.from(JSON.stringify(artifact));
    registry.addManifest('app:art', artifact);
    const entry = { mediaType: MediaType.manifest, digest: sha256(bytes), size: bytes.length, artifactType: 'a/b' };
    const list = { schemaVersion: 2, mediaType: MediaType.index, manifests: [entry] };
    registry.addManifest(`app:${subject.replace(':', '-')}`, list, MediaType.index);
    const outputDir = join(folder, 'deep', 'er');
    const files = await fetchArtifacts(`${registry.host}/app:1`, { ...options, outputDir });
    assert.equal(files.length, titles.length);
    assert.equal(readdirSync(outputDir).length, titles.length);
    assert.deepEqual(readdirSync(join(folder, 'deep')), ['er']);
    assert.ok(readdirSync(outputDir).every((each) => /^([0-9a-f]{64}|([0-9a-f]{12}-)?same)$/.test(each)));
    assert.ok(manifest);
  });

  it('are all listed when many attach at once, whose writes overtake each other', async () => {
    await using registry = await FakeRegistry.start();
    registry.addImage('app:1', [Buffer.from('x')]);
    const name = `${registry.host}/app:1`;
    let lists = 0;
    registry.intercept = async ({ method, url }) => {
      // The second of two that have read the same list writes when the first has looked at what it wrote.
      if (method === 'PUT' && url?.includes('/manifests/sha256-') && lists++ % 2 === 1) await delay(80);
      return false;
    };
    const attached = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        attachArtifact(name, [], { ...options, artifactType: SBOM, annotations: { index: String(index) } }),
      ),
    );
    const found = await listArtifacts(name, options);
    assert.deepEqual(found.map(({ digest }) => digest).sort(), attached.sort());
  });

  it('are not lost to a writer who is slow, nor to one who is too slow', async () => {
    for (const heldMs of [600, 1500]) {
      await using registry = await FakeRegistry.start();
      registry.addImage('app:1', [Buffer.from('x')]);
      const name = `${registry.host}/app:1`;
      const attach = (index: string) =>
        attachArtifact(name, [], { ...options, artifactType: SBOM, annotations: { index } });
      const held = Promise.withResolvers<void>();
      let lists = 0;
      registry.intercept = async ({ method, url }) => {
        if (method !== 'PUT' || !url?.includes('/manifests/sha256-') || lists++ > 0) return false;
        held.resolve();
        await delay(heldMs);
        return false;
      };
      const slow = attach('slow');
      await held.promise;
      const attached = await Promise.all([slow, attach('quick')]);
      const found = await listArtifacts(name, options);
      assert.deepEqual(found.map(({ digest }) => digest).sort(), attached.sort(), `held for ${heldMs} ms`);
    }
  });

  it('are written under the condition that nobody wrote since, where the registry minds it', async () => {
    await using registry = await FakeRegistry.start();
    registry.isConditional = true;
    registry.addImage('app:1', [Buffer.from('x')]);
    const name = `${registry.host}/app:1`;
    const attach = (index: string) =>
      attachArtifact(name, [], { ...options, artifactType: SBOM, annotations: { index } });
    let refused = 0;
    registry.intercept = (_request, response) => {
      response.once('finish', () => {
        if (response.statusCode === 412) refused++;
      });
      return false;
    };
    const attached = await Promise.all(['0', '1', '2'].map(attach));
    assert.ok(refused > 0, 'two wrote at once');
    const found = await listArtifacts(name, options);
    assert.deepEqual(found.map(({ digest }) => digest).sort(), attached.sort());
  });

  it('are added where the registry has conditions, but no tag of the list that could meet them', async () => {
    for (const etag of [undefined, 'W/"1"']) {
      await using registry = await FakeRegistry.start();
      registry.isConditional = true;
      registry.addImage('app:1', [Buffer.from('x')]);
      registry.intercept = (_request, response) => {
        const setHeader = response.setHeader.bind(response);
        response.setHeader = (name, value) => {
          if (name !== 'ETag') return setHeader(name, value);
          return etag === undefined ? response : setHeader(name, etag);
        };
        return false;
      };
      const name = `${registry.host}/app:1`;
      for (const index of ['0', '1'])
        await attachArtifact(name, [], { ...options, artifactType: SBOM, annotations: { index } });
      assert.equal((await listArtifacts(name, options)).length, 2, `with the tag ${etag}`);
    }
  });

  it('keep what others wrote into the list, also what we do not know', async () => {
    await using registry = await FakeRegistry.start();
    const { digest: subject } = registry.addImage('app:1', [Buffer.from('x')]);
    const entry = {
      mediaType: MediaType.manifest,
      digest: sha256('other'),
      size: 2,
      data: 'e30=',
      platform: { os: 'x' },
    };
    const list = { schemaVersion: 2, mediaType: MediaType.index, manifests: [entry], annotations: { from: 'others' } };
    registry.addManifest(`app:${subject.replace(':', '-')}`, list, MediaType.index);
    await attachArtifact(`${registry.host}/app:1`, [], { ...options, artifactType: SBOM });
    const written = registry.manifests.get(`app ${subject.replace(':', '-')}`)?.bytes.toString() ?? '';
    const { manifests, annotations } = JSON.parse(written);
    assert.deepEqual([manifests[0], manifests.length, annotations], [entry, 2, { from: 'others' }]);
    registry.addManifest(`app:${subject.replace(':', '-')}`, { schemaVersion: 2, config: {} }, MediaType.index);
    const spoilt = attachArtifact(`${registry.host}/app:1`, [], { ...options, artifactType: SBOM });
    await assert.rejects(spoilt, /is no image index: remove the tag/);
  });

  it('say what is wrong', async () => {
    await using registry = await FakeRegistry.start();
    registry.addImage('app:1', [Buffer.from('x')]);
    const name = `${registry.host}/app:1`;
    const invalid = (error: unknown) => isHakoError(error, 'invalid');
    const missing = (error: unknown) => isHakoError(error, 'not_found');
    await assert.rejects(attachArtifact(name, [], { ...options, artifactType: 'sbom' }), invalid);
    await assert.rejects(attachArtifact(name, [{ path: folder }], { ...options, artifactType: SBOM }), missing);
    await assert.rejects(attachArtifact(`${registry.host}/no:1`, [], { ...options, artifactType: SBOM }), missing);
    await assert.rejects(fetchArtifacts(name, { ...options, outputDir: folder }), missing);
    await assert.rejects(fetchArtifacts(name, { ...options, outputDir: folder, digest: 'x' }), invalid);
  });
});

describe('copyImage', () => {
  it('takes along what refers to the image, and what cosign tags beside it, over a layout to another registry', async () => {
    await using from = await FakeRegistry.start();
    await using to = await FakeRegistry.start();
    const { digest } = from.addImage('app:1', [Buffer.from('x')]);
    const name = `${from.host}/app:1`;
    const sbom = await attachArtifact(name, [{ path: file('s.json', '{}') }], { ...options, artifactType: SBOM });
    const signature = await attachArtifact(`${from.host}/app@${sbom}`, [], { ...options, artifactType: 'x/signature' });
    from.addImage(`app:${digest.replace(':', '-')}.sig`, [Buffer.from('signature')]);
    const layout = join(folder, 'layout');
    mkdirSync(layout);
    await copyImage(`docker://${name}`, `oci:${layout}:1`, { ...options, referrers: true });
    await copyImage(`oci:${layout}:1`, `docker://${to.host}/copy:1`, { ...options, referrers: true });
    const copy = `${to.host}/copy@${digest}`;
    assert.deepEqual(
      (await listArtifacts(copy, options)).map((each) => each.digest),
      [sbom],
    );
    assert.deepEqual(
      (await listArtifacts(`${to.host}/copy@${sbom}`, options)).map((each) => each.digest),
      [signature],
    );
    assert.ok(to.manifests.has(`copy ${digest.replace(':', '-')}.sig`));
  });

  it('says what an index lacks, and leaves it out where asked', async () => {
    await using from = await FakeRegistry.start();
    const { digest, manifest } = from.addImage('app:amd64', [Buffer.from('x')]);
    const platform = (architecture: string) => ({ os: 'linux', architecture });
    const size = JSON.stringify(manifest).length;
    const there = { mediaType: MediaType.manifest, digest, size, platform: platform('amd64') };
    const absent = { ...there, digest: sha256('absent'), platform: platform('arm64') };
    const index = { schemaVersion: 2, mediaType: MediaType.index, manifests: [absent, there] };
    const top = from.addManifest('app:1', index, MediaType.index);
    const [source, target] = [`docker://${from.host}/app:1`, `oci:${join(folder, 'sparse')}:1`];
    await assert.rejects(copyImage(source, target, options), /lacks linux\/arm64 .*--sparse/);
    assert.equal(await copyImage(source, target, { ...options, sparse: true }), top);
    assert.equal(
      await copyImage(target, `oci-archive:${join(folder, 'sparse.tar')}`, { ...options, sparse: true }),
      top,
    );
    assert.equal(await copyImage(source, target, { ...options, platform: 'linux/amd64' }), digest);
  });
});
