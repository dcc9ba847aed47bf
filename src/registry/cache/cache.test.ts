/** A cache before an upstream that is slow, breaks, lies and goes away. Clients are real HTTP clients. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { digestHex, sha256 } from '#base';
import type { CollectOptions, NewManifest, Quotas } from '../contract.ts';
import { openRegistry } from '../registry.ts';
import { openFolderStorage } from '../storage/adapters.ts';
import { digestOf, errorCode, RegistryClient } from '../testing/client.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { imageOf, pushBlob, TestClock } from '../testing/storage-suite.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-cache-'));
after(() => rmSync(root, { recursive: true }));

const HOUR_MS = 3_600_000;
const TAG_TTL_MS = 60_000;
const COLLECT: CollectOptions = { graceMs: HOUR_MS, uploadTtlMs: HOUR_MS, untagged: true };

interface Cache extends AsyncDisposable {
  upstream: FakeUpstream;
  client: RegistryClient;
  clock: TestClock;
  dir: string;
  storage: ReturnType<typeof openFolderStorage>;
}

async function openCache(options: { dir?: string; quotas?: Quotas; upstream?: FakeUpstream } = {}): Promise<Cache> {
  const { dir = mkdtempSync(join(root, 'c')), quotas = {}, upstream = new FakeUpstream() } = options;
  const clock = new TestClock();
  const cache = { upstream, tagTtlMs: TAG_TTL_MS, maxAgeMs: 24 * HOUR_MS, clock };
  const storage = openFolderStorage({ dir, quotas, clock, cache });
  const registry = await openRegistry({ host: '127.0.0.1', port: 0, storage });
  const client = new RegistryClient(`http://127.0.0.1:${registry.address.port}`);
  return { upstream, client, clock, dir, storage, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

/** An image with this text as its only blob, at the upstream. */
function publish(upstream: FakeUpstream, text: string, tag?: string): NewManifest {
  upstream.addBlob(Buffer.from(text));
  const image = imageOf(text);
  upstream.addManifest(image, tag);
  return image;
}

async function get(client: RegistryClient, path: string, headers = {}): Promise<IncomingMessage> {
  const asked = request(new URL(path, client.url), { headers, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return answer;
}

const asked = ({ questions }: FakeUpstream, what: string) => questions.filter((each) => each.startsWith(what)).length;

test('a cache fetches a manifest and its blobs once, and has them when the upstream is away', async () => {
  await using cache = await openCache();
  const { upstream, client, clock } = cache;
  const { digest, bytes } = publish(upstream, 'layer', 'v1');
  for (let round = 0; round < 3; round++) {
    if (round === 2) upstream.isAway = true;
    clock.pass(2 * TAG_TTL_MS);
    const answer = await client.send('GET', '/v2/a/manifests/v1');
    assert.deepEqual([answer.status, answer.headers.get('docker-content-digest')], [200, digest]);
    assert.ok(answer.body.equals(bytes));
    assert.equal((await client.send('GET', `/v2/a/manifests/${digest}`)).status, 200);
    assert.equal((await client.send('GET', `/v2/a/blobs/${digestOf('layer')}`)).body.toString(), 'layer');
  }
  assert.deepEqual([asked(upstream, 'manifest'), asked(upstream, 'blob')], [1, 1]);
  assert.equal((await client.send('GET', '/v2/a/manifests/v2')).status, 503);
  assert.equal((await client.send('GET', `/v2/a/blobs/${digestOf('other')}`)).status, 503);
  const metrics = (await client.send('GET', '/metrics')).body.toString();
  assert.match(metrics, /^hako_registry_cache_misses_total 2$/m);
  assert.match(metrics, new RegExp(`^hako_registry_cache_fetched_bytes_total ${bytes.length + 5}$`, 'm'));
});

test('a tag is believed for its time, then follows the upstream, and goes when it is gone there', async () => {
  await using cache = await openCache();
  const { upstream, client, clock } = cache;
  const digestNow = async () => (await client.send('HEAD', '/v2/a/manifests/v1')).headers.get('docker-content-digest');
  const [one, two] = [publish(upstream, 'one', 'v1'), publish(upstream, 'two')];
  assert.equal(await digestNow(), one.digest);
  upstream.currentTags.set('v1', two.digest);
  assert.equal(await digestNow(), one.digest);
  clock.pass(TAG_TTL_MS);
  assert.equal(await digestNow(), two.digest);
  assert.equal(asked(upstream, 'resolve'), 2);
  upstream.currentTags.delete('v1');
  clock.pass(TAG_TTL_MS);
  assert.equal((await client.send('GET', '/v2/a/manifests/v1')).status, 404);
  assert.equal((await client.send('GET', `/v2/a/manifests/${two.digest}`)).status, 200, 'the manifest stays');
  upstream.isAway = true;
  clock.pass(TAG_TTL_MS);
  assert.equal((await client.send('GET', '/v2/a/manifests/v1')).status, 503);
});

test('clients that want a blob at the same time share one fetch, each at its own pace', async () => {
  await using cache = await openCache();
  const { upstream, client } = cache;
  const bytes = randomBytes(2_000_000);
  const path = `/v2/a/blobs/${upstream.addBlob(bytes)}`;
  const gate = Promise.withResolvers<void>();
  let pieces = 0;
  upstream.gate = () => (++pieces > 10 ? gate.promise : Promise.resolve());
  const leaver = await get(client, path);
  await once(leaver, 'data');
  const stayers = [await get(client, path), await get(client, `${path.replace('/a/', '/b/')}`)];
  const part = await get(client, path, { Range: 'bytes=1000-1999' });
  assert.deepEqual([part.statusCode, (await buffer(part)).equals(bytes.subarray(1000, 2000))], [206, true]);
  leaver.destroy();
  gate.resolve();
  for (const stayer of stayers) assert.ok((await buffer(stayer)).equals(bytes));
  assert.equal(asked(upstream, 'blob'), 1);
  upstream.isAway = true;
  for (const repository of ['a', 'b'])
    assert.equal((await client.send('HEAD', path.replace('/a/', `/${repository}/`))).status, 200, repository);
});

test('clients that ask for a tag at the same time are one question to the upstream', async () => {
  await using cache = await openCache();
  const { upstream, client } = cache;
  const { bytes } = publish(upstream, 'layer', 'v1');
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.send('GET', '/v2/a/manifests/v1')));
  for (const { body } of answers) assert.ok(body.equals(bytes));
  assert.deepEqual([asked(upstream, 'resolve'), asked(upstream, 'manifest')], [1, 1]);
});

test('a fetch goes on when its only client has gone', async () => {
  await using cache = await openCache();
  const { upstream, client, storage } = cache;
  const bytes = randomBytes(3_000_000);
  const digest = upstream.addBlob(bytes);
  const gate = Promise.withResolvers<void>();
  let pieces = 0;
  upstream.gate = () => (++pieces > 5 ? gate.promise : Promise.resolve());
  const leaver = await get(client, `/v2/a/blobs/${digest}`);
  await once(leaver, 'data');
  leaver.destroy();
  gate.resolve();
  while (storage.usage().totalBytes === 0) await new Promise(setImmediate);
  upstream.isAway = true;
  assert.ok((await client.send('GET', `/v2/a/blobs/${digest}`)).body.equals(bytes));
});

test('HEAD of a blob fetches nothing', async () => {
  await using cache = await openCache();
  const { upstream, client } = cache;
  const digest = upstream.addBlob(Buffer.from('large'));
  const head = await client.send('HEAD', `/v2/a/blobs/${digest}`);
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '5']);
  assert.equal((await client.send('HEAD', `/v2/a/blobs/${digestOf('none')}`)).status, 404);
  assert.equal(asked(upstream, 'blob'), 0);
});

test('an upstream that breaks off at every tenth of a blob is asked for the rest', async () => {
  for (const ignoresOffsets of [false, true]) {
    await using cache = await openCache();
    const { upstream, client } = cache;
    const bytes = randomBytes(1_000_000);
    const digest = upstream.addBlob(bytes);
    Object.assign(upstream, { breaksAfterBytes: 100_000, ignoresOffsets });
    if (ignoresOffsets) {
      const limits = [100_000, 300_000, Number.POSITIVE_INFINITY];
      upstream.gate = async () => {
        upstream.breaksAfterBytes = limits[asked(upstream, 'blob')] ?? 1e9;
      };
    }
    const answer = await client.send('GET', `/v2/a/blobs/${digest}`);
    assert.ok(answer.body.equals(bytes));
    assert.ok(asked(upstream, 'blob') > 1);
  }
});

test('an upstream that brings nothing any more ends the answer, and the next one goes on from there', async () => {
  await using cache = await openCache();
  const { upstream, client } = cache;
  const bytes = randomBytes(500_000);
  const digest = upstream.addBlob(bytes);
  upstream.breaksAfterBytes = 200_000;
  upstream.pieceBytes = 200_000;
  upstream.gate = async () => {
    upstream.breaksAfterBytes = 0;
  };
  const broken = await get(client, `/v2/a/blobs/${digest}`);
  await assert.rejects(buffer(broken));
  Object.assign(upstream, { breaksAfterBytes: Number.POSITIVE_INFINITY, gate: async () => undefined });
  const answer = await client.send('GET', `/v2/a/blobs/${digest}`);
  assert.ok(answer.body.equals(bytes));
  assert.match(upstream.questions.at(-1) ?? '', / from [1-9]\d+$/);
});

test('nobody gets the whole of a blob that is not what its digest says, and it is not kept', async () => {
  await using cache = await openCache();
  const { upstream, client, dir } = cache;
  const bytes = randomBytes(300_000);
  const digest = upstream.addBlob(bytes);
  const path = `/v2/a/blobs/${digest}`;
  const lies: [string, Buffer][] = [
    ['other bytes', randomBytes(300_000)],
    ['one byte at the end', Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])])],
  ];
  for (const [what, lie] of lies) {
    upstream.blobs.set(digest, lie);
    const answer = await get(client, path);
    await assert.rejects(buffer(answer), what);
  }
  const ingest = join(dir, 'ingest', `ref-cache-${digestHex(sha256(digest)).slice(0, 32)}`);
  writeFileSync(ingest, randomBytes(1_000));
  upstream.blobs.set(digest, bytes);
  await assert.rejects(buffer(await get(client, path)), 'what an earlier process kept is damaged');
  assert.deepEqual([readdirSync(join(dir, 'blobs/sha256')), readdirSync(join(dir, 'ingest'))], [[], []]);
  assert.ok((await client.send('GET', path)).body.equals(bytes), 'then it comes anew');
});

test('a manifest may lie about the size of a blob: the answer is an error, not something else', async () => {
  await using cache = await openCache();
  const { upstream, client } = cache;
  const image = imageOf('layer');
  upstream.addBlob(Buffer.from('layer'));
  const bytes = Buffer.from(image.bytes.toString().replace('"size":5', '"size":6'));
  upstream.addManifest({ ...image, bytes, digest: digestOf(bytes) }, 'v1');
  await client.send('GET', '/v2/a/manifests/v1');
  const answer = await client.send('GET', `/v2/a/blobs/${digestOf('layer')}`);
  assert.deepEqual([answer.status, errorCode(answer)], [502, 'UNAVAILABLE']);
});

test('manifests of an upstream that are malformed, deep, or two things at once are refused and not kept', async () => {
  await using cache = await openCache();
  const { upstream, client, dir } = cache;
  const { bytes, mediaType } = imageOf('layer');
  const hostile = [
    'no JSON',
    `{"schemaVersion":2,"x":${'['.repeat(100_000)}`,
    bytes.toString().replace('{', '{"manifests":[],'),
    bytes.toString().replace(/sha256:[0-9a-f]{60}/, 'sha256:../../../../'),
    '{"schemaVersion":1,"fsLayers":[]}',
  ];
  for (const text of hostile) {
    const manifest = { digest: digestOf(text), mediaType, bytes: Buffer.from(text) };
    upstream.addManifest(manifest, 'bad');
    for (const reference of ['bad', manifest.digest]) {
      const answer = await client.send('GET', `/v2/a/manifests/${reference}`);
      assert.deepEqual([answer.status, errorCode(answer)], [502, 'UNAVAILABLE'], text.slice(0, 60));
    }
  }
  assert.deepEqual(readdirSync(join(dir, 'blobs/sha256')), []);
});

test('a cache takes no pushes and no deletes for what its upstream covers, and says where they belong', async () => {
  await using cache = await openCache();
  const { upstream, client } = cache;
  const { digest } = publish(upstream, 'layer', 'v1');
  await client.send('GET', '/v2/a/manifests/v1');
  for (const [method, path] of [
    ['POST', '/v2/a/blobs/uploads/'],
    ['PUT', '/v2/a/manifests/v1'],
    ['DELETE', `/v2/a/manifests/${digest}`],
    ['DELETE', `/v2/a/blobs/${digestOf('layer')}`],
  ] as const) {
    const answer = await client.send(method, path);
    assert.deepEqual([answer.status, errorCode(answer)], [405, 'UNSUPPORTED'], path);
    assert.match(answer.body.toString(), /a cache of upstream\.example: push there/);
  }
  assert.equal((await client.pushImage('own/app', 'v1')).answer.status, 201, 'what it does not cover is ours');
  assert.equal((await client.send('GET', '/v2/own/app/manifests/v1')).status, 200);
});

test('what nobody asked for in its time goes, with its blobs; what was pushed or is used stays', async () => {
  await using cache = await openCache();
  const { upstream, client, clock, storage, dir } = cache;
  const [used, unused] = [publish(upstream, 'used', 'used'), publish(upstream, 'unused', 'unused')];
  const pull = async (tag: string) => {
    await client.send('GET', `/v2/a/manifests/${tag}`);
    await client.send('GET', `/v2/a/blobs/${digestOf(tag)}`);
  };
  for (const tag of ['used', 'unused']) await pull(tag);
  await pushBlob(storage, 'own/app', 'mine');
  await storage.putManifest('own/app', imageOf('mine'), ['v1']);
  for (let hour = 0; hour < 30; hour += 6) {
    clock.pass(6 * HOUR_MS);
    await pull('used');
    await storage.collect({ ...COLLECT, untagged: false });
  }
  upstream.isAway = true;
  const kept = readdirSync(join(dir, 'blobs/sha256')).sort();
  const wanted = [used.digest, digestOf('used'), imageOf('mine').digest, digestOf('mine')].map((each) => each.slice(7));
  assert.deepEqual(kept, wanted.sort());
  assert.equal((await client.send('GET', '/v2/a/manifests/used')).status, 200);
  assert.equal((await client.send('GET', `/v2/a/manifests/${unused.digest}`)).status, 503);
});

test('a full cache lets go of what was not asked for the longest; what never fits is refused', async () => {
  await using cache = await openCache({ quotas: { totalBytes: 3_000 } });
  const { upstream, client, clock } = cache;
  const layers = ['a', 'b', 'c'].map((letter) => letter.repeat(1_000));
  const images = layers.map((layer, index) => publish(upstream, layer, `v${index}`));
  const pull = async (index: number) => {
    clock.pass(1_000);
    assert.equal((await client.send('GET', `/v2/a/manifests/v${index}`)).status, 200);
    return (await client.send('GET', `/v2/a/blobs/${digestOf(layers[index] ?? '')}`)).status;
  };
  assert.deepEqual([await pull(0), await pull(1), await pull(0), await pull(2)], [200, 200, 200, 200]);
  upstream.isAway = true;
  const stillThere = await Promise.all(
    images.map(async ({ digest }) => (await client.send('GET', `/v2/a/manifests/${digest}`)).status),
  );
  assert.deepEqual(stillThere, [200, 503, 200]);
  upstream.isAway = false;
  clock.pass(10_000);
  const huge = upstream.addBlob(Buffer.alloc(5_000));
  const answer = await client.send('GET', `/v2/a/blobs/${huge}`);
  assert.deepEqual([answer.status, errorCode(answer)], [403, 'DENIED']);
});

test('tags are those of the upstream, by pages; while it is away those that are cached', async () => {
  await using cache = await openCache();
  const { upstream, client } = cache;
  for (const tag of ['v1', 'v2', 'v3']) publish(upstream, tag, tag);
  const tags = async (query = '') => {
    const { body } = await client.send('GET', `/v2/a/tags/list${query}`);
    return (JSON.parse(body.toString()) as { tags: string[] }).tags;
  };
  assert.deepEqual([await tags(), await tags('?n=1&last=v1')], [['v1', 'v2', 'v3'], ['v2']]);
  await client.send('GET', '/v2/a/manifests/v2');
  upstream.isAway = true;
  assert.deepEqual(await tags(), ['v2']);
});

test('a cache that is opened again has what it had, goes on with what broke off, and closes its upstream', async () => {
  const dir = mkdtempSync(join(root, 'again'));
  const bytes = randomBytes(400_000);
  const upstream = new FakeUpstream();
  const digest = upstream.addBlob(bytes);
  {
    await using cache = await openCache({ dir, upstream });
    publish(upstream, 'layer', 'v1');
    await cache.client.send('GET', '/v2/a/manifests/v1');
    const never = Promise.withResolvers<void>();
    let pieces = 0;
    upstream.gate = () => (++pieces > 3 ? never.promise : Promise.resolve());
    const answer = await get(cache.client, `/v2/a/blobs/${digest}`);
    await once(answer, 'data');
    setTimeout(never.reject, 50, new Error('closed'));
    answer.on('error', () => undefined);
  }
  assert.equal(upstream.closed, true);
  const next = new FakeUpstream();
  next.addBlob(bytes);
  await using cache = await openCache({ dir, upstream: next });
  assert.ok((await cache.client.send('GET', `/v2/a/blobs/${digest}`)).body.equals(bytes));
  assert.match(next.questions.at(-1) ?? '', / from 196608$/);
  next.isAway = true;
  assert.equal((await cache.client.send('GET', '/v2/a/manifests/v1')).status, 200);
});
