import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { isMadeOfPresent } from '../src/cli/machine/bundle.ts';
import { bundle } from './bundle.ts';

const dir = mkdtempSync(join(tmpdir(), 'hako-bundle-test-'));
after(() => rmSync(dir, { recursive: true }));

/** The shape of the sources: programs, a module that starts the worker, and one that reads a file beside it. */
const SOURCES = {
  'server/mod.ts': 'export const server = 1;',
  'server/library.ts': "export * from './mod.ts';",
  'daemon/mod.ts':
    "export * from '../system/rootfs/client.ts'; export * from '../data/where.ts'; export const late = () => import('../late.ts');",
  'late.ts': 'export const version = 1;',
  'data/where.ts': 'export const place: string = import.meta.dirname;',
  'system/rootfs/client.ts': "export const program: string = new URL('./worker.js', import.meta.url).pathname;",
  'system/rootfs/worker.ts': "console.log('worker' as string);",
};
let root: string;

beforeEach(async () => {
  root = mkdtempSync(join(dir, 'root-'));
  for (const [path, code] of Object.entries(SOURCES)) {
    mkdirSync(dirname(join(root, 'src', path)), { recursive: true });
    writeFileSync(join(root, 'src', path), code);
  }
  await bundle({ root, sources: 'src' });
});

it('a daemon finds its worker beside the bundle, and everything else where it was', async () => {
  const daemon = await import(pathToFileURL(join(root, 'bundle/daemon.js')).href);
  assert.equal(daemon.program, join(root, 'bundle/worker.js'));
  assert.match(readFileSync(daemon.program, 'utf8'), /console\.log\("worker"\)/);
  assert.equal(daemon.place, join(root, 'src/data'));
});

it('a bundle counts for exactly the sources that it was made of', async () => {
  assert.equal(isMadeOfPresent(root, 'daemon'), true);
  assert.equal(isMadeOfPresent(root, 'no-such'), false);
  const worker = join(root, 'src/system/rootfs/worker.ts');
  writeFileSync(worker, "console.log('changed');");
  assert.equal(isMadeOfPresent(root, 'daemon'), false, 'a source is newer');
  utimesSync(worker, new Date(0), new Date(0));
  assert.equal(isMadeOfPresent(root, 'daemon'), false, 'a source is another, older one');
  await bundle({ root, sources: 'src' });
  writeFileSync(join(root, 'src/new.ts'), 'export {};');
  assert.equal(isMadeOfPresent(root, 'daemon'), true, 'what is not part of it does not matter');
  rmSync(join(root, 'src/data/where.ts'));
  assert.equal(isMadeOfPresent(root, 'daemon'), false, 'a source is gone');
});

it('a bundle does not count where a file of it is missing, or is another one', async () => {
  const files = readdirSync(join(root, 'bundle')).map((name) => join(root, 'bundle', name));
  const late = files.find((file) => readFileSync(file, 'utf8').includes('version = 1')) ?? '';
  truncateSync(late);
  assert.equal(isMadeOfPresent(root, 'daemon'), false, 'one is empty');
  rmSync(late);
  assert.equal(isMadeOfPresent(root, 'daemon'), false, 'one is gone');
  assert.equal(isMadeOfPresent(root, 'server'), true, 'that is not of the server');
  await bundle({ root, sources: 'src' });
  assert.equal(isMadeOfPresent(root, 'daemon'), true);
});

it('a program that runs still finds what it loads late, when the bundle was made anew', async () => {
  const daemon = await import(pathToFileURL(join(root, 'bundle/daemon.js')).href);
  writeFileSync(join(root, 'src/late.ts'), 'export const version = 22;');
  await bundle({ root, sources: 'src' });
  assert.equal((await daemon.late()).version, 1);
});

it('several builds at once make one bundle', async () => {
  const program = `
    import { bundle } from ${JSON.stringify(new URL('./bundle.ts', import.meta.url).href)};
    for (let turn = 0; turn < 5; turn++) await bundle({ root: ${JSON.stringify(root)}, sources: 'src' });`;
  const build = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  await Promise.all([build(), build(), build()]);
  assert.equal(isMadeOfPresent(root, 'daemon'), true);
  assert.deepEqual(
    readdirSync(join(root, 'bundle')).filter((name) => name.endsWith('.new')),
    [],
  );
});

it('what an earlier build left goes after its time', async () => {
  const old = join(root, 'bundle/chunk-OLD.js');
  writeFileSync(old, '');
  await bundle({ root, sources: 'src' });
  assert.ok(statSync(old), 'somebody may run from it');
  rmSync(join(root, 'src/data/where.ts'));
  writeFileSync(join(root, 'src/daemon/mod.ts'), 'export {};');
  await bundle({ root, sources: 'src', keepMs: 0 });
  assert.throws(() => statSync(old), { code: 'ENOENT' });
  assert.equal(isMadeOfPresent(root, 'daemon'), true);
});
