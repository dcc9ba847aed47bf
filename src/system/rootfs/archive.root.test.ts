import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isHakoError } from '#base';
import { cacheWorkerCode, callWorker, DEFAULT_LIMITS, type Owner, startWorker } from './mod.ts';
import { archiveOf, type EntryWithBody, streamOf } from './tar/mod.ts';

describe('copying into and out of a root', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-archive-'));
  const root = join(dir, 'root');
  const confinement = { kind: 'directory', dir: root } as const;
  before(() => {
    cacheWorkerCode(join(dir, 'cache'));
    mkdirSync(join(root, 'data', 'sub'), { recursive: true });
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'data', 'file'), 'content', { mode: 0o640 });
    writeFileSync(join(root, 'data', 'sub', 'deep'), 'deep');
    writeFileSync(join(root, 'etc', 'passwd'), 'of the container');
    symlinkSync('/data', join(root, 'abs'));
    symlinkSync('/etc/passwd', join(root, 'data', 'link'));
    symlinkSync('../../../../../../etc/passwd', join(root, 'data', 'up'));
    symlinkSync('missing', join(root, 'dangling'));
  });
  after(() => rmSync(dir, { recursive: true }));

  const put = (
    path: string,
    options: { noOverwriteDirNonDir?: boolean; owner?: Owner; mapping?: { hostId: number; size: number } },
    ...entries: (EntryWithBody | string)[]
  ) => {
    const parameters = { path, noOverwriteDirNonDir: false, limits: DEFAULT_LIMITS, ...options };
    return callWorker('unpackArchive', confinement, parameters, { input: streamOf(gzipSync(archiveOf(...entries))) });
  };
  const get = async (path: string) => {
    const worker = startWorker('packPath', confinement, { path });
    const bytes = await buffer(worker.output);
    await worker.result;
    const names = execFileSync('tar', ['-P', '-tf', '-'], { input: bytes, encoding: 'utf8' }).trim().split('\n');
    return { names, bytes, stat: await worker.stat };
  };
  const refuses = (work: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(work, (error) => isHakoError(error) && error.code === code && message.test(error.message));

  it('packs a folder under its own name, also through a link', async () => {
    assert.deepEqual((await get('/data')).names, [
      'data/',
      'data/file',
      'data/link',
      'data/sub/',
      'data/sub/deep',
      'data/up',
    ]);
    assert.deepEqual((await get('/abs/')).names[0], 'abs/');
    assert.deepEqual((await get('data/sub')).names, ['sub/', 'sub/deep']);
    assert.deepEqual((await get('/abs/sub/deep')).names, ['deep']);
  });

  it('packs the root with names from the root, and a folder with a dot under the dot', async () => {
    const { names } = await get('/');
    assert.deepEqual(names.slice(0, 3), ['/', '/abs', '/dangling']);
    assert.deepEqual((await get('/data/.')).names.slice(0, 2), ['./', './file']);
  });

  it('packs a link as a link, and its file only when a parent leads there', async () => {
    const { bytes, stat } = await get('/data/link');
    assert.match(execFileSync('tar', ['-tvf', '-'], { input: bytes, encoding: 'utf8' }), /link -> \/etc\/passwd/);
    assert.equal(stat.linkTarget, '/etc/passwd');
  });

  it('stats as Docker: Go mode bits, links resolved inside', async () => {
    const stat = (path: string) => callWorker('stat', confinement, { path });
    const folder = await stat('/data/');
    assert.deepEqual([folder.name, folder.mode - 2 ** 31], ['data', 0o755]);
    const file = await stat('/data/file');
    assert.deepEqual([file.mode, file.size, file.linkTarget], [0o640, 7, '']);
    assert.equal((await stat('/data/up')).linkTarget, '/etc/passwd');
    assert.equal((await stat('/dangling')).linkTarget, '/missing');
    assert.equal((await stat('/')).name, '/');
    await refuses(stat('/nope'), 'not_found', /Could not find the file \/nope in the container/);
    await refuses(stat('/data/file/x'), 'not_found', /not a directory/);
  });

  it('unpacks into a folder, through a link inside the root', async () => {
    await put(
      '/abs',
      { owner: { uid: 3, gid: 4 } },
      { name: 'new/', mode: 0o700 },
      { name: 'new/f', body: 'x', uid: 9 },
    );
    const stat = lstatSync(join(root, 'data/new/f'));
    assert.deepEqual([stat.uid, stat.gid], [3, 4]);
    await put('/data', { mapping: { hostId: 100_000, size: 1000 } }, { name: 'mapped', uid: 5 });
    assert.equal(lstatSync(join(root, 'data/mapped')).uid, 100_005);
    await refuses(
      put('/data', { mapping: { hostId: 100_000, size: 1000 } }, { name: 'x', uid: 1000 }),
      'invalid',
      /outside of the container's user namespace/,
    );
  });

  it('needs a folder that exists', async () => {
    await refuses(put('/data/file', {}, 'x'), 'invalid', /extraction point is not a directory/);
    await refuses(put('/absent', {}, 'x'), 'not_found', /Could not find the file \/absent/);
  });

  it('replaces, or refuses to replace, folders by files and files by folders', async () => {
    await put('/data', {}, 'kind/', 'kind/x');
    await refuses(
      put('/data', { noOverwriteDirNonDir: true }, 'kind'),
      'invalid',
      /cannot overwrite directory "kind" with non-directory/,
    );
    assert.ok(existsSync(join(root, 'data/kind/x')));
    await put('/data', {}, 'kind');
    assert.ok(lstatSync(join(root, 'data/kind')).isFile());
    await refuses(put('/data', { noOverwriteDirNonDir: true }, 'kind/'), 'invalid', /cannot overwrite non-directory/);
  });

  it('writes through no link that leads out', async () => {
    symlinkSync('/etc', join(root, 'data', 'evil'));
    await put('/data', {}, { name: 'evil/written', body: 'inside' });
    assert.equal(readFileSync(join(root, 'etc/written'), 'utf8'), 'inside');
    assert.ok(!existsSync('/etc/written'));
  });

  it('reads single files and makes folders', async () => {
    const { base64 } = await callWorker('readFile', confinement, { path: '/data/link', maxBytes: 100 });
    assert.equal(Buffer.from(base64, 'base64').toString(), 'of the container');
    await refuses(callWorker('readFile', confinement, { path: '/data/link', maxBytes: 5 }), 'invalid', /larger than 5/);
    await callWorker('mkdirs', confinement, { path: '/abs/w/x', mode: 0o750, uid: 1, gid: 2 });
    assert.deepEqual([lstatSync(join(root, 'data/w/x')).mode & 0o777, lstatSync(join(root, 'data/w')).uid], [0o750, 1]);
  });

  it('ends the worker when the reader goes away or the input breaks off', async () => {
    const big = join(root, 'big');
    execFileSync('truncate', ['-s', '1G', big]);
    const worker = startWorker('packPath', confinement, { path: '/big' });
    await worker.stat;
    worker.output.destroy();
    await assert.rejects(worker.result);
    rmSync(big);
    const input = new Readable({ read: () => undefined });
    input.push(archiveOf({ name: 'f', size: 2 ** 30 }).subarray(0, 600));
    setImmediate(() => input.destroy());
    await refuses(
      callWorker(
        'unpackArchive',
        confinement,
        { path: '/', noOverwriteDirNonDir: false, limits: DEFAULT_LIMITS },
        { input },
      ),
      'cancelled',
      /broke off/,
    );
  });
});
