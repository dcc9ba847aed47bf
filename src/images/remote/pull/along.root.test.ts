/** Layers are unpacked while they are fetched, and nothing of it counts before the blob and its content are verified. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ignoring, sha256 } from '#base';
import { eventually } from '../../../../test/lib/wait.ts';
import type { FakeRegistry } from '../testing/fake-registry.ts';
import { noise, openRemote, type RemoteFixture } from '../testing/remote-fixture.ts';

const BODY_BYTES = 1_000_000;
const HELD_BYTES = 600_000;

/** The first answer for `blob` stops after `HELD_BYTES` of `first`, until `finish` is called with what follows. */
function holdBack(registry: FakeRegistry, blob: Buffer, first = blob) {
  const rest = Promise.withResolvers<Buffer | undefined>();
  let isFirst = true;
  registry.intercept = (request, response) => {
    if (!request.url?.includes(sha256(blob)) || !isFirst) return false;
    isFirst = false;
    response.writeHead(200, { 'Content-Length': blob.length });
    response.write(first.subarray(0, HELD_BYTES));
    void rest.promise.then((bytes) => (bytes === undefined ? response.destroy() : response.end(bytes)));
    return true;
  };
  return { finish: (bytes: Buffer | undefined) => rest.resolve(bytes) };
}

function snapshots({ store }: RemoteFixture): string[] {
  return readdirSync(join(store.dir, 'root/snapshots')).filter((name) => name !== 'base');
}

/** The processes that this one has started and that have not ended. */
function workers(): string {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
}

/** The folder in which the only file of the layer has grown. */
async function growingSnapshot(remote: RemoteFixture): Promise<string> {
  let found: string | undefined;
  const sizeIn = (name: string) =>
    ignoring('ENOENT', () => statSync(join(remote.store.dir, 'root/snapshots', name, 'fs/file0')).size) ?? 0;
  await eventually('a layer unpacked in part', () => {
    found = snapshots(remote).find((name) => sizeIn(name) > 100_000);
    return found !== undefined;
  });
  return found ?? '';
}

function bodyOf({ store }: RemoteFixture, snapshot: string): Buffer {
  return readFileSync(join(store.dir, 'root/snapshots', snapshot, 'fs/file0'));
}

test('a layer is unpacked once, while it is fetched, and becomes a layer at the end', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const body = noise(BODY_BYTES);
  const [blob] = registry.addImage('app:1', [body]).layers;
  assert.ok(blob);
  const { finish } = holdBack(registry, blob);
  const pull = store.images.pull(`${registry.host}/app:1`, {});
  const snapshot = await growingSnapshot(remote);
  assert.deepEqual([store.images.list(), store.images.store.layers.all()], [[], []]);
  finish(blob.subarray(HELD_BYTES));
  await pull;
  assert.deepEqual(
    store.images.store.layers.all().map((layer) => layer.snapshot),
    [snapshot],
  );
  assert.ok(bodyOf(remote, snapshot).equals(body));
});

test('what was unpacked goes when the blob turns out to be another', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const [blob] = registry.addImage('app:1', [noise(BODY_BYTES)]).layers;
  assert.ok(blob);
  const { finish } = holdBack(registry, blob);
  const pull = store.images.pull(`${registry.host}/app:1`, {});
  pull.catch(() => undefined);
  await growingSnapshot(remote);
  finish(noise(blob.length - HELD_BYTES));
  await assert.rejects(pull, /expected was sha256/);
  assert.equal(workers(), '', 'no worker is left');
  assert.deepEqual([store.images.list(), store.images.store.layers.all(), snapshots(remote)], [[], [], []]);
});

test('what unpacks to too much is judged when it is known to be the blob, so that wrong bytes do not stay', async () => {
  const limits = { entries: 10, bytes: 2 * BODY_BYTES, depth: 10 };
  await using remote = await openRemote({}, { limits });
  const { registry, store } = remote;
  const [blob] = registry.addImage('app:1', [noise(BODY_BYTES)]).layers;
  const [bomb] = registry.addImage('bomb:1', [Buffer.alloc(400 * BODY_BYTES)]).layers;
  assert.ok(blob && bomb && bomb.length > HELD_BYTES);
  const { finish } = holdBack(registry, blob, bomb);
  const pull = store.images.pull(`${registry.host}/app:1`, {});
  pull.catch(() => undefined);
  await eventually('a worker', () => workers() !== '');
  await eventually('its end', () => workers() === '');
  finish(blob.subarray(HELD_BYTES));
  await assert.rejects(pull, /expected was sha256/);
  await store.images.pull(`${registry.host}/app:1`, {});
  await assert.rejects(store.images.pull(`${registry.host}/bomb:1`, {}), /raise the unpack limits/);
  assert.equal(store.images.store.layers.all().length, 1);
});

test('a fetch that begins anew is unpacked anew', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const body = noise(BODY_BYTES);
  const [blob] = registry.addImage('app:1', [body]).layers;
  const [other] = registry.addImage('other:1', [noise(BODY_BYTES)]).layers;
  assert.ok(blob && other);
  const { finish } = holdBack(registry, blob, other);
  const pull = store.images.pull(`${registry.host}/app:1`, {});
  const early = await growingSnapshot(remote);
  const first = registry.intercept;
  registry.intercept = (request, response) => {
    // Without ranges: all of it comes again.
    if (request.url?.includes(sha256(blob))) delete request.headers.range;
    return first(request, response);
  };
  finish(undefined);
  await pull;
  const [layer] = store.images.store.layers.all();
  assert.notEqual(layer?.snapshot, early);
  assert.ok(bodyOf(remote, layer?.snapshot ?? '').equals(body));
});

test('a pull that is cancelled while it unpacks leaves the fetched beginning only', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const [blob] = registry.addImage('app:1', [noise(BODY_BYTES)]).layers;
  assert.ok(blob);
  const { finish } = holdBack(registry, blob);
  const abort = new AbortController();
  const pull = store.images.pull(`${registry.host}/app:1`, { signal: abort.signal });
  pull.catch(() => undefined);
  await growingSnapshot(remote);
  abort.abort();
  await assert.rejects(pull, /cancelled/);
  finish(undefined);
  assert.deepEqual([store.images.store.layers.all(), snapshots(remote)], [[], []]);
  await store.images.pull(`${registry.host}/app:1`, {});
  assert.ok(registry.log.some((line) => line.includes(sha256(blob)) && line.endsWith(`bytes=${HELD_BYTES}-`)));
});

const href = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** Pulls in a process of its own, which shares nothing with ours but the folder. */
function pullElsewhere({ store, registry }: RemoteFixture) {
  const program = `
    const { openImages } = await import(${href('../../open.ts')});
    const { openDatabase } = await import(${href('../../../state/mod.ts')});
    const database = openDatabase(${JSON.stringify(join(store.dir, 'state.sqlite'))});
    const images = await openImages({ rootDir: ${JSON.stringify(join(store.dir, 'root'))}, database });
    await images.pull('${registry.host}/app:1', {});`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  return spawn(process.execPath, flags, { stdio: 'inherit' });
}

test('kill -9 while a layer is unpacked leaves nothing but the fetched beginning, from which the next one goes on', async () => {
  await using remote = await openRemote();
  const { registry, store } = remote;
  const body = noise(BODY_BYTES);
  const [blob] = registry.addImage('app:1', [body]).layers;
  assert.ok(blob);
  const { finish } = holdBack(registry, blob);
  const child = pullElsewhere(remote);
  await growingSnapshot(remote);
  child.kill('SIGKILL');
  await once(child, 'exit');
  finish(undefined);
  await store.reopen();
  assert.deepEqual([store.images.list(), store.images.store.layers.all(), snapshots(remote)], [[], [], []]);
  assert.deepEqual(readdirSync(join(store.dir, 'root/content/blobs/sha256')), []);
  await store.images.pull(`${registry.host}/app:1`, {});
  assert.ok(registry.log.some((line) => line.includes(sha256(blob)) && /bytes=[1-9]\d+-$/.test(line)));
  const [layer] = store.images.store.layers.all();
  assert.ok(bodyOf(remote, layer?.snapshot ?? '').equals(body));
});
