/** Artifacts at our own registry, which lists referrers, and at Debian's docker-registry, which knows only tags. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { artifactsOf, copyWithReferrers, publish } from './support/artifacts.ts';
import { DebianRegistry, missingPrograms } from './support/debian-registry.ts';
import { ServedRegistry } from './support/served-registry.ts';

const skip = missingPrograms('docker-registry') ?? false;

test('an SBOM travels with its image, there and back, whatever the registries know of referrers', {
  skip,
}, async () => {
  await using scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'hako-artifacts-'));
  scope.defer(() => rmSync(folder, { recursive: true }));
  const debian = scope.use(await DebianRegistry.start(join(folder, 'debian')));
  const own = scope.use(await ServedRegistry.start(join(folder, 'own')));
  const sbom = join(folder, 'sbom.json');
  writeFileSync(sbom, '{"name":"app"}');
  const digest = await publish(`${debian.host}/app:1`, sbom);
  await copyWithReferrers(`${debian.host}/app:1`, `${own.host}/team/app:1`);
  await copyWithReferrers(`${own.host}/team/app:1`, `${debian.host}/back:1`);
  for (const name of [`${debian.host}/app:1`, `${own.host}/team/app:1`, `${debian.host}/back:1`]) {
    const { digests, files } = await artifactsOf(name, join(folder, 'out', name.replaceAll(/\W/g, '-')));
    assert.deepEqual(digests, [digest], name);
    assert.deepEqual(
      files.map((path) => readFileSync(path, 'utf8')),
      ['{"name":"app"}'],
    );
  }
});
