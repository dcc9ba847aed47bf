import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Kubectl } from '../../lib/kubectl.ts';
import { eventually } from '../../lib/wait.ts';
import { isNewest, withEachKubectl } from './support/scenarios.ts';

/** Manifests in the shapes of published projects; the definitions that they need come first. */
const FOLDER = join(import.meta.dirname, 'manifests');
const files = (pattern: string) => globSync(pattern, { cwd: FOLDER }).sort();
const PLAIN = files('*.yaml').filter((file) => !files('crds/*.yaml').includes(`crds/${file}`));
const CUSTOM = files('crds/*.yaml').map((file) => file.replace('crds/', ''));

withEachKubectl(
  (scenario) => {
    scenario('manifests of built-in kinds live their lives', ({ kubectl }) => liveLives(kubectl, PLAIN));

    scenario('manifests of custom kinds live their lives', async ({ kubectl }) => {
      await kubectl.ok('apply', '-f', join(FOLDER, 'crds'));
      await kubectl.ok('wait', '--for=condition=Established', 'crd', '--all', '--timeout=10s');
      await liveLives(kubectl, CUSTOM);
      await kubectl.ok('delete', '--timeout=20s', '-f', join(FOLDER, 'crds'));
    });
  },
  { clusterEach: true },
);

/** Applies, diffs, applies again and deletes: as the client merges and as the server does. */
async function liveLives(kubectl: Kubectl, names: readonly string[]): Promise<void> {
  const all = names.flatMap((name) => ['-f', join(FOLDER, name)]);
  // Merging costs kubectl seconds of its own; that all of them merge well, applying.test.ts shows with less.
  if (isNewest(kubectl)) await liveLife(kubectl, all, [], / (unchanged|configured)$/);
  await liveLife(kubectl, all, ['--server-side'], / serverside-applied$/);
}

/** `again`: what a second apply says. Of lists that the server filled in defaults below, the client says "configured" each time. */
async function liveLife(kubectl: Kubectl, all: readonly string[], mode: string[], again: RegExp): Promise<void> {
  everyLine(await kubectl.ok('apply', ...mode, ...all), / (created|serverside-applied)$/);
  assert.equal(await kubectl.ok('diff', ...mode, ...all), '');
  const made = await contents(kubectl, all);
  everyLine(await kubectl.ok('apply', ...mode, ...all), again);
  assert.deepEqual(await contents(kubectl, all), made);
  everyLine(await kubectl.ok('delete', '--wait=false', '--ignore-not-found', ...all), / deleted/);
  // `delete` would look for each at five requests a second.
  const left = ['get', '--ignore-not-found', '-o', 'name', ...all];
  await eventually('the end of all', async () => (await kubectl.ok(...left)) === '', 20_000);
}

interface Item {
  readonly metadata: { readonly uid: string; readonly generation?: number };
  readonly status?: unknown;
}

/** What an apply that changes nothing must leave alone: everything but what controllers write. */
async function contents(kubectl: Kubectl, files: readonly string[]): Promise<unknown[]> {
  const { items } = await kubectl.json<{ items: Item[] }>('get', ...files);
  return items.map(({ metadata: { uid, generation }, status: _, ...rest }) => ({ uid, generation, ...rest }));
}

function everyLine(text: string, pattern: RegExp): void {
  const others = text.split('\n').filter((line) => !pattern.test(line));
  assert.deepEqual(others, []);
}
