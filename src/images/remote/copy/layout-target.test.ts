import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { sha256 } from '#base';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { copyImage } from './copy.ts';

const HAKO = join(import.meta.dirname, '../../../../hako');
const folder = mkdtempSync(join(tmpdir(), 'hako-layout-'));
after(() => rmSync(folder, { recursive: true }));

function namesOf(layout: string): string[] {
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  return manifests.map((each: { annotations: Record<string, string> }) => {
    return each.annotations['org.opencontainers.image.ref.name'];
  });
}

test('copies at once into one folder are all there: by one process and by several', async () => {
  await using registry = await FakeRegistry.start();
  registry.addImage('app:1', [Buffer.from('x'.repeat(100_000))]);
  const layout = join(folder, 'layout');
  const from = `docker://${registry.host}/app:1`;
  const options = { credentialsFor: async () => undefined, settings: { certsDirs: [] } };
  const own = ['a', 'b', 'c'];
  const others = ['d', 'e', 'f', 'g'];
  await Promise.all([
    ...own.map((name) => copyImage(from, `oci:${layout}:${name}`, options)),
    ...others.map((name) => promisify(execFile)(HAKO, ['image', 'copy', '-q', from, `oci:${layout}:${name}`])),
  ]);
  assert.deepEqual(namesOf(layout).sort(), [...own, ...others]);
  const blobs = readdirSync(join(layout, 'blobs/sha256'));
  assert.deepEqual([blobs.length, blobs.every((name) => /^[0-9a-f]{64}$/.test(name))], [3, true], 'and nothing else');
});

test('what a copy that was killed has left is removed by the next one, and what another is at work on stays', async () => {
  await using registry = await FakeRegistry.start();
  const { layers } = registry.addImage('app:1', [randomBytes(2_000_000)]);
  const [layer] = layers;
  const from = `docker://${registry.host}/app:1`;
  const options = { credentialsFor: async () => undefined, settings: { certsDirs: [] } };
  const place = mkdtempSync(join(folder, 'killed-'));
  for (const [scratch, to] of [
    [place, `oci-archive:${place}/image.tar`],
    [join(place, 'layout'), `oci:${place}/layout:1`],
  ] as const) {
    const stuck = Promise.withResolvers<void>();
    registry.intercept = (request, response) => {
      if (!request.url?.endsWith(sha256(layer ?? ''))) return false;
      response.writeHead(200, { 'Content-Length': layer?.length ?? 0 });
      response.write(layer?.subarray(0, 1_000_000), () => stuck.resolve());
      return true;
    };
    const child = spawn(HAKO, ['image', 'copy', '-q', from, to], { stdio: 'ignore' });
    await stuck.promise;
    const scratches = () => readdirSync(scratch).filter((name) => name.startsWith('.hako-copy-'));
    const [left] = await until(scratches);
    registry.intercept = () => false;
    await copyImage(from, to, options);
    assert.deepEqual(scratches(), [left], 'that process is at work');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(scratches(), [left]);
    rmSync(join(scratch, 'blobs'), { recursive: true, force: true });
    await copyImage(from, to, options);
    assert.deepEqual(scratches(), []);
  }
});

/** Another process has made something. */
async function until(names: () => string[]): Promise<string[]> {
  for (;;) {
    const found = names();
    if (found.length > 0) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
