/** Our client at registries of two makers, ours and Debian's: what one does, the other must do. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Digest, isHakoError } from '#base';
import { attachArtifact, copyImage, fetchArtifacts, listArtifacts } from '#images/remote';
import { FakeRegistry } from '../../../src/images/remote/testing/fake-registry.ts';
import { collector, FAST_RETRY } from '../../../src/images/remote/testing/remote-fixture.ts';
import { openFixture, type StoreFixture } from '../../../src/images/testing/store-fixture.ts';
import { MediaType } from '../../../src/images/unpack/media-types.ts';
import { DebianRegistry, missingPrograms } from './support/debian-registry.ts';
import { FaultProxy } from './support/fault-proxy.ts';
import { ServedRegistry } from './support/served-registry.ts';

const HAKO = join(import.meta.dirname, '../../../hako');
const SBOM = 'application/spdx+json';
const remote = { certsDirs: [], retry: FAST_RETRY };
const options = { credentialsFor: async () => undefined, settings: remote };
const CHUNK_BYTES = 32 * 2 ** 20;
// bcrypt of "secret".
const HTPASSWD = 'anna:$2b$04$VoZfF55sTC/s.qpNZA/YL.1hxq4peFQdusbbhrcfUQZTM8KXz.B.6\n';

const root = mkdtempSync(join(tmpdir(), 'hako-remote-'));
after(() => rmSync(root, { recursive: true }));

type Peer = ServedRegistry | DebianRegistry;
interface Maker {
  name: string;
  skip: string | false;
  /** With `htpasswd`, the path of one, it wants a password. */
  start(folder: string, htpasswd?: string): Promise<Peer>;
  /** Whether it takes an index of which a platform is missing. */
  takesSparse: boolean;
}

const makers: Maker[] = [
  {
    name: 'hako registry serve',
    skip: missingPrograms() ?? false,
    start: (folder, htpasswd) =>
      ServedRegistry.start(folder, ...(htpasswd ? ['--htpasswd', htpasswd, '--tokens'] : [])),
    takesSparse: true,
  },
  {
    name: 'docker-registry',
    skip: missingPrograms('docker-registry') ?? false,
    start: (folder, htpasswd) =>
      DebianRegistry.start(folder, htpasswd ? { config: `auth: {htpasswd: {realm: x, path: ${htpasswd}}}` } : {}),
    takesSparse: false,
  },
];

for (const maker of makers) {
  describe(`our client at ${maker.name}`, { skip: maker.skip }, () => {
    let peer: Peer;
    let proxy: FaultProxy;
    let store: StoreFixture;

    before(async () => {
      if (maker.skip !== false) return;
      peer = await maker.start(join(root, maker.name));
      proxy = await FaultProxy.start(peer.host);
      store = await openFixture({ remote });
    });
    afterEach(() => {
      proxy.fault = () => undefined;
      proxy.log.length = 0;
    });
    after(async () => {
      if (maker.skip !== false) return;
      await store[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await peer[Symbol.asyncDispose]();
    });

    async function importAt(name: string, bytes: number): Promise<string> {
      const reference = `${proxy.host}/${name}`;
      await store.importFiles({ reference }, { name: 'data', body: randomBytes(bytes) });
      return reference;
    }

    /** Puts an index for amd64 and arm64 there as `name`; answers its digest. */
    async function publishIndex(name: string): Promise<Digest> {
      await using source = await FakeRegistry.start();
      const manifests = ['amd64', 'arm64'].map((architecture) => {
        const platform = { os: 'linux', architecture };
        const { manifest, digest } = source.addImage(`app:${architecture}`, [randomBytes(100)], platform);
        return { mediaType: MediaType.manifest, digest, size: JSON.stringify(manifest).length, platform };
      });
      source.addManifest('app:1', { schemaVersion: 2, mediaType: MediaType.index, manifests }, MediaType.index);
      return await copyImage(`docker://${source.host}/app:1`, `docker://${name}`, options);
    }

    test('what is pushed comes back as it was, is not sent twice, and is mounted elsewhere', async () => {
      const name = await importAt('plain:1', 100_000);
      const { id } = store.images.get(name);
      await store.images.push(name, {});
      const [repoDigest] = store.images.get(name).repoDigests;
      assert.equal(repoDigest?.split('@')[1], await peer.digestOf('plain', '1'));
      const again = collector();
      await store.images.push(name, again);
      assert.match(again.lines.join('\n'), / Layer already exists/);
      store.images.tag(name, `${proxy.host}/mounted:1`);
      const mounted = collector();
      await store.images.push(`${proxy.host}/mounted:1`, mounted);
      assert.match(mounted.lines.join('\n'), / Mounted from plain/);
      await store.images.prune({ all: true });
      assert.equal((await store.images.pull(name, {})).id, id);
      assert.equal((await store.images.pull(repoDigest ?? '', {})).id, id);
    });

    test('a pull goes on where connections broke', async () => {
      const name = await importAt('broken:1', 1_000_000);
      await store.images.push(name, {});
      await store.images.prune({ all: true });
      let breaks = 4;
      proxy.fault = ({ method, url }) => {
        const isBlob = method === 'GET' && url?.includes('/blobs/sha256:') === true;
        return isBlob && breaks-- > 0 ? { breakAfterBytes: 200_000 } : undefined;
      };
      await store.images.pull(name, {});
      assert.ok(
        proxy.log.some((line) => /blobs\/sha256:\w+ bytes=[1-9]\d*-/.test(line)),
        proxy.log.join('\n'),
      );
    });

    test('a large push goes on after connections that broke and answers that said no', async () => {
      const name = await importAt('large:1', CHUNK_BYTES + 2_000_000);
      let breaks = 2;
      let busy = 2;
      proxy.fault = ({ method }) => {
        if (method === 'POST' && busy-- > 0) return { status: 503 };
        return method === 'PATCH' && breaks-- > 0 ? { breakUploadAfterBytes: 5_000_000 } : undefined;
      };
      await store.images.push(name, {});
      assert.ok(
        proxy.log.some((line) => /^P(ATCH|UT) .*uploads.* [1-9]\d*-/.test(line)),
        proxy.log.join('\n'),
      );
      const { id } = store.images.get(name);
      await store.images.prune({ all: true });
      assert.equal((await store.images.pull(name, {})).id, id);
    });

    test('indexes travel whole and by platform', async () => {
      const name = `${proxy.host}/multi:1`;
      const digest = await publishIndex(name);
      assert.equal(await peer.digestOf('multi', '1'), digest);
      for (const platform of ['linux/amd64', 'linux/arm64']) await store.images.pull(name, { platform });
      store.images.tag(name, `${proxy.host}/multi:2`);
      await store.images.push(`${proxy.host}/multi:2`, {});
      assert.equal(await peer.digestOf('multi', '2'), digest);
      await store.images.push(`${proxy.host}/multi:2`, { platform: 'linux/arm64' });
      const arm64 = store.images.get(name, { platform: 'linux/arm64' }).id;
      assert.equal(await peer.digestOf('multi', '2'), store.images.store.images.manifestOf(arm64));
      await assert.rejects(store.images.pull(name, { platform: 'linux/s390x' }), /no matching manifest/);
    });

    test('a sparse index is taken, or refused with a reason', async () => {
      await using source = await FakeRegistry.start();
      const { manifest, digest } = source.addImage('app:amd64', [randomBytes(10)]);
      const there = { mediaType: MediaType.manifest, digest, size: JSON.stringify(manifest).length };
      const platform = (architecture: string) => ({ os: 'linux', architecture });
      const absent = { ...there, digest: `sha256:${'a'.repeat(64)}`, platform: platform('arm64') };
      const manifests = [{ ...there, platform: platform('amd64') }, absent];
      source.addManifest('app:1', { schemaVersion: 2, mediaType: MediaType.index, manifests }, MediaType.index);
      const [from, to] = [`docker://${source.host}/app:1`, `docker://${proxy.host}/sparse:1`];
      await assert.rejects(copyImage(from, to, options), /lacks linux\/arm64/);
      const copied = copyImage(from, to, { ...options, sparse: true });
      if (!maker.takesSparse) {
        await assert.rejects(copied, /cannot store the manifest .*manifest/);
        return;
      }
      assert.equal(await copied, await peer.digestOf('sparse', '1'));
      await store.images.pull(`${proxy.host}/sparse:1`, { platform: 'linux/amd64' });
      const missing = store.images.pull(`${proxy.host}/sparse:1`, { platform: 'linux/arm64' });
      await assert.rejects(missing, (error) => isHakoError(error, 'not_found'));
    });

    test('artifacts are attached, listed by type, fetched, and copied with their image', async () => {
      await publishIndex(`${proxy.host}/art:1`);
      const sbom = join(root, 'sbom.json');
      writeFileSync(sbom, '{"name":"app"}');
      const name = `${proxy.host}/art:1`;
      const digest = await attachArtifact(name, [{ path: sbom, mediaType: SBOM }], { ...options, artifactType: SBOM });
      await attachArtifact(name, [], { ...options, artifactType: 'application/x-mark' });
      const signature = await attachArtifact(`${proxy.host}/art@${digest}`, [], { ...options, artifactType: 'x/sig' });
      await copyImage(`docker://${name}`, `docker://${proxy.host}/art/copy:1`, { ...options, referrers: true });
      for (const place of ['art', 'art/copy']) {
        const found = await listArtifacts(`${proxy.host}/${place}:1`, { ...options, artifactType: SBOM });
        assert.deepEqual([found.length, found[0]?.digest], [1, digest]);
        assert.equal((await listArtifacts(`${proxy.host}/${place}:1`, options)).length, 2);
        assert.equal((await listArtifacts(`${proxy.host}/${place}@${digest}`, options))[0]?.digest, signature);
        const outputDir = join(root, maker.name, place);
        const [file] = await fetchArtifacts(`${proxy.host}/${place}:1`, { ...options, artifactType: SBOM, outputDir });
        assert.equal(readFileSync(file?.path ?? '', 'utf8'), '{"name":"app"}');
      }
    });

    test('no artifact is lost when processes attach at once', async () => {
      await publishIndex(`${proxy.host}/crowd:1`);
      const attach = (index: number) => {
        const words = ['artifact', 'attach', '--artifact-type', SBOM, '--annotation', `index=${index}`];
        return promisify(execFile)(HAKO, [...words, `${proxy.host}/crowd:1`]);
      };
      const attached = await Promise.all([0, 1, 2, 3, 4].map(attach));
      const found = await listArtifacts(`${proxy.host}/crowd:1`, options);
      assert.deepEqual(found.map(({ digest }) => digest).sort(), attached.map(({ stdout }) => stdout.trim()).sort());
    });

    test('what is not there, and who may not, is told in docker’s words', async () => {
      const missing = store.images.pull(`${proxy.host}/none:1`, {});
      await assert.rejects(missing, /manifest for .*\/none:1 not found: (manifest|name) unknown/);
      const htpasswd = join(root, 'htpasswd');
      writeFileSync(htpasswd, HTPASSWD);
      await using secure = await maker.start(join(root, `${maker.name}-secure`), htpasswd);
      const name = `${secure.host}/private:1`;
      await store.importFiles({ reference: name }, { name: 'a', body: 'x' });
      await assert.rejects(store.images.push(name, {}), /unauthorized|denied/);
      const wrong = { credentials: { username: 'anna', password: 'wrong' } };
      await assert.rejects(store.images.push(name, wrong), /unauthorized|denied/);
      await assert.rejects(store.images.checkCredentials(secure.host, wrong), (error) =>
        isHakoError(error, 'unauthenticated'),
      );
      const credentials = { username: 'anna', password: 'secret' };
      await store.images.push(name, { credentials });
      await store.images.remove(name, {});
      await assert.rejects(store.images.pull(name, {}), /pull access denied/);
      await store.images.pull(name, { credentials });
    });
  });
}
