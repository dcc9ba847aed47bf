/**
 * Long on purpose: the scenarios of the OCI conformance suite in its own order, so that the two can be laid side by side.
 *
 * The scenarios of the OCI distribution conformance suite (pull, push, content discovery, content management), against ours and, where
 * it is installed and knows them, against Debian's docker-registry: what both do alike is what clients meet.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX } from './manifest/media-types.ts';
import {
  describe as descriptorOf,
  digestOf,
  EMPTY_JSON,
  errorCode,
  OCTETS,
  RegistryClient,
  withDigest,
} from './testing/client.ts';
import { hasDebianRegistry, openDebian, openOurs, type TestRegistry } from './testing/registries.ts';

/** What Debian's docker-registry (2.8, of before version 1.1 of the spec) does not do. */
interface Abilities {
  referrers: boolean;
  tagDelete: boolean;
  sha512: boolean;
  /** Tags and repositories come sorted and by pages. */
  sortedTags: boolean;
  /** Chunks and ranges that cannot be are refused with 416. */
  rangeErrors: boolean;
  allowHeader: boolean;
  /** A mount needs no `from`. */
  anonymousMount: boolean;
}

const everything = {
  referrers: true,
  tagDelete: true,
  sha512: true,
  sortedTags: true,
  rangeErrors: true,
  allowHeader: true,
  anonymousMount: true,
};
const nothing = {
  referrers: false,
  tagDelete: false,
  sha512: false,
  sortedTags: false,
  rangeErrors: false,
  allowHeader: false,
  anonymousMount: false,
};
suite('ours', openOurs, everything);
if (hasDebianRegistry) suite("Debian's docker-registry", openDebian, nothing);

function suite(name: string, open: () => Promise<TestRegistry>, can: Abilities): void {
  describe(`conformance of ${name}`, () => {
    let registry: TestRegistry;
    let client: RegistryClient;
    before(async () => {
      registry = await open();
      client = new RegistryClient(registry.url);
    });
    after(() => registry[Symbol.asyncDispose]());
    const get = () => client;
    describe('pull', () => pullTests(get, can));
    describe('push of blobs', () => blobTests(get, can));
    describe('push of manifests', () => manifestTests(get, can));
    describe('content discovery', () => discoveryTests(get, can));
    describe('content management', () => managementTests(get, can));
  });
}

const ACCEPT = { headers: { Accept: 'application/vnd.oci.image.manifest.v1+json' } };

function pullTests(client: () => RegistryClient, can: Abilities): void {
  it('answers the base endpoint', async () => {
    assert.equal((await client().send('GET', '/v2/')).status, 200);
  });

  it('answers 404 for what is not there, with an error that clients can read', async () => {
    const digest = digestOf('never pushed');
    for (const path of [`blobs/${digest}`, `manifests/${digest}`, 'manifests/nothing']) {
      assert.equal((await client().send('HEAD', `/v2/pull/none/${path}`)).status, 404);
      const answer = await client().send('GET', `/v2/pull/none/${path}`);
      assert.equal(answer.status, 404);
      assert.match(errorCode(answer), /^(BLOB|MANIFEST|NAME)_UNKNOWN$/);
    }
  });

  it('gives manifests by tag and by digest as they were pushed, with their type and digest', async () => {
    const { digest, bytes } = await client().pushImage('pull/image', 'v1');
    for (const reference of ['v1', digest]) {
      const path = `/v2/pull/image/manifests/${reference}`;
      const [head, answer] = [await client().send('HEAD', path, ACCEPT), await client().send('GET', path, ACCEPT)];
      assert.deepEqual([head.status, answer.status, answer.body.equals(bytes)], [200, 200, true]);
      assert.deepEqual([head.body.length, head.headers.get('content-length')], [0, String(bytes.length)]);
      assert.equal(answer.headers.get('docker-content-digest'), digest);
      assert.equal(answer.headers.get('content-type'), 'application/vnd.oci.image.manifest.v1+json');
    }
  });

  it('gives blobs whole and in parts', async () => {
    const bytes = randomBytes(300_000);
    const digest = digestOf(bytes);
    await client().pushBlob('pull/blob', bytes);
    const path = `/v2/pull/blob/blobs/${digest}`;
    const head = await client().send('HEAD', path);
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '300000']);
    assert.equal(head.headers.get('docker-content-digest'), digest);
    assert.ok((await client().send('GET', path)).body.equals(bytes));
    const ranges: [string, number, number][] = [
      ['bytes=0-9', 0, 10],
      ['bytes=299990-', 299_990, 300_000],
      ['bytes=-7', 299_993, 300_000],
      ['bytes=100-999999999', 100, 300_000],
    ];
    for (const [range, start, end] of ranges) {
      const part = await client().send('GET', path, { headers: { Range: range } });
      assert.equal(part.status, 206, range);
      assert.equal(part.headers.get('content-range'), `bytes ${start}-${end - 1}/300000`);
      assert.ok(part.body.equals(bytes.subarray(start, end)), range);
    }
    if (!can.rangeErrors) return;
    for (const range of ['bytes=300000-', 'bytes=500000-500001', 'bytes=500-0'])
      assert.equal((await client().send('GET', path, { headers: { Range: range } })).status, 416, range);
  });
}

function blobTests(client: () => RegistryClient, can: Abilities): void {
  it('takes a blob in one PUT', async () => {
    const bytes = randomBytes(5_000);
    const answer = await client().pushBlob('push/blob', bytes);
    assert.equal(answer.status, 201);
    const location = answer.headers.get('location') ?? '';
    assert.ok((await client().send('GET', location)).body.equals(bytes));
  });

  it('takes a blob in one POST, or says where to go on', async () => {
    const bytes = randomBytes(5_000);
    const path = withDigest('/v2/push/blob/blobs/uploads/', digestOf(bytes));
    const answer = await client().send('POST', path, { body: bytes, headers: OCTETS });
    assert.ok(answer.status === 201 || answer.status === 202, String(answer.status));
    if (can.sha512) assert.equal(answer.status, 201);
  });

  it('takes an empty blob', async () => {
    assert.equal((await client().pushBlob('push/blob', '')).status, 201);
  });

  it('takes a streamed PATCH without Content-Range, and a PUT without a body', async () => {
    const bytes = randomBytes(100_000);
    const location = await client().startUpload('push/stream');
    const patched = await client().send('PATCH', location, { body: bytes, headers: OCTETS });
    assert.equal(patched.status, 202);
    assert.equal(patched.headers.get('range'), '0-99999');
    const put = await client().send('PUT', withDigest(patched.headers.get('location') ?? '', digestOf(bytes)));
    assert.equal(put.status, 201);
  });

  it('takes chunks in order, refuses others with 416, and tells how far it is', {
    skip: !can.rangeErrors,
  }, async () => {
    const bytes = randomBytes(3_000);
    const chunk = (start: number, end: number) => ({
      body: bytes.subarray(start, end),
      headers: { ...OCTETS, 'Content-Range': `${start}-${end - 1}` },
    });
    let location = await client().startUpload('push/chunks');
    const go = (answer: { headers: Headers }) => {
      location = answer.headers.get('location') ?? location;
      return answer.headers.get('range');
    };
    const early = await client().send('PATCH', location, chunk(1_000, 2_000));
    assert.equal(early.status, 416);
    assert.equal(go(await client().send('PATCH', location, chunk(0, 1_000))), '0-999');
    assert.equal((await client().send('PATCH', location, chunk(0, 1_000))).status, 416, 'again');
    const state = await client().send('GET', location);
    assert.deepEqual([state.status, go(state)], [204, '0-999']);
    assert.equal(go(await client().send('PATCH', location, chunk(1_000, 2_000))), '0-1999');
    const last = await client().send('PUT', withDigest(location, digestOf(bytes)), chunk(2_000, 3_000));
    assert.equal(last.status, 201);
    const stored = await client().send('GET', `/v2/push/chunks/blobs/${digestOf(bytes)}`);
    assert.ok(stored.body.equals(bytes));
  });

  it('refuses a blob whose digest is another, or malformed, and stores nothing', async () => {
    const wanted = digestOf('something else');
    assert.equal((await client().pushBlob('push/lie', 'a lie', wanted)).status, 400);
    assert.equal((await client().send('HEAD', `/v2/push/lie/blobs/${wanted}`)).status, 404);
    assert.equal((await client().send('HEAD', `/v2/push/lie/blobs/${digestOf('a lie')}`)).status, 404);
    const malformed = await client().send('PUT', withDigest(await client().startUpload('push/lie'), 'sha256:no'));
    assert.deepEqual([malformed.status, errorCode(malformed)], [400, 'DIGEST_INVALID']);
  });

  it('refuses it in whichever way it is pushed', async () => {
    const [bytes, wanted] = [randomBytes(2_000), digestOf('something else')];
    const chunk = (range: string) => ({ body: bytes, headers: { ...OCTETS, 'Content-Range': range } });
    const ways: Record<string, (location: string) => Promise<number>> = {
      'POST and PUT': async (location) =>
        (await client().send('PUT', withDigest(location, wanted), { body: bytes })).status,
      chunked: async (location) => {
        const { headers } = await client().send('PATCH', location, chunk('0-1999'));
        return (await client().send('PUT', withDigest(headers.get('location') ?? '', wanted))).status;
      },
      streamed: async (location) => {
        const { headers } = await client().send('PATCH', location, { body: bytes, headers: OCTETS });
        return (await client().send('PUT', withDigest(headers.get('location') ?? '', wanted))).status;
      },
    };
    if (can.sha512) {
      const path = withDigest('/v2/push/lie/blobs/uploads/', wanted);
      ways['POST alone'] = async () => (await client().send('POST', path, { body: bytes, headers: OCTETS })).status;
    }
    for (const [way, push] of Object.entries(ways)) {
      assert.equal(await push(await client().startUpload('push/lie')), 400, way);
      assert.equal((await client().send('HEAD', `/v2/push/lie/blobs/${wanted}`)).status, 404, way);
    }
  });

  it('gives up an upload that is cancelled', async () => {
    const location = await client().startUpload('push/cancel');
    assert.equal((await client().send('DELETE', location)).status, 204);
    const answer = await client().send('GET', location);
    assert.deepEqual([answer.status, errorCode(answer)], [404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  it('mounts a blob of another repository, or goes on with an upload where it cannot', async () => {
    const bytes = randomBytes(1_000);
    const digest = digestOf(bytes);
    await client().pushBlob('push/from', bytes);
    const mounted = await client().send('POST', `/v2/push/to/blobs/uploads/?mount=${digest}&from=push/from`);
    assert.equal(mounted.status, 201);
    assert.ok((await client().send('GET', mounted.headers.get('location') ?? '')).body.equals(bytes));
    const missing = await client().send('POST', `/v2/push/to/blobs/uploads/?mount=${digestOf('no')}&from=push/from`);
    assert.equal(missing.status, 202);
    assert.notEqual(missing.headers.get('location'), null);
  });

  it('mounts a blob that is somewhere without being told where', { skip: !can.anonymousMount }, async () => {
    const digest = digestOf('somewhere');
    await client().pushBlob('push/somewhere', 'somewhere');
    assert.equal((await client().send('POST', `/v2/push/anywhere/blobs/uploads/?mount=${digest}`)).status, 201);
    assert.equal((await client().send('GET', `/v2/push/anywhere/blobs/${digest}`)).body.toString(), 'somewhere');
  });

  it('takes sha512', { skip: !can.sha512 }, async () => {
    const bytes = randomBytes(1_000);
    const digest = digestOf(bytes, 'sha512');
    const location = await client().startUpload('push/sha512');
    const patched = await client().send('PATCH', location, { body: bytes.subarray(0, 500), headers: OCTETS });
    const put = withDigest(patched.headers.get('location') ?? '', digest);
    assert.equal((await client().send('PUT', put, { body: bytes.subarray(500), headers: OCTETS })).status, 201);
    const answer = await client().send('GET', `/v2/push/sha512/blobs/${digest}`);
    assert.ok(answer.body.equals(bytes));
    assert.equal(answer.headers.get('docker-content-digest'), digest);
  });
}

function manifestTests(client: () => RegistryClient, can: Abilities): void {
  it('takes manifests by tag and by digest', async () => {
    const tagged = await client().pushImage('push/image', 'v1');
    assert.equal(tagged.answer.status, 201);
    assert.equal(tagged.answer.headers.get('docker-content-digest'), tagged.digest);
    const untagged = await client().pushImage('push/image');
    assert.equal(untagged.answer.status, 201);
    assert.equal((await client().send('GET', untagged.answer.headers.get('location') ?? '', ACCEPT)).status, 200);
  });

  it('moves a tag to the manifest that was pushed last', async () => {
    await client().pushImage('push/moved', 'v1');
    const { digest } = await client().pushImage('push/moved', 'v1');
    const answer = await client().send('HEAD', '/v2/push/moved/manifests/v1', ACCEPT);
    assert.equal(answer.headers.get('docker-content-digest'), digest);
  });

  it('takes an index of several platforms, and one of Docker', async () => {
    const images = [await client().pushImage('push/index'), await client().pushImage('push/index')];
    const platform = { os: 'linux', architecture: 'arm64' };
    const manifests = images.map(({ descriptor }) => ({ ...descriptor, platform }));
    assert.equal((await client().pushIndex('push/index', 'multi', manifests)).answer.status, 201);
    const answer = await client().send('GET', '/v2/push/index/manifests/multi', { headers: { Accept: OCI_INDEX } });
    assert.equal(answer.headers.get('content-type'), OCI_INDEX);
    const docker = await client().pushImage('push/docker', undefined, { mediaType: DOCKER_MANIFEST });
    const bytes = Buffer.from(docker.bytes);
    assert.equal((await client().pushManifest('push/docker', digestOf(bytes), bytes, DOCKER_MANIFEST)).status, 201);
    const list = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: DOCKER_LIST,
        manifests: [{ ...descriptorOf(bytes, DOCKER_MANIFEST), platform }],
      }),
    );
    assert.equal((await client().pushManifest('push/docker', 'list', list, DOCKER_LIST)).status, 201);
  });

  it('refuses a manifest whose blobs are not there, or that is none', async () => {
    const { bytes } = await client().pushImage('push/source');
    const missing = await client().pushManifest('push/elsewhere', 'v1', bytes);
    assert.ok(missing.status === 404 || missing.status === 400);
    assert.equal(errorCode(missing), 'MANIFEST_BLOB_UNKNOWN');
    const noJson = await client().pushManifest('push/source', 'v1', 'no JSON');
    assert.deepEqual([noJson.status, errorCode(noJson)], [400, 'MANIFEST_INVALID']);
    const other = await client().pushManifest('push/source', digestOf('other'), bytes);
    assert.deepEqual([other.status, errorCode(other)], [400, 'DIGEST_INVALID']);
  });

  it('takes artifacts of any type, and says that it knows their subject', { skip: !can.referrers }, async () => {
    const subject = await client().pushImage('push/subject', 'v1');
    const signature = await pushArtifact(client(), 'push/subject', 'application/x.signature', subject.descriptor);
    assert.equal(signature.answer.status, 201);
    assert.equal(signature.answer.headers.get('oci-subject'), subject.digest);
  });

  it('takes sha512 digests of manifests, and tags beside them', { skip: !can.sha512 }, async () => {
    const { bytes } = await client().pushImage('push/sha512', 'first');
    const digest = digestOf(bytes, 'sha512');
    const answer = await client().pushManifest('push/sha512', `${digest}?tag=a&tag=b`, bytes);
    assert.equal(answer.status, 201);
    for (const tag of ['a', 'b']) {
      const found = await client().send('GET', `/v2/push/sha512/manifests/${tag}`);
      assert.equal(found.headers.get('docker-content-digest'), digest);
      assert.ok(found.body.equals(bytes));
    }
  });
}

/** An artifact without layers of its own, as the image spec advises. */
function pushArtifact(client: RegistryClient, repository: string, artifactType: string, subject: object) {
  const layer = Buffer.from('{}');
  const empty = descriptorOf(layer, EMPTY_JSON);
  const annotations = { 'org.example.of': artifactType };
  return client.pushImage(repository, undefined, {
    layer,
    config: empty,
    layers: [empty],
    artifactType,
    subject,
    annotations,
  });
}

function discoveryTests(client: () => RegistryClient, can: Abilities): void {
  it('lists tags sorted, and by pages', async () => {
    const { bytes } = await client().pushImage('discover/tags', 'a1');
    for (const tag of ['b2', 'c3', 'B', '_x']) await client().pushManifest('discover/tags', tag, bytes);
    const all = ['B', '_x', 'a1', 'b2', 'c3'];
    const list = async (query: string) => {
      const answer = await client().send('GET', `/v2/discover/tags/tags/list${query}`);
      assert.equal(answer.status, 200);
      const { name, tags } = JSON.parse(answer.body.toString()) as { name: string; tags: string[] };
      assert.equal(name, 'discover/tags');
      return { tags, link: answer.headers.get('link') };
    };
    if (!can.sortedTags) return assert.deepEqual(new Set((await list('')).tags), new Set(all));
    assert.deepEqual((await list('')).tags, all);
    assert.deepEqual(await list('?n=5'), { tags: all, link: null });
    const first = await list('?n=2');
    assert.deepEqual(first.tags, ['B', '_x']);
    const next = /^<([^>]+)>; rel="next"$/.exec(first.link ?? '')?.[1] ?? '';
    assert.deepEqual((await list(next.slice(next.indexOf('?')))).tags, ['a1', 'b2']);
    assert.deepEqual((await list('?n=10&last=b2')).tags, ['c3']);
    assert.deepEqual((await list('?n=0')).tags, []);
  });

  it('answers 404 for tags of an unknown repository', async () => {
    const answer = await client().send('GET', '/v2/discover/none/tags/list');
    assert.deepEqual([answer.status, errorCode(answer)], [404, 'NAME_UNKNOWN']);
  });

  it('lists repositories by pages', async () => {
    for (const name of ['discover/r1', 'discover/r2']) await client().pushImage(name, 'v1');
    const found: string[] = [];
    for (let path = '/v2/_catalog?n=1'; path !== ''; ) {
      const answer = await client().send('GET', path);
      found.push(...(JSON.parse(answer.body.toString()) as { repositories: string[] }).repositories);
      path = /^<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
    }
    assert.deepEqual(found, found.toSorted());
    assert.ok(found.includes('discover/r1') && found.includes('discover/r2'));
  });

  it('lists referrers, by type too, and none for what has none', { skip: !can.referrers }, async () => {
    const subject = await client().pushImage('discover/ref', 'v1');
    const types = ['application/x.sbom', 'application/x.signature'];
    const pushed = await Promise.all(
      types.map((type) => pushArtifact(client(), 'discover/ref', type, subject.descriptor)),
    );
    const list = async (digest: string, query = '') => {
      const answer = await client().send('GET', `/v2/discover/ref/referrers/${digest}${query}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), OCI_INDEX);
      const index = JSON.parse(answer.body.toString()) as {
        schemaVersion: number;
        manifests: Record<string, unknown>[];
      };
      assert.equal(index.schemaVersion, 2);
      return { manifests: index.manifests, filters: answer.headers.get('oci-filters-applied') };
    };
    const { manifests } = await list(subject.digest);
    assert.deepEqual(new Set(manifests.map(({ digest }) => digest)), new Set(pushed.map(({ digest }) => digest)));
    const [sbom] = pushed;
    const filtered = await list(subject.digest, `?artifactType=${encodeURIComponent('application/x.sbom')}`);
    assert.equal(filtered.filters, 'artifactType');
    assert.deepEqual(filtered.manifests, [
      {
        ...sbom?.descriptor,
        artifactType: 'application/x.sbom',
        annotations: { 'org.example.of': 'application/x.sbom' },
      },
    ]);
    assert.deepEqual((await list(digestOf('nobody'))).manifests, []);
    const missing = descriptorOf(Buffer.from('not pushed'), 'application/vnd.oci.image.manifest.v1+json');
    await pushArtifact(client(), 'discover/ref', 'application/x.early', missing);
    assert.equal((await list(missing.digest)).manifests.length, 1, 'the subject may come later');
    assert.equal((await client().send('GET', '/v2/discover/ref/referrers/sha256:no')).status, 400);
  });
}

function managementTests(client: () => RegistryClient, can: Abilities): void {
  it('deletes a tag, and leaves its manifest', { skip: !can.tagDelete }, async () => {
    const { digest } = await client().pushImage('delete/tag', 'v1');
    assert.equal((await client().send('DELETE', '/v2/delete/tag/manifests/v1')).status, 202);
    assert.equal((await client().send('GET', '/v2/delete/tag/manifests/v1')).status, 404);
    assert.equal((await client().send('GET', `/v2/delete/tag/manifests/${digest}`)).status, 200);
    assert.equal((await client().send('DELETE', '/v2/delete/tag/manifests/v1')).status, 404);
  });

  it('deletes a manifest with its tags, and then its blobs', async () => {
    const layer = randomBytes(100);
    const { digest } = await client().pushImage('delete/image', 'v1', { layer });
    const blob = `/v2/delete/image/blobs/${digestOf(layer)}`;
    assert.equal((await client().send('DELETE', `/v2/delete/image/manifests/${digest}`)).status, 202);
    for (const reference of ['v1', digest])
      assert.equal((await client().send('GET', `/v2/delete/image/manifests/${reference}`)).status, 404);
    assert.equal((await client().send('DELETE', blob)).status, 202);
    assert.equal((await client().send('GET', blob)).status, 404);
    assert.equal((await client().send('DELETE', blob)).status, 404);
  });

  it('refuses methods that an endpoint does not have', { skip: !can.allowHeader }, async () => {
    const answer = await client().send('POST', '/v2/delete/image/tags/list');
    assert.deepEqual(
      [answer.status, errorCode(answer), answer.headers.get('allow')],
      [405, 'UNSUPPORTED', 'GET, HEAD'],
    );
  });
}
