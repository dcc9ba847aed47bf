import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { isHakoError, sha256 } from '#base';
import { cacheWorkerCode, callWorker, DEFAULT_LIMITS } from '../mod.ts';
import { archiveOf, entryOf, streamOf } from '../tar/mod.ts';

describe('recipe of a layer', () => {
  let dir = '';
  const cache = mkdtempSync(join(tmpdir(), 'hako-cache-'));
  before(() => cacheWorkerCode(cache));
  after(() => rmSync(cache, { recursive: true }));
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hako-recipe-'));
    mkdirSync(join(dir, 'fs'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const inside = () => ({ kind: 'directory', dir: join(dir, 'fs') }) as const;
  const paths = () => ({ recipePath: join(dir, 'recipe'), blobPath: join(dir, 'again') });

  /** Unpacks and records a blob; answers the compressor that was found and the size of the recipe. */
  async function record(blob: Buffer) {
    await callWorker('unpackLayer', inside(), { lowerDirs: [], limits: DEFAULT_LIMITS }, { input: streamOf(blob) });
    writeFileSync(join(dir, 'blob'), blob);
    const { recipePath } = paths();
    const parameters = { inputPath: join(dir, 'blob'), recipePath, limits: DEFAULT_LIMITS };
    const { compressor } = await callWorker('recordLayer', inside(), parameters);
    return { compressor, recipeBytes: statSync(recipePath).size };
  }

  /** Also drops the blob and makes it again, which must give the same bytes. */
  async function roundTrip(blob: Buffer) {
    const recorded = await record(blob);
    const { compressor } = recorded;
    assert.ok(compressor, 'the compressor is found');
    const facts = await callWorker('remakeLayer', inside(), { ...paths(), compressor });
    const again = readFileSync(join(dir, 'again'));
    assert.equal(sha256(again), sha256(blob));
    assert.deepEqual([facts.blobDigest, facts.blobBytes], [sha256(blob), blob.length]);
    rmSync(join(dir, 'again'));
    return recorded;
  }

  const text = Buffer.from(Array.from({ length: 40_000 }, (_, index) => `line ${index * 7919}\n`).join(''));
  const noise = randomBytes(300_000);
  const ordinary = archiveOf(
    'etc/',
    { name: 'etc/text', body: text, mtime: { seconds: 1_700_000_000, nanoseconds: 0 } },
    { name: 'noise', body: noise, uid: 5 },
    { name: 'small', body: 'x' },
    { name: 'link', type: 'symlink', linkName: 'noise' },
    { name: 'hard', type: 'hardlink', linkName: 'noise' },
    { name: 'null', type: 'character', devMajor: 1, devMinor: 3 },
  );

  it('brings back every compressor that is known, bit for bit', async () => {
    const named = Buffer.concat([
      Buffer.from('1f8b08080102030402ff', 'hex'),
      Buffer.from('layer.tar\0'),
      gzipSync(ordinary, { level: 9 }).subarray(10),
    ]);
    const zstd = (level: number, checksum = 0) =>
      zstdCompressSync(ordinary, {
        params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: checksum },
      });
    const blobs = [
      ordinary,
      ...[1, 4, 6, 9].map((level) => gzipSync(ordinary, { level })),
      gzipSync(ordinary, { memLevel: 9 }),
      named,
      zstd(3),
      zstd(11, 1),
    ];
    for (const blob of blobs) await roundTrip(blob);
  });

  it('takes a small part of the layer', async () => {
    const { recipeBytes } = await roundTrip(gzipSync(ordinary));
    assert.ok(recipeBytes < 600, `${recipeBytes} bytes for ${ordinary.length}`);
  });

  it('owns up to a compressor that it does not know', async () => {
    const twice = Buffer.concat([gzipSync(ordinary.subarray(0, 1024)), gzipSync(ordinary.subarray(1024))]);
    const programs = [execFileSync('gzip', ['-9'], { input: ordinary, maxBuffer: 1 << 26 })];
    for (const blob of [twice, gzipSync(ordinary, { strategy: constants.Z_HUFFMAN_ONLY }), ...programs]) {
      const { compressor } = await record(blob);
      if (compressor !== null) await roundTrip(blob);
    }
    assert.equal((await record(twice)).compressor, null);
  });

  it('keeps what the files do not say: replaced bodies, whiteouts with bodies, reserved names', async () => {
    const big = (letter: string) => Buffer.alloc(5000, letter);
    await roundTrip(
      archiveOf(
        { name: 'a', body: big('1') },
        { name: 'a', body: big('2') },
        { name: 'a', body: big('2') },
        { name: 'd/x', body: big('3') },
        { name: 'd', body: big('4') },
        { name: '.wh.gone', body: big('5') },
        { name: '.wh..wh.plnk', body: big('6') },
        { name: 'one/f', body: big('7') },
        { name: 'two/f', body: big('8') },
        { name: 'way', type: 'symlink', linkName: 'one' },
        { name: 'way/f', body: big('9') },
        { name: 'way', type: 'symlink', linkName: 'two' },
        { name: 'loop', type: 'symlink', linkName: 'loop' },
        { name: '/abs/../b', body: big('0') },
      ),
    );
  });

  it('keeps odd blocks: padding that is not zero, trailing bytes, no end, one zero block', async () => {
    const padded = Buffer.concat([entryOf({ name: 'f', body: Buffer.alloc(700, 'x') }), Buffer.alloc(1024)]);
    padded.fill(0xaa, 512 + 700, 1536);
    const whole = archiveOf({ name: 'g', body: text });
    for (const tar of [
      padded,
      Buffer.concat([whole, randomBytes(777)]),
      Buffer.concat([whole, whole]),
      whole.subarray(0, -1024),
      whole.subarray(0, -512),
    ])
      await roundTrip(tar);
  });

  it('keeps what GNU tar writes: long names, sparse files in four encodings, POSIX and old headers', async () => {
    const tree = join(dir, 'tree');
    mkdirSync(join(tree, 'deep/'.repeat(40)), { recursive: true });
    writeFileSync(join(tree, `${'n'.repeat(180)}`), text);
    writeFileSync(join(tree, 'täxt \xff'), text);
    execFileSync('truncate', ['-s', '3M', join(tree, 'sparse')]);
    for (const [seek, letter] of [
      [100, 'a'],
      [400, 'b'],
      [601, 'c'],
    ] as const)
      execFileSync('dd', [`of=${join(tree, 'sparse')}`, 'bs=4096', `seek=${seek}`, 'conv=notrunc', 'status=none'], {
        input: Buffer.alloc(9000, letter),
      });
    const formats = [
      ['--format=gnu', '-S'],
      ...['0.0', '0.1', '1.0'].map((version) => ['--format=posix', '-S', `--sparse-version=${version}`]),
      ['--format=gnu', '-b', '1'],
      ['--format=posix', '--xattrs'],
    ];
    for (const options of formats) {
      const tar = execFileSync('tar', [...options, '-cf', '-', '-C', tree, '.'], { maxBuffer: 1 << 26 });
      const { recipeBytes } = await roundTrip(tar);
      assert.ok(recipeBytes < 4000, `${options.join(' ')}: ${recipeBytes}`);
      rmSync(join(dir, 'fs'), { recursive: true });
      mkdirSync(join(dir, 'fs'));
    }
  });

  it('says that files were changed from outside, and stays inside of the layer', async () => {
    const { compressor } = await record(archiveOf({ name: 'a', body: text }, { name: 'b', body: text }));
    assert.ok(compressor);
    rmSync(join(dir, 'fs/a'));
    execFileSync('ln', ['-s', join(dir, 'blob'), join(dir, 'fs/a')]);
    await assert.rejects(callWorker('remakeLayer', inside(), { ...paths(), compressor }), (error) =>
      isHakoError(error, 'failed_precondition'),
    );
    assert.ok(readdirSync(dir).includes('recipe'));
  });

  it('is not led astray by a damaged recipe', async () => {
    const { recipePath } = paths();
    for (const bytes of [Buffer.alloc(9, 0xff), Buffer.from([200, 1, 65]), deflateSync('x')]) {
      writeFileSync(recipePath, zstdCompressSync(bytes));
      await assert.rejects(callWorker('remakeLayer', inside(), { ...paths(), compressor: { format: 'none' } }));
      rmSync(join(dir, 'again'), { force: true });
    }
  });
});
