/** The daemon is killed in the middle of transfers: what was there stays, nothing is half, and the next daemon goes on. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { archiveOf } from '#system/rootfs';
import { missing, TestDaemon } from '../../lib/daemon.ts';
import { eventually } from '../../lib/wait.ts';
import { DebianRegistry, missingPrograms } from './support/debian-registry.ts';
import { SlowProxy } from './support/slow-proxy.ts';

const skip = missing() ?? missingPrograms('docker-registry') ?? false;
/** HAKO_TEST_KILLS makes it a soak test. */
const KILLS = Number(process.env.HAKO_TEST_KILLS ?? 6);
const LAYER_BYTES = 8_000_000;
/** Two layers, and noise does not compress. */
const IMAGE_BYTES = 2 * LAYER_BYTES;

let daemon: TestDaemon;
let registry: DebianRegistry;
let proxy: SlowProxy;

before(async () => {
  if (skip !== false) return;
  daemon = await TestDaemon.start();
  registry = await DebianRegistry.start(join(daemon.folder, 'registry'));
  proxy = await SlowProxy.start(registry.host);
});

after(async () => {
  if (skip !== false) return;
  await proxy[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.hako(...args);
  assert.equal(code, 0, `hako ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** An image of two layers of noise at the registry, and none of it in the daemon. */
async function publish(name: string): Promise<void> {
  const tar = join(daemon.folder, 'noise.tar');
  writeFileSync(tar, archiveOf({ name: 'one', body: randomBytes(LAYER_BYTES) }));
  await ok('import', tar, name);
  await ok('create', '--name', 'second', name, '/x');
  writeFileSync(join(daemon.folder, 'two'), randomBytes(LAYER_BYTES));
  await ok('cp', join(daemon.folder, 'two'), 'second:/two');
  await ok('commit', 'second', name);
  await ok('rm', 'second');
  await ok('push', name);
  await ok('rmi', name);
  await ok('image', 'prune', '-f');
}

test(`a pull goes on after each of ${KILLS} kills, and fetches little twice`, { skip }, async () => {
  const name = `${proxy.host}/noise:1`;
  await publish(name);
  proxy.blobBytes = 0;
  proxy.pauseMs = 4;
  for (let kill = 1; kill <= KILLS; kill++) {
    const seen = proxy.blobBytes;
    const pull = daemon.hako('pull', name);
    const share = (IMAGE_BYTES / (KILLS + 1)) * (0.5 + Math.random());
    // What the last daemon lost comes again, so in the end more than the image has gone by.
    await eventually('some bytes', () => proxy.blobBytes - seen > Math.min(share, Math.max(IMAGE_BYTES - seen - 1, 0)));
    await daemon.kill();
    assert.notEqual((await pull).code, 0);
    await daemon.up();
    const images = await ok('images', '-q', '--no-trunc');
    assert.equal(images.split('\n').length, 1, 'only busybox is there');
  }
  proxy.pauseMs = 0;
  await ok('pull', name);
  await ok('create', '--name', 'check', name, '/x');
  await ok('rm', 'check');
  // What is in flight when the daemon dies is lost: sockets and the page of a write.
  assert.ok(proxy.blobBytes < IMAGE_BYTES * 1.05 + KILLS * 4_000_000, `${proxy.blobBytes} of ${IMAGE_BYTES} bytes`);
});

const title = `a push goes on after each of ${KILLS} kills; the registry never has a tag whose blobs are not there`;
test(title, { skip }, async () => {
  for (let kill = 1; kill <= KILLS; kill++) {
    const [repository, pauseMs] = [`pushed${kill}`, 5 + 120 * Math.random()];
    const name = `${registry.host}/${repository}:1`;
    await ok('tag', `${proxy.host}/noise:1`, name);
    const push = daemon.hako('push', name);
    await delay(pauseMs);
    await daemon.kill();
    await push;
    const digest = await registry.digestOf(repository, '1');
    await daemon.up();
    await ok(digest === null ? 'push' : 'pull', name);
    assert.notEqual(await registry.digestOf(repository, '1'), null);
    await ok('rmi', name);
  }
});
