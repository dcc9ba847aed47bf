import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isHakoError } from '#base';
import { archiveOf, streamOf } from './archive-of.ts';
import { encodeHeader } from './header.ts';
import { encodePax, parsePax } from './pax.ts';
import { TarReader } from './reader.ts';
import { encodeEntry } from './writer.ts';

interface ReadEntry {
  name: string;
  type: string;
  content: string;
  entry: Awaited<ReturnType<TarReader['next']>>;
}

async function readAll(bytes: Buffer, chunkBytes?: number): Promise<ReadEntry[]> {
  const reader = new TarReader(streamOf(bytes, chunkBytes));
  const found: ReadEntry[] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const pieces: Buffer[] = [];
    for (let piece = await reader.read(); piece !== undefined; piece = await reader.read())
      pieces.push(Buffer.from(piece));
    found.push({ name: entry.name, type: entry.type, content: Buffer.concat(pieces).toString('latin1'), entry });
  }
  return found;
}

async function refuses(bytes: Buffer, message: RegExp): Promise<void> {
  await assert.rejects(readAll(bytes), (error) => isHakoError(error, 'invalid') && message.test(error.message));
}

describe('tar reader', () => {
  let dir = '';
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'hako-tar-'));
    mkdirSync(join(dir, 'in', 'sub'), { recursive: true });
    writeFileSync(join(dir, 'in', 'sub', 'plain'), 'plain');
    writeFileSync(join(dir, 'in', 'n'.repeat(140)), 'long');
    writeFileSync(join(dir, 'in', 'grün'), 'utf8');
    symlinkSync('t'.repeat(130), join(dir, 'in', 'link'));
    execFileSync('touch', ['-d', '@-5', join(dir, 'in', 'sub', 'plain')]);
    const sparse = openSync(join(dir, 'in', 'sparse'), 'w');
    for (const offset of [0, 1 << 20, 3 << 20, 5 << 20, 7 << 20, 9 << 20]) writeSync(sparse, 'data', offset);
    closeSync(sparse);
    truncateSync(join(dir, 'in', 'sparse'), 12 << 20);
  });
  after(() => rmSync(dir, { recursive: true }));

  for (const format of ['gnu', 'posix']) {
    it(`reads what GNU tar writes as ${format}`, async () => {
      const bytes = execFileSync('tar', ['-C', join(dir, 'in'), `--format=${format}`, '-cf', '-', '.'], {
        maxBuffer: 1 << 26,
      });
      const byName = new Map((await readAll(bytes, 777)).map((found) => [found.name, found]));
      assert.equal(byName.get('./sub/plain')?.content, 'plain');
      assert.equal(byName.get(`./${'n'.repeat(140)}`)?.content, 'long');
      assert.equal(byName.get('./link')?.entry?.linkName, 't'.repeat(130));
      assert.equal(byName.get(`./${Buffer.from('grün').toString('latin1')}`)?.content, 'utf8');
      assert.equal(byName.get('./sub/plain')?.entry?.mtime.seconds, -5);
    });
  }

  for (const options of [
    ['--format=gnu'],
    ...['0.0', '0.1', '1.0'].map((version) => ['--format=posix', `--sparse-version=${version}`]),
  ]) {
    it(`reads sparse files (${options.join(' ')})`, async () => {
      const bytes = execFileSync('tar', ['-C', join(dir, 'in'), '-S', ...options, '-cf', '-', 'sparse']);
      const [found] = await readAll(bytes);
      assert.equal(found?.name, 'sparse');
      assert.equal(found?.entry?.size, 12 << 20);
      const offsets = found?.entry?.fragments?.filter(({ length }) => length > 0).map(({ offset }) => offset);
      assert.deepEqual(offsets, [0, 1 << 20, 3 << 20, 5 << 20, 7 << 20, 9 << 20]);
    });
  }

  it('reads v7 and ustar with a prefix', async () => {
    const long = `${'d'.repeat(90)}/${'e'.repeat(60)}`;
    mkdirSync(join(dir, 'pre', 'd'.repeat(90)), { recursive: true });
    writeFileSync(join(dir, 'pre', long), 'x');
    mkdirSync(join(dir, 'pre', 'old'));
    writeFileSync(join(dir, 'pre', 'old', 'f'), 'x');
    const ustar = execFileSync('tar', ['-C', join(dir, 'pre'), '--format=ustar', '-cf', '-', long]);
    assert.equal((await readAll(ustar))[0]?.name, long);
    const v7 = execFileSync('tar', ['-C', join(dir, 'pre'), '--format=v7', '-cf', '-', 'old']);
    assert.deepEqual(
      (await readAll(v7)).map(({ type }) => type),
      ['directory', 'file'],
    );
  });

  it('reads numbers beyond octal, in base-256 and PAX', async () => {
    const bytes = archiveOf({ name: 'a', uid: 3_000_000, gid: 4_000_000_000 });
    assert.deepEqual(
      [(await readAll(bytes))[0]?.entry?.uid, (await readAll(bytes))[0]?.entry?.gid],
      [3_000_000, 4_000_000_000],
    );
    const block = Buffer.from(encodeEntry({ name: 'b', type: 'file' }));
    block.fill(0, 108, 116).writeUInt8(0x80, 108);
    block.writeUInt32BE(3_000_000, 112);
    fixChecksum(block);
    assert.equal((await readAll(Buffer.concat([block, Buffer.alloc(1024)])))[0]?.entry?.uid, 3_000_000);
  });

  it('refuses damaged archives and says how', async () => {
    const good = archiveOf({ name: 'a', body: 'x'.repeat(2000) });
    await refuses(good.subarray(0, 900), /truncated/);
    await refuses(good.subarray(0, 300), /truncated/);
    await refuses(Buffer.from('not a tar'.repeat(100)), /checksum/);
    const absurd = Buffer.from(encodeEntry({ name: 'a', type: 'file' }));
    absurd.fill(0x7f, 124, 136).writeUInt8(0xbf, 124);
    fixChecksum(absurd);
    await refuses(absurd, /absurd size/);
    const negative = Buffer.from(absurd);
    negative.fill(0xff, 124, 136);
    fixChecksum(negative);
    await refuses(negative, /negative size/);
  });

  it('refuses header bombs', async () => {
    const huge = encodeHeader({ ...blank, typeFlag: 'x', size: 2 ** 21 });
    await refuses(Buffer.concat([huge, Buffer.alloc(2 ** 21)]), /extended header of 2097152/);
    const record = encodePax([['comment', 'x'.repeat(100)]]);
    const tiny = Buffer.concat([
      encodeHeader({ ...blank, typeFlag: 'x', size: record.length }),
      record,
      Buffer.alloc(512 - record.length),
    ]);
    await refuses(Buffer.concat(Array.from({ length: 40 }, () => tiny)), /more than 16 extended headers/);
    await refuses(archiveOf({ name: 'n'.repeat(5000) }), /longer than 4095/);
  });

  it('refuses NUL bytes in names and malformed PAX records', async () => {
    await refuses(archiveOf({ name: `${'a'.repeat(120)}\0b` }), /NUL/);
    for (const bad of ['5 a=b\n', '999 a=b\n', 'x a=b\n', '6 ab\n\n', '-1 a=b\n', '00006 a=b\n']) {
      assert.throws(() => parsePax(Buffer.from(bad)), /malformed record/, bad);
    }
  });

  it('refuses sparse maps that lie', async () => {
    const lie = (map: string, size = '10') => {
      const body = encodePax([
        ['GNU.sparse.major', '0'],
        ['GNU.sparse.minor', '1'],
        ['GNU.sparse.size', size],
        ['GNU.sparse.map', map],
      ]);
      const padded = Buffer.concat([body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
      return Buffer.concat([
        encodeHeader({ ...blank, typeFlag: 'x', size: body.length }),
        padded,
        archiveOf({ name: 's', body: '1234' }),
      ]);
    };
    assert.equal((await readAll(lie('3,4')))[0]?.entry?.size, 10);
    await refuses(lie('5,2,4,2'), /overlaps/);
    await refuses(lie('8,4'), /beyond the end/);
    await refuses(lie('0,3'), /does not match/);
    await refuses(lie('0'), /malformed/);
    await refuses(lie('0,99999999999999999999'), /not a number/);
  });

  it('ends at a zero block and reads an archive without one', async () => {
    const whole = archiveOf('a', 'b');
    assert.equal((await readAll(whole.subarray(0, 1024))).length, 2);
    assert.equal((await readAll(Buffer.concat([archiveOf('a'), archiveOf('b')]))).length, 1);
    assert.equal((await readAll(Buffer.alloc(0))).length, 0);
  });
});

describe('tar writer', () => {
  it('writes what GNU tar lists', () => {
    const bytes = archiveOf(
      'dir/',
      { name: 'dir/file', body: 'hello', mode: 0o4755 },
      { name: 'link', type: 'symlink', linkName: 'l'.repeat(150) },
      { name: 'hard', type: 'hardlink', linkName: 'dir/file' },
      { name: 'null', type: 'character', devMajor: 1, devMinor: 3 },
      { name: 'n'.repeat(200), body: 'x', uid: 10_000_000, xattrs: new Map([['user.a', Buffer.from([0, 255])]]) },
    );
    const listed = execFileSync('tar', ['--numeric-owner', '--xattrs', '-tvf', '-'], {
      input: bytes,
      encoding: 'utf8',
    });
    for (const expected of [
      /drwxr-xr-x.* dir\//,
      /-rwsr-xr-x.* 5 .*dir\/file/,
      /link -> l{150}/,
      /link to dir\/file/,
      /1,3/,
      /10000000\/0.* n{200}/,
    ]) {
      assert.match(listed, expected);
    }
  });

  it('survives a round trip with every kind of value', async () => {
    const xattrs = new Map([['security.capability', Buffer.from([1, 0, 0, 2, 10, 255, 61])]]);
    const name = Buffer.from([0xff, 0x2f, 0xfe]).toString('latin1');
    const [found] = await readAll(
      archiveOf({
        name,
        uid: 7,
        gid: 2 ** 31,
        mode: 0o7777,
        mtime: { seconds: -3, nanoseconds: 0 },
        xattrs,
        body: 'b',
      }),
    );
    assert.equal(found?.name, name);
    assert.deepEqual(found?.entry?.xattrs, xattrs);
    assert.deepEqual([found?.entry?.mode, found?.entry?.gid, found?.entry?.mtime.seconds], [0o7777, 2 ** 31, -3]);
  });
});

const blank = { name: 'p', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, linkName: '', devMajor: 0, devMinor: 0 };

function fixChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
