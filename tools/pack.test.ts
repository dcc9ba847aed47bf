import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, it } from 'node:test';
import { pack, publishedManifest, rewriteSpecifiers, stripModule } from './pack.ts';

const dir = mkdtempSync(join(tmpdir(), 'hako-pack-test-'));
after(() => rmSync(dir, { recursive: true }));

it('types go, specifiers change', () => {
  assert.equal(stripModule('export const a: number = 1;\n'), 'export const a         = 1;\n');
  assert.equal(
    rewriteSpecifiers(`import './a.ts'; await import("../b.ts"); x('c.ts')`),
    `import './a.js'; await import("../b.js"); x('c.ts')`,
  );
});

it('the manifest has what users need and nothing for developers', () => {
  const published = publishedManifest({
    exports: { '.': './src/a.ts' },
    imports: { '#a': './src/a/mod.ts' },
    scripts: {},
    devDependencies: {},
    private: true,
    name: 'x',
  });
  assert.deepEqual(published.imports, { '#a': './dist/a/mod.js' });
  for (const key of ['scripts', 'devDependencies', 'private']) assert.ok(!(key in published), key);
});

it('a plain npm pack makes none, and says what does', () => {
  const { status, stderr } = spawnSync('npm', ['pack', '--dry-run', '--ignore-scripts=false'], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
  });
  assert.notEqual(status, 0);
  assert.match(stderr, /npm run pack makes the package/);
});

it('the package works where npm installed it', async () => {
  const tarball = await pack(dir);
  const modules = join(dir, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['-x', '-f', tarball, '-C', modules]);
  execFileSync('mv', [join(modules, 'package'), join(modules, 'hakobune')]);
  // Its dependencies, as npm would put them beside it.
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(modules, 'hakobune/package.json'), 'utf8'),
  );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(import.meta.dirname, '../node_modules', name), join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  symlinkSync('../hakobune/hako', join(modules, '.bin/hako'));
  const run = (...args: string[]) =>
    spawnSync(join(modules, '.bin/hako'), args, { cwd: '/', encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  assert.equal(run('--version').stdout, `hako version ${version}\n`);
  assert.match(run('help').stdout, /Every day:/);
  // The daemon's code loads too: it fails only at its settings.
  const daemon = run('daemon', '--config', '/nonexistent');
  assert.match(daemon.stderr, /^hako: cannot read the settings file \/nonexistent/m);
  assert.equal(daemon.status, 1);
  // And the library: a cluster starts, and TypeScript knows what it is.
  writeFileSync(join(dir, 'use.mjs'), USE);
  const used = spawnSync(process.execPath, [join(dir, 'use.mjs')], { encoding: 'utf8' });
  assert.equal(used.stdout, 'kube-system\n', used.stderr);
  assert.match(readFileSync(join(modules, 'hakobune/dist/server/library.d.ts'), 'utf8'), /createCluster/);
});

const USE = `import { createCluster } from 'hakobune';
await using cluster = await createCluster();
const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
console.log((await cluster.client.get(namespaces, { name: 'kube-system' })).metadata.name);
`;
