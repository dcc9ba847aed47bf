/** What a registry may do to a pull, and what must come of it: the image whole, or a clear error and nothing. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isHakoError, sha256 } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { collector, noise, openRemote, type RemoteFixture } from '../testing/remote-fixture.ts';

const BLOB_BYTES = 1_000_000;

function assertNothingVisible({ store }: RemoteFixture): void {
  assert.deepEqual(store.images.list(), []);
  assert.deepEqual(store.images.store.layers.all(), []);
}

test('a pull survives a connection that breaks at every tenth of a blob, and goes on from there', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const { layers } = registry.addImage('app:1', [noise(BLOB_BYTES)]);
  const [blob] = layers;
  assert.ok(blob);
  const step = Math.ceil(blob.length / 10);
  let sent = 0;
  registry.intercept = (request, response) => {
    if (!request.url?.includes(sha256(blob))) return false;
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const body = blob.subarray(start, start + step);
    sent += body.length;
    const headers = {
      'Content-Length': blob.length - start,
      'Content-Range': `bytes ${start}-${blob.length - 1}/${blob.length}`,
    };
    response.writeHead(start > 0 ? 206 : 200, headers);
    response.write(body, () => (start + step < blob.length ? response.destroy() : response.end()));
    return true;
  };
  const image = await store.images.pull(`${registry.host}/app:1`, {});
  assert.equal(image.config.rootfs.diff_ids.length, 1);
  // A connection that is torn down may take bytes with it that had been sent.
  assert.ok(sent < 1.5 * blob.length, `${sent} bytes were sent`);
});

test('a pull goes on in the next process with the bytes and the layers that the last one had', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const { layers } = registry.addImage('app:1', [noise(50_000), noise(BLOB_BYTES)]);
  const [first, second] = layers;
  assert.ok(first && second);
  registry.intercept = (request, response) => {
    if (!request.url?.includes(sha256(second)) || request.headers.range !== undefined) return false;
    response.writeHead(200, { 'Content-Length': second.length });
    response.write(second.subarray(0, 400_000), () => response.destroy());
    return true;
  };
  const half = registry.intercept;
  registry.intercept = (request, response) => {
    if (half(request, response) === true) return true;
    if (request.headers.range === undefined) return false;
    response.writeHead(503).end();
    return true;
  };
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), (error) => isHakoError(error, 'unavailable'));
  assert.deepEqual(store.images.list(), []);
  await store.reopen();
  registry.intercept = () => false;
  registry.log.length = 0;
  await store.images.pull(`${registry.host}/app:1`, {});
  assert.ok(!registry.log.some((line) => line.includes(sha256(first))), 'the first layer is not fetched again');
  const again = registry.log.find((line) => line.includes(sha256(second)));
  assert.match(again ?? '', / bytes=[1-9]\d+-$/);
});

test('a kept beginning that is damaged is noticed, and the blob fetched anew', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const { layers } = registry.addImage('app:1', [noise(50_000)]);
  const [blob] = layers;
  assert.ok(blob);
  {
    await using ingest = await store.images.store.content.ingest(sha256(blob));
    await ingest.write(noise(10_000));
  }
  await store.images.pull(`${registry.host}/app:1`, {});
  assert.ok(store.images.store.content.has(sha256(blob)));
});

test('a registry without ranges makes a broken download begin anew', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const { layers } = registry.addImage('app:1', [noise(300_000)]);
  const [blob] = layers;
  assert.ok(blob);
  let breaks = 2;
  registry.intercept = (request, response) => {
    if (!request.url?.includes(sha256(blob))) return false;
    response.writeHead(200, { 'Content-Length': blob.length });
    if (breaks-- > 0) response.write(blob.subarray(0, 200_000), () => response.destroy());
    else response.end(blob);
    return true;
  };
  await store.images.pull(`${registry.host}/app:1`, {});
});

const lies: [what: string, tell: (blob: Buffer) => Buffer, message: RegExp][] = [
  ['other bytes', (blob) => noise(blob.length), /expected was sha256/],
  ['more bytes', (blob) => Buffer.concat([blob, noise(10_000)]), /more bytes/],
  ['fewer bytes', (blob) => blob.subarray(0, 100), /ended after 100 of|shorter than/],
];
for (const [what, tell, message] of lies) {
  test(`a blob with ${what} than the manifest says is refused, and nothing becomes visible`, async () => {
    await using remote = await openRemote();
    const { registry, store } = remote;
    const { layers } = registry.addImage('app:1', [noise(20_000)]);
    const [blob] = layers;
    assert.ok(blob);
    registry.blobs.set(sha256(blob), tell(blob));
    await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), message);
    assertNothingVisible(remote);
    assert.ok(!store.images.store.content.has(sha256(blob)));
  });
}

test('a layer that unpacks to another diffID is refused', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const { manifest } = registry.addImage('app:1', [noise(1000)]);
  const other = registry.addImage('other:1', [noise(1000)]);
  registry.addManifest('app:1', { ...manifest, layers: other.manifest.layers });
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), /damaged or forged/);
  assertNothingVisible(remote);
});

test('429 and 500 are tried again after the time that the registry asks for', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  registry.addImage('app:1', [noise(1000)]);
  const answers = [429, 500, 503];
  registry.intercept = (request, response) => {
    if (!request.url?.includes('/blobs/')) return false;
    const status = answers.shift();
    if (status === undefined) return false;
    response.writeHead(status, { 'Retry-After': '0' }).end('busy');
    return true;
  };
  await store.images.pull(`${registry.host}/app:1`, {});
  assert.deepEqual(answers, []);
});

test('a rate limit that lasts for hours is told at once, in the registry’s words', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  registry.intercept = (_request, response) => {
    response.writeHead(429, { 'Retry-After': '7200' });
    response.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'limit\u001b[31m reached' }] }));
    return true;
  };
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), /toomanyrequests: limit \[31m reached/);
  assert.equal(registry.log.length, 1);
});

test('another host that blobs are redirected to gets no credentials', async () => {
  await using remote = await openRemote();
  await using storage = await FakeRegistry.start('127.0.0.2');
  const { registry, store } = remote;
  registry.addImage('app:1', [noise(1000)]);
  for (const blob of registry.blobs.values()) storage.addBlob(blob);
  const seen: (string | undefined)[] = [];
  storage.intercept = (request) => {
    seen.push(request.headers.authorization);
    return false;
  };
  registry.intercept = (request, response) => {
    if (request.headers.authorization === undefined) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
      return true;
    }
    if (!request.url?.includes('/blobs/')) return false;
    response.writeHead(307, { Location: `http://${storage.host}${request.url}` }).end();
    return true;
  };
  await store.images.pull(`${registry.host}/app:1`, { credentials: { username: 'anna', password: 'secret' } });
  assert.deepEqual(seen, [undefined, undefined]);
});

test('a registry that redirects in a circle, or to a file, is given up', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  let target = '/v2/again';
  registry.intercept = (_request, response) => {
    response.writeHead(302, { Location: target }).end();
    return true;
  };
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), /circle/);
  target = 'file:///etc/passwd';
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), /refused/);
});

const documents: [what: string, document: object, type: string, message: RegExp][] = [
  ['is index and manifest at once', { schemaVersion: 2, manifests: [], layers: [], config: {} }, '', /at once/],
  [
    'has schema 1',
    { schemaVersion: 1, fsLayers: [] },
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    /schema 1/,
  ],
  [
    'names a digest with dots',
    { schemaVersion: 2, config: { digest: 'sha256:../../etc', size: 1 }, layers: [] },
    MediaType.manifest,
    /valid digest/,
  ],
  [
    'is nested without end',
    JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`),
    MediaType.manifest,
    /schema version/,
  ],
];
for (const [what, document, type, message] of documents) {
  test(`a manifest that ${what} is refused`, async () => {
    await using remote = await openRemote();
    remote.registry.addManifest('app:1', document, type);
    await assert.rejects(remote.store.images.pull(`${remote.registry.host}/app:1`, {}), message);
    assertNothingVisible(remote);
  });
}

test('a manifest without end is cut off', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  registry.intercept = (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', more);
    };
    response.writeHead(200, { 'Content-Type': MediaType.manifest });
    more();
    return true;
  };
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, {}), /more than 4194304 bytes/);
});

test('two pulls at once fetch each blob once, and the end of one does not end the other', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const { layers } = registry.addImage('app:1', [noise(200_000)]);
  const [blob] = layers;
  assert.ok(blob);
  const abort = new AbortController();
  registry.intercept = (request, response) => {
    if (!request.url?.includes(sha256(blob))) return false;
    response.writeHead(200, { 'Content-Length': blob.length });
    response.write(blob.subarray(0, 1000));
    setTimeout(() => abort.abort(), 30);
    setTimeout(() => response.end(blob.subarray(1000)), 60);
    return true;
  };
  const cancelled = store.images.pull(`${registry.host}/app:1`, { signal: abort.signal });
  const { lines, onProgress } = collector();
  const other = store.images.pull(`${registry.host}/app:1`, { onProgress });
  await assert.rejects(cancelled, (error) => isHakoError(error, 'cancelled'));
  await other;
  assert.equal(registry.log.filter((line) => line.includes(sha256(blob))).length, 1);
  assert.match(
    lines.join('\n'),
    /Downloading\n.*Verifying Checksum\n.*Download complete\n.*Extracting\n.*Pull complete/,
  );
});

test('a pull that is cancelled leaves a beginning for the next one and nothing else', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const { layers } = registry.addImage('app:1', [noise(200_000)]);
  const [blob] = layers;
  assert.ok(blob);
  const abort = new AbortController();
  registry.intercept = (request, response) => {
    if (!request.url?.includes(sha256(blob)) || request.headers.range !== undefined) return false;
    response.writeHead(200, { 'Content-Length': blob.length });
    response.write(blob.subarray(0, 100_000));
    setTimeout(() => abort.abort(), 50);
    return true;
  };
  await assert.rejects(store.images.pull(`${registry.host}/app:1`, { signal: abort.signal }), /cancelled/);
  assertNothingVisible(remote);
  assert.equal(readdirSync(join(store.images.store.content.dir, 'ingest')).length, 1);
  await store.images.pull(`${registry.host}/app:1`, {});
  assert.deepEqual(readdirSync(join(store.images.store.content.dir, 'ingest')), []);
});
