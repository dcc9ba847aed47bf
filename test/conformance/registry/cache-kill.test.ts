/** A pull-through cache is killed while it fetches: it keeps nothing that is not whole, and fetches little twice. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openFolderRegistry } from '#daemon/registry';
import { RegistryClient } from '../../../src/registry/testing/client.ts';
import { freePort, untilUp } from '../../../src/registry/testing/registries.ts';
import { eventually } from '../../lib/wait.ts';
import { SlowProxy } from './support/slow-proxy.ts';

const KILLS = Number(process.env.HAKO_TEST_KILLS ?? 4);
const LAYER_BYTES = 6_000_000 + KILLS * 600_000;
const HAKO = join(import.meta.dirname, '../../../hako');

const root = mkdtempSync(join(tmpdir(), 'hako-cache-kill-'));
after(() => rmSync(root, { recursive: true }));

test(`a cache goes on fetching after each of ${KILLS} kills`, { timeout: 1_200_000 }, async () => {
  await using upstream = await openFolderRegistry(join(root, 'upstream'), { listen: '127.0.0.1:0' });
  const host = `127.0.0.1:${upstream.address.port}`;
  const layer = randomBytes(LAYER_BYTES);
  const { bytes } = await new RegistryClient(`http://${host}`).pushImage('app', 'v1', { layer });
  await using slow = await SlowProxy.start(host);
  slow.pauseMs = 10;
  const digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  let cache: ChildProcess | undefined;
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const started = await start(slow.host);
      cache = started.child;
      const pull = started.client.send('GET', `/v2/app/blobs/${digest}`).catch(() => undefined);
      const before = keptBytes();
      const wanted = before + ((LAYER_BYTES - before) / (KILLS - kill + 3)) * Math.random();
      await eventually('some bytes', () => keptBytes() > wanted);
      await stop(cache);
      assert.equal(await pull, undefined, 'the client does not believe that it has all');
      assert.deepEqual(readBlobs(), [], 'nothing half is a blob');
    }
    slow.pauseMs = 0;
    const { child, client } = await start(slow.host);
    cache = child;
    assert.ok((await client.send('GET', '/v2/app/manifests/v1')).body.equals(bytes));
    assert.ok((await client.send('GET', `/v2/app/blobs/${digest}`)).body.equals(layer));
    assert.ok(
      slow.blobBytes < LAYER_BYTES + KILLS * 1_000_000,
      `${slow.blobBytes} of ${LAYER_BYTES} bytes were fetched`,
    );
    console.log(`${KILLS} kills: ${slow.blobBytes} bytes were fetched for ${LAYER_BYTES}`);
  } finally {
    if (cache !== undefined) await stop(cache);
  }
});

async function start(upstream: string): Promise<{ child: ChildProcess; client: RegistryClient }> {
  const listen = `127.0.0.1:${await freePort()}`;
  const settings = ['--root', join(root, 'cache'), '--listen', listen, '--proxy', `http://${upstream}`];
  const child = spawn(HAKO, ['registry', 'serve', ...settings], { stdio: ['ignore', 'ignore', 'inherit'] });
  await untilUp(`http://${listen}`);
  return { child, client: new RegistryClient(`http://${listen}`) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Bytes of the blob that is not whole yet. */
function keptBytes(): number {
  const dir = join(root, 'cache/ingest');
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}

/** Blobs of the cache; each is what its name says. */
function readBlobs(): string[] {
  const dir = join(root, 'cache/blobs/sha256');
  const names = readdirSync(dir);
  for (const hex of names)
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(dir, hex)))
        .digest('hex'),
      hex,
    );
  return names;
}
