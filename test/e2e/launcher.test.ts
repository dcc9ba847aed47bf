import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';

const packageDir = join(import.meta.dirname, '../..');
const launcher = join(packageDir, 'hako');
const dir = mkdtempSync(join(tmpdir(), 'hako-launcher-'));
after(() => rmSync(dir, { recursive: true }));

function run(path: string, env: NodeJS.ProcessEnv = {}, cwd = '/') {
  return spawnSync(path, ['--version'], { cwd, encoding: 'utf8', env: { PATH: '/usr/bin:/bin', HOME: dir, ...env } });
}

it('hako is found through chains of links, absolute and relative, from any folder', () => {
  mkdirSync(join(dir, 'bin'));
  symlinkSync(launcher, join(dir, 'absolute'));
  symlinkSync('../absolute', join(dir, 'bin/hako'));
  for (const path of [launcher, join(dir, 'absolute'), join(dir, 'bin/hako')])
    assert.match(run(path).stdout, /^hako version /, path);
  assert.match(run('./hako', {}, packageDir).stdout, /^hako version /);
  assert.match(run('hako', { PATH: `${join(dir, 'bin')}:/usr/bin:/bin` }).stdout, /^hako version /);
});

it('compiled code is kept in a folder that only its owner can use', () => {
  const home = join(dir, 'home');
  mkdirSync(home);
  assert.equal(run(launcher, { HOME: home }).status, 0);
  const cache = join(home, '.cache/hako/node');
  assert.equal(statSync(cache).mode & 0o777, 0o700);
  assert.ok(readdirSync(cache).length > 0);
});

it('a cache that belongs to somebody else is not used', { skip: process.getuid?.() !== 0 }, () => {
  const cache = join(dir, 'theirs/hako/node');
  mkdirSync(cache, { recursive: true });
  assert.equal(spawnSync('chown', ['12345', cache]).status, 0);
  assert.equal(run(launcher, { XDG_CACHE_HOME: join(dir, 'theirs') }).status, 0);
  assert.deepEqual(readdirSync(cache), []);
});

it('a checkout without Node runs npm ci, once, and says so', () => {
  const checkout = join(dir, 'checkout');
  mkdirSync(checkout);
  for (const name of ['hako', 'package.json', 'package-lock.json'])
    cpSync(join(packageDir, name), join(checkout, name));
  symlinkSync(join(packageDir, 'src'), join(checkout, 'src'));
  // In place of npm: something that brings Node as it would.
  const npm = `#!/bin/sh\necho "$@" >>"${dir}/npm-calls"\nln -s "${packageDir}/node_modules" "${checkout}/node_modules"\n`;
  mkdirSync(join(dir, 'npm'));
  writeFileSync(join(dir, 'npm/npm'), npm, { mode: 0o755 });
  const env = { PATH: `${join(dir, 'npm')}:/usr/bin:/bin` };
  const first = run(join(checkout, 'hako'), env);
  assert.match(first.stderr, /^hako: first start: fetching Node and libraries from npm/);
  assert.match(first.stdout, /^hako version /);
  assert.equal(run(join(checkout, 'hako'), env).stderr, '');
});

it('without Node and npm it says what to install', () => {
  const bare = join(dir, 'bare');
  mkdirSync(join(bare, 'bin'), { recursive: true });
  for (const name of ['hako', 'package-lock.json']) cpSync(join(packageDir, name), join(bare, name));
  for (const name of ['sh', 'readlink']) symlinkSync(`/bin/${name}`, join(bare, 'bin', name));
  const { status, stderr } = run(join(bare, 'hako'), { PATH: join(bare, 'bin') });
  assert.equal(status, 1);
  assert.match(stderr, /Node is missing, and npm to fetch it too: apt-get install npm/);
});
