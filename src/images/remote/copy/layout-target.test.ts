import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
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
