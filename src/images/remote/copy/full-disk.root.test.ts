/** Targets that cannot be written: a full disk, a file where a folder should be. Nothing half-written stays. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { attachArtifact } from '../artifacts/attach.ts';
import { fetchArtifacts } from '../artifacts/fetch.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { copyImage } from './copy.ts';

const options = { credentialsFor: async () => undefined, settings: { certsDirs: [] } };

test('a copy or an artifact that has no room says so, names where, and leaves nothing half-written', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-full-'));
  const small = join(folder, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', small]);
  t.after(() => {
    execFileSync('umount', [small]);
    rmSync(folder, { recursive: true });
  });
  await using registry = await FakeRegistry.start();
  registry.addImage('app:1', [randomBytes(400_000)]);
  const name = `${registry.host}/app:1`;
  const isFull = (where: string) => (error: unknown) =>
    isHakoError(error, 'exhausted') && error.message === `cannot write ${where}: there is no space left`;
  const [layout, archive] = [join(small, 'layout'), join(small, 'image.tar')];
  await assert.rejects(copyImage(`docker://${name}`, `oci:${layout}:1`, options), isFull(layout));
  assert.ok(readdirSync(join(layout, 'blobs/sha256')).every((file) => /^[0-9a-f]{64}$/.test(file)));
  await assert.rejects(copyImage(`docker://${name}`, `oci-archive:${archive}`, options), isFull(archive));
  assert.deepEqual(readdirSync(small), ['layout']);
  const large = join(folder, 'large');
  writeFileSync(large, randomBytes(400_000));
  await attachArtifact(name, [{ path: large }], { ...options, artifactType: 'a/b' });
  await assert.rejects(
    fetchArtifacts(name, { ...options, outputDir: join(small, 'out') }),
    isFull(join(small, 'out/large')),
  );
  assert.deepEqual(readdirSync(join(small, 'out')), []);
});

test('a target that is no place for it is named, before anything is fetched where that can be', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-target-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await using registry = await FakeRegistry.start();
  registry.addImage('app:1', [Buffer.from('x')]);
  const from = `docker://${registry.host}/app:1`;
  const copy = (to: string) => copyImage(from, to, options);
  await assert.rejects(copy(`oci-archive:${folder}`), { message: `cannot write ${folder}: it is a folder` });
  assert.ok(!registry.log.some((line) => line.includes('/blobs/')));
  await assert.rejects(copy(`oci:${file}`), /^HakoError: cannot write .*\/file: ENOTDIR/);
  await assert.rejects(
    copy(`docker-archive:${folder}/none/x.tar`),
    /^HakoError: cannot write .*\/none\/x\.tar: ENOENT/,
  );
});

test('a copy touches nothing beside its target that is not its own, and replaces no pipe', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-shared-'));
  t.after(() => rmSync(folder, { recursive: true }));
  execFileSync('mkfifo', [join(folder, '.hako-copy-pipe'), join(folder, 'pipe')]);
  const others = join(folder, '.hako-copy-others');
  mkdirSync(others);
  chownSync(others, 1234, 1234);
  symlinkSync(others, join(folder, '.hako-copy-link'));
  const before = readdirSync(folder);
  await using registry = await FakeRegistry.start();
  registry.addImage('app:1', [randomBytes(100)]);
  const from = `docker://${registry.host}/app:1`;
  const path = join(folder, 'pipe');
  await assert.rejects(
    copyImage(from, `oci-archive:${path}`, options),
    (error) => isHakoError(error, 'invalid') && error.message === `cannot write ${path}: it is a device or pipe`,
  );
  await copyImage(from, `oci-archive:${folder}/image.tar`, options);
  assert.deepEqual(readdirSync(folder).sort(), [...before, 'image.tar'].sort());
});
