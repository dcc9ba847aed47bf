import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { mkdirsInRoot, openProcessRoot, openRoot, readFileInRoot, statInRoot } from './openat2.ts';

describe('single files in a root', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-openat2-'));
  const root = join(dir, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  mkdirSync(join(root, 'run'));
  writeFileSync(join(root, 'etc', 'passwd'), 'inside');
  writeFileSync(join(dir, 'outside'), 'secret');
  const links = {
    abs: '/etc/passwd',
    up: '../../../../etc/passwd',
    out: '../outside',
    host: join(dir, 'outside'),
    loop: 'loop',
    'var-run': '/run',
    dangling: '/made/here',
    magic: '/proc/self/root',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const fd = openRoot(root);
  after(() => {
    closeSync(fd);
    rmSync(dir, { recursive: true });
  });
  const attributes = { mode: 0o751, uid: 12, gid: 13 };

  it('resolves every link inside', () => {
    for (const path of ['etc/passwd', '/etc/passwd', 'abs', 'up', '../../etc/passwd']) {
      assert.equal(readFileInRoot(fd, path, 100)?.toString(), 'inside', path);
    }
    for (const path of ['out', 'host', 'missing', 'etc/passwd/x', 'magic'])
      assert.equal(readFileInRoot(fd, path, 100), undefined, path);
  });

  it('refuses what is not a small regular file, without blocking', () => {
    assert.throws(() => readFileInRoot(fd, 'fifo', 100), /not a regular file/);
    assert.throws(() => readFileInRoot(fd, 'etc', 100), /not a regular file/);
    assert.throws(() => readFileInRoot(fd, 'etc/passwd', 3), /larger than 3/);
    assert.throws(() => readFileInRoot(fd, 'loop', 3), /ELOOP/);
    assert.throws(() => readFileInRoot(fd, 'a\0b', 3), /NUL/);
    assert.throws(() => readFileInRoot(fd, 'x'.repeat(5000), 3), /longer than the kernel allows/);
  });

  it('reads files whose size the kernel does not tell', () => {
    const host = openRoot('/');
    assert.ok((readFileInRoot(host, '/proc/self/status', 100_000)?.length ?? 0) > 600);
    closeSync(host);
  });

  it('stats with and without following', () => {
    assert.ok(statInRoot(fd, 'abs')?.isFile());
    assert.ok(statInRoot(fd, 'abs', { follow: false })?.isSymbolicLink());
    assert.equal(statInRoot(fd, 'dangling'), undefined);
  });

  it('makes folders through links, dangling ones too, all inside', () => {
    mkdirsInRoot(fd, '/var-run/app/sub', attributes);
    const made = lstatSync(join(root, 'run/app/sub'));
    assert.deepEqual([made.mode & 0o777, made.uid, made.gid], [0o751, 12, 13]);
    mkdirsInRoot(fd, 'dangling/deep', attributes);
    assert.ok(lstatSync(join(root, 'made/here/deep')).isDirectory());
    assert.equal(lstatSync(join(root, 'run')).uid, 0, 'what exists stays');
    mkdirsInRoot(fd, 'out/../x', attributes);
    assert.deepEqual(readdirSync(dir).sort(), ['outside', 'root']);
  });

  it('does not make folders below files or through loops', () => {
    assert.throws(() => mkdirsInRoot(fd, 'etc/passwd/x', attributes), /is not a folder/);
    assert.throws(() => mkdirsInRoot(fd, 'loop/x', attributes), /ELOOP|too many/);
  });

  it('opens the root of a process', () => {
    const own = openProcessRoot(process.pid);
    assert.ok(statInRoot(own, join(dir, 'outside'))?.isFile());
    closeSync(own);
  });
});
