/**
 * The kinds of content of the OCI conformance suite: each is pushed, listed, pulled by tag and digest, and deleted again. Against ours
 * and, where it is installed and takes them, against Debian's docker-registry.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { OCI_INDEX, OCI_MANIFEST } from './manifest/media-types.ts';
import {
  describe as descriptorOf,
  digestOf,
  EMPTY_JSON,
  errorCode,
  type PushedManifest,
  RegistryClient,
} from './testing/client.ts';
import { hasDebianRegistry, openDebian, openOurs, type TestRegistry } from './testing/registries.ts';

const REPOSITORY = 'data';
const ARTIFACT = 'application/vnd.example.artifact.v1';
const ACCEPT = { headers: { Accept: `${OCI_MANIFEST}, ${OCI_INDEX}` } };
const EMPTY = descriptorOf(Buffer.from('{}'), EMPTY_JSON);

interface Kind {
  /** Debian's, of before version 1.1 of the spec, does not take it, or answers 500. */
  isNew?: true;
  push(client: RegistryClient): Promise<PushedManifest>;
}

const KINDS: Record<string, Kind> = {
  'an image': { push: (client) => client.pushImage(REPOSITORY, 'image') },
  'an image without layers': { push: (client) => client.pushImage(REPOSITORY, 'none', { layers: [] }) },
  'a manifest of nearly 4 MB': {
    push(client) {
      const annotations = Object.fromEntries(
        Array.from({ length: 390 }, (_, index) => [`large-${index}`, 'A'.repeat(10_000)]),
      );
      return client.pushImage(REPOSITORY, 'large', { annotations });
    },
  },
  'an index': {
    async push(client) {
      const images = [await client.pushImage(REPOSITORY), await client.pushImage(REPOSITORY)];
      return client.pushIndex(REPOSITORY, 'index', images.map(platformOf));
    },
  },
  'an index of indexes': {
    async push(client) {
      const images = [await client.pushImage(REPOSITORY), await client.pushImage(REPOSITORY)];
      const inner = await Promise.all(
        images.map((image) => client.pushIndex(REPOSITORY, undefined, [platformOf(image)])),
      );
      return client.pushIndex(
        REPOSITORY,
        'nested',
        inner.map(({ descriptor }) => descriptor),
      );
    },
  },
  'an empty index': { isNew: true, push: (client) => client.pushIndex(REPOSITORY, 'empty', []) },
  'an index of which a platform is missing': {
    isNew: true,
    async push(client) {
      const missing = descriptorOf(randomBytes(500), OCI_MANIFEST);
      return client.pushIndex(REPOSITORY, 'sparse', [platformOf(await client.pushImage(REPOSITORY)), missing]);
    },
  },
  'an artifact': {
    push: (client) => client.pushImage(REPOSITORY, 'artifact', artifact({ artifactType: ARTIFACT })),
  },
  'an index of artifacts': {
    async push(client) {
      const { descriptor } = await client.pushImage(REPOSITORY, undefined, artifact({ artifactType: ARTIFACT }));
      return client.pushIndex(REPOSITORY, 'artifacts', [descriptor], { artifactType: ARTIFACT });
    },
  },
  'content within its descriptor': {
    async push(client) {
      const layer = Buffer.from('data in a field');
      const described = {
        ...descriptorOf(layer, 'application/vnd.oci.image.layer.v1.tar'),
        data: layer.toString('base64'),
      };
      return client.pushImage(REPOSITORY, 'data', { layer, layers: [described] });
    },
  },
  'fields that nobody knows': {
    push: (client) => client.pushImage(REPOSITORY, 'custom', { 'org.example.unknown': { deep: [1, null, 'x'] } }),
  },
  'a layer that may not be given away': {
    isNew: true,
    push(client) {
      const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
      const elsewhere = { ...descriptorOf(randomBytes(20), mediaType), urls: ['https://store.example.com/layer'] };
      return client.pushImage(REPOSITORY, 'elsewhere', { layers: [elsewhere] });
    },
  },
};

function platformOf({ descriptor }: PushedManifest, index = 0) {
  return { ...descriptor, platform: { os: 'linux', architecture: index === 0 ? 'amd64' : 'arm64' } };
}

/** No image: an empty configuration, and a layer that is no file system. */
function artifact(fields: object) {
  return { layer: Buffer.from('{}'), config: EMPTY, layers: [EMPTY], ...fields };
}

suite('ours', openOurs, true);
if (hasDebianRegistry) suite("Debian's docker-registry", openDebian, false);

function suite(name: string, open: () => Promise<TestRegistry>, isNew: boolean): void {
  describe(`content of every kind in ${name}`, () => {
    let registry: TestRegistry;
    let client: RegistryClient;
    before(async () => {
      registry = await open();
      client = new RegistryClient(registry.url);
    });
    after(() => registry[Symbol.asyncDispose]());

    for (const [kind, { push, isNew: needsNew }] of Object.entries(KINDS))
      it(`takes and gives ${kind}`, { skip: needsNew && !isNew }, async () => {
        const { digest, bytes, descriptor, answer } = await push(client);
        assert.equal(answer.status, 201, answer.body.toString());
        assert.equal(answer.headers.get('docker-content-digest'), digest);
        const list = await client.send('GET', `/v2/${REPOSITORY}/tags/list`);
        const [tag = ''] = (JSON.parse(list.body.toString()) as { tags: string[] }).tags;
        for (const reference of [tag, digest]) {
          const path = `/v2/${REPOSITORY}/manifests/${reference}`;
          const [head, got] = [await client.send('HEAD', path, ACCEPT), await client.send('GET', path, ACCEPT)];
          assert.deepEqual([head.status, got.status], [200, 200]);
          assert.equal(head.headers.get('content-length'), String(bytes.length));
          assert.equal(got.headers.get('content-type'), descriptor.mediaType);
          assert.ok(got.body.equals(bytes));
        }
        assert.equal((await client.send('DELETE', `/v2/${REPOSITORY}/manifests/${digest}`)).status, 202);
        for (const reference of [tag, digest])
          assert.equal((await client.send('HEAD', `/v2/${REPOSITORY}/manifests/${reference}`)).status, 404);
      });

    it('lists images, artifacts and indexes as referrers until they are deleted', { skip: !isNew }, async () => {
      const subject = await client.pushIndex('referred', 'v1', []);
      const annotations = { 'org.example.of': 'this' };
      const image = await client.pushImage('referred', undefined, { subject: subject.descriptor });
      const sbom = await client.pushImage(
        'referred',
        'sbom',
        artifact({ artifactType: ARTIFACT, subject: subject.descriptor, annotations }),
      );
      const index = await client.pushIndex('referred', 'i', [], {
        artifactType: ARTIFACT,
        subject: subject.descriptor,
      });
      for (const { answer } of [image, sbom, index]) assert.equal(answer.headers.get('oci-subject'), subject.digest);
      const list = async (query = '') => {
        const { body } = await client.send('GET', `/v2/referred/referrers/${subject.digest}${query}`);
        const { manifests } = JSON.parse(body.toString()) as { manifests: { digest: string; artifactType?: string }[] };
        return new Map(manifests.map(({ digest, artifactType }) => [digest, artifactType]));
      };
      const ofConfig = 'application/vnd.oci.image.config.v1+json';
      assert.deepEqual(
        await list(),
        new Map(
          [
            [image.digest, ofConfig],
            [sbom.digest, ARTIFACT],
            [index.digest, ARTIFACT],
          ].toSorted() as [string, string][],
        ),
      );
      assert.deepEqual(
        [...(await list(`?artifactType=${ARTIFACT}`)).keys()].sort(),
        [sbom.digest, index.digest].sort(),
      );
      assert.equal((await list('?artifactType=none')).size, 0);
      for (const { digest } of [image, sbom, index]) await client.send('DELETE', `/v2/referred/manifests/${digest}`);
      assert.equal((await list()).size, 0);
    });

    it('refuses a digest that is malformed or of other bytes', async () => {
      const { bytes } = await client.pushImage(REPOSITORY);
      for (const reference of [...(isNew ? ['sha256:baddigeststring'] : []), digestOf('other')]) {
        const put = await client.pushManifest(REPOSITORY, reference, bytes);
        assert.deepEqual([put.status, errorCode(put)], [400, 'DIGEST_INVALID'], reference);
        const got = await client.send('GET', `/v2/${REPOSITORY}/manifests/${reference}`);
        assert.ok(got.status === 404 || got.status === 400, reference);
      }
    });
  });
}
