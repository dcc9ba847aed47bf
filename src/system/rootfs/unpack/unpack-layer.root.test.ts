import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { isHakoError } from '#base';
import { getXattr, mount, unmount } from '#system';
import { cacheWorkerCode, callWorker, DEFAULT_LIMITS, type UnpackLimits } from '../mod.ts';
import { archiveOf, type EntryWithBody, streamOf } from '../tar/mod.ts';

describe('unpackLayer', () => {
  let dir = '';
  let root = '';
  const cache = mkdtempSync(join(tmpdir(), 'hako-cache-'));
  before(() => cacheWorkerCode(cache));
  after(() => rmSync(cache, { recursive: true }));
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hako-unpack-'));
    root = join(dir, 'root');
    mkdirSync(root);
    writeFileSync(join(dir, 'outside'), 'untouched', { mode: 0o600 });
  });
  afterEach(() => {
    assert.equal(readFileSync(join(dir, 'outside'), 'utf8'), 'untouched');
    assert.deepEqual(
      readdirSync(dir)
        .filter((name) => name !== 'lower')
        .sort(),
      ['outside', 'root'],
      'nothing appears beside the root',
    );
    rmSync(dir, { recursive: true });
  });

  function unpack(bytes: Buffer, options: { lowerDirs?: string[]; limits?: Partial<UnpackLimits> } = {}) {
    const parameters = { lowerDirs: options.lowerDirs ?? [], limits: { ...DEFAULT_LIMITS, ...options.limits } };
    return callWorker('unpackLayer', { kind: 'directory', dir: root }, parameters, { input: streamOf(bytes) });
  }
  const entries = (...list: (EntryWithBody | string)[]) => unpack(archiveOf(...list));
  const refuses = (work: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(work, (error) => isHakoError(error) && error.code === code && message.test(error.message));
  const isWhiteout = (path: string) => {
    const stat = lstatSync(join(root, path));
    return stat.isCharacterDevice() && stat.rdev === 0;
  };
  const isOpaque = (path: string) => getXattr(join(root, path), 'trusted.overlay.opaque')?.toString() === 'y';

  it('makes files, links, devices, FIFOs, owners, modes, times, attributes', async () => {
    const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
    await entries(
      { name: './d/', mode: 0o1777, uid: 5, gid: 6, mtime: { seconds: 1000, nanoseconds: 0 } },
      {
        name: 'd/f',
        body: 'hello',
        mode: 0o6755,
        uid: 1,
        gid: 2,
        xattrs: new Map([
          ['security.capability', capability],
          ['user.a', Buffer.from('b')],
        ]),
      },
      { name: 'd/h', type: 'hardlink', linkName: './d/f' },
      { name: 'd/s', type: 'symlink', linkName: '/etc/passwd', uid: 9 },
      { name: 'd/n', type: 'character', devMajor: 1, devMinor: 3, mode: 0o666 },
      { name: 'd/p', type: 'fifo' },
    );
    const file = lstatSync(join(root, 'd/f'));
    assert.deepEqual([file.mode & 0o7777, file.uid, file.gid, file.nlink], [0o6755, 1, 2, 2]);
    assert.deepEqual(getXattr(join(root, 'd/f'), 'security.capability'), capability);
    assert.equal(getXattr(join(root, 'd/f'), 'user.a')?.toString(), 'b');
    assert.equal(readlinkSync(join(root, 'd/s')), '/etc/passwd');
    assert.equal(lstatSync(join(root, 'd/s')).uid, 9);
    assert.equal(lstatSync(join(root, 'd/n')).rdev, 0x103);
    assert.ok(lstatSync(join(root, 'd/p')).isFIFO());
    const folder = lstatSync(join(root, 'd'));
    assert.deepEqual([folder.mode & 0o7777, folder.uid, folder.mtimeMs], [0o1777, 5, 1_000_000]);
  });

  it('reports digests of both sides whatever the compression', async () => {
    const tar = archiveOf({ name: 'f', body: 'x' });
    const plain = await unpack(tar);
    for (const [compress, name] of [
      [gzipSync, 'gzip'],
      [zstdCompressSync, 'zstd'],
    ] as const) {
      const facts = await unpack(compress(tar));
      assert.deepEqual([facts.compression, facts.diffId], [name, plain.diffId]);
      assert.notEqual(facts.blobDigest, plain.blobDigest);
    }
    assert.equal(plain.diffId, plain.blobDigest);
  });

  it('stays inside through symbolic links, absolute names and dots', async () => {
    await entries(
      { name: 'abs', type: 'symlink', linkName: dir },
      { name: 'abs2', type: 'symlink', linkName: '/' },
      { name: 'up', type: 'symlink', linkName: '../../../../..' },
      { name: 'abs2/etc-passwd', body: 'own' },
      { name: 'up/outside', body: 'own' },
      { name: '/absolute', body: 'own' },
      { name: 'a/../b', body: 'own' },
    );
    assert.deepEqual(readdirSync(root).sort(), ['abs', 'abs2', 'absolute', 'b', 'etc-passwd', 'outside', 'up']);
    await refuses(entries({ name: '../outside', body: 'evil' }), 'invalid', /leads out of the archive/);
    await refuses(entries({ name: 'x/../../outside', body: 'evil' }), 'invalid', /leads out/);
    await refuses(
      entries({ name: 'dead', type: 'symlink', linkName: dir }, { name: 'dead/outside', body: 'evil' }),
      'not_found',
      /ENOENT/,
    );
  });

  it('never links to what is outside', async () => {
    await refuses(entries({ name: 'h', type: 'hardlink', linkName: '../outside' }), 'invalid', /leads out/);
    await refuses(
      entries({ name: 'h', type: 'hardlink', linkName: join(dir, 'outside') }),
      'invalid',
      /not in the archive/,
    );
    const through = entries(
      { name: 'l', type: 'symlink', linkName: dir },
      { name: 'h', type: 'hardlink', linkName: 'l/outside' },
    );
    await refuses(through, 'invalid', /not in the archive/);
    await refuses(entries('d/', { name: 'h', type: 'hardlink', linkName: 'd' }), 'invalid', /cannot be linked/);
    await entries(
      { name: 'l', type: 'symlink', linkName: join(dir, 'outside') },
      { name: 'h2', type: 'hardlink', linkName: 'l' },
    );
    assert.ok(lstatSync(join(root, 'h2')).isSymbolicLink(), 'a link to a link is the link');
  });

  it('writes a file in the place of a link, not through it', async () => {
    await entries({ name: 'f', type: 'symlink', linkName: join(dir, 'outside') }, { name: 'f', body: 'own' });
    assert.equal(readFileSync(join(root, 'f'), 'utf8'), 'own');
    await entries({ name: 'g', type: 'symlink', linkName: '/' }, { name: 'g/', mode: 0o700 });
    assert.ok(lstatSync(join(root, 'g')).isDirectory(), 'a folder replaces a link');
  });

  it('lets the last of several entries with one name win', async () => {
    await entries(
      { name: 'a', body: '1' },
      { name: 'a', body: '22' },
      'd/',
      'd/x',
      { name: 'd', body: 'file' },
      'e',
      'e/',
      'e/y',
    );
    assert.equal(readFileSync(join(root, 'a'), 'utf8'), '22');
    assert.ok(lstatSync(join(root, 'd')).isFile());
    assert.deepEqual(readdirSync(join(root, 'e')), ['y']);
  });

  it('refuses an entry below a file and a root that is no folder', async () => {
    await refuses(entries('f', 'f/below'), 'invalid', /"f" is not a folder/);
    await refuses(entries({ name: './', type: 'symlink', linkName: '/etc' }), 'invalid', /place of its root/);
    await refuses(entries({ name: '.', type: 'file' }), 'invalid', /place of its root/);
  });

  it('turns whiteouts into overlay marks', async () => {
    await entries('d/', 'd/.wh.gone', 'o/', 'o/.wh..wh..opq', 'o/kept', '.wh..wh.plnk', '.wh..wh.aufs/x');
    assert.ok(isWhiteout('d/gone'));
    assert.ok(isOpaque('o') && !isOpaque('d'));
    assert.deepEqual(readdirSync(root).sort(), ['d', 'o']);
  });

  it('keeps what the layer itself brings, before or after a whiteout of the name', async () => {
    await entries('f1', '.wh.f1', '.wh.f2', 'f2', 'd1/', 'd1/x', '.wh.d1', '.wh.d2', 'd2/', 'd2/x', '.wh.d3', 'd3/x');
    assert.ok(lstatSync(join(root, 'f1')).isFile() && lstatSync(join(root, 'f2')).isFile());
    for (const name of ['d1', 'd2', 'd3']) assert.ok(isOpaque(name) && existsSync(join(root, name, 'x')), name);
  });

  it('refuses whiteouts of nothing, of dots, and folders named like whiteouts', async () => {
    for (const name of ['.wh.', '.wh..', '.wh...', 'd/.wh...', '.wh.x/y']) {
      await refuses(entries('d/', name), 'invalid', /not a whiteout/);
    }
  });

  it('drops attributes that steer overlayfs or belong to the host', async () => {
    const xattrs = new Map(
      [
        'trusted.overlay.redirect',
        'trusted.overlay.opaque',
        'user.overlay.opaque',
        'security.selinux',
        'trusted.x',
      ].map((name) => [name, Buffer.from('y')]),
    );
    await entries({ name: 'd/', xattrs }, { name: 'f', xattrs });
    for (const name of xattrs.keys())
      for (const path of ['d', 'f']) assert.equal(getXattr(join(root, path), name), undefined, name);
  });

  it('gives folders that a layer leaves out the attributes they have below', async () => {
    const lower = join(dir, 'lower');
    execFileSync('sh', ['-c', `mkdir -p ${lower}/a/b && chmod 1770 ${lower}/a && chown 7:8 ${lower}/a`]);
    await unpack(archiveOf('a/b/c'), { lowerDirs: [lower] });
    const stat = lstatSync(join(root, 'a'));
    assert.deepEqual([stat.mode & 0o7777, stat.uid, stat.gid], [0o1770, 7, 8]);
  });

  it('stops at its limits', async () => {
    await refuses(unpack(archiveOf('a', 'b', 'c'), { limits: { entries: 2 } }), 'exhausted', /more than 2 entries/);
    await refuses(unpack(archiveOf(`${'d/'.repeat(300)}f`)), 'exhausted', /300|301 components/);
    await refuses(
      unpack(gzipSync(Buffer.concat([archiveOf({ name: 'f', body: 'x' }), Buffer.alloc(2 ** 22)])), {
        limits: { bytes: 2 ** 20 },
      }),
      'exhausted',
      /more than 1048576 bytes/,
    );
    await refuses(
      unpack(archiveOf({ name: 'f', size: 2 ** 50 }), { limits: { bytes: 2 ** 30 } }),
      'exhausted',
      /more than 1073741824 bytes/,
    );
    assert.ok(!existsSync(join(root, 'f')) || lstatSync(join(root, 'f')).size < 2 ** 20);
  });

  it('refuses damaged and truncated input of every kind', async () => {
    const tar = archiveOf({ name: 'f', body: 'x'.repeat(100_000) });
    await refuses(unpack(tar.subarray(0, 50_000)), 'invalid', /truncated/);
    await refuses(unpack(gzipSync(tar).subarray(0, 60)), 'invalid', /gzip archive is damaged or truncated/);
    await refuses(unpack(zstdCompressSync(tar).subarray(0, 30)), 'invalid', /zstd archive is damaged or truncated/);
    await refuses(unpack(Buffer.from('<html>not found</html>'.repeat(50))), 'invalid', /not a tar archive/);
    await refuses(entries({ name: 'n'.repeat(300) }), 'invalid', /ENAMETOOLONG/);
  });

  it('says that the device is full and leaves the rest of the machine alone', async () => {
    mount({ type: 'tmpfs', source: 'tmpfs', data: 'size=256k' }, root);
    try {
      await refuses(entries({ name: 'big', body: Buffer.alloc(2 ** 20) }), 'exhausted', /ENOSPC.*no space is left/);
    } finally {
      unmount(root);
    }
  });

  it('keeps names that are not UTF-8', async () => {
    await entries({ name: Buffer.from([0x66, 0xff, 0xfe]).toString('latin1'), body: 'x' });
    assert.deepEqual(readdirSync(root, { encoding: 'buffer' }), [Buffer.from([0x66, 0xff, 0xfe])]);
  });

  it('is stopped by its signal', async () => {
    const controller = new AbortController();
    const never = streamOf(archiveOf({ name: 'f', size: 2 ** 30 }).subarray(0, 512));
    never.push = () => true;
    const work = callWorker(
      'unpackLayer',
      { kind: 'directory', dir: root },
      { lowerDirs: [], limits: DEFAULT_LIMITS },
      { input: never, signal: controller.signal },
    );
    setImmediate(() => controller.abort());
    await refuses(work, 'cancelled', /cancelled/);
  });
});
