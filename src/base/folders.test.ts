import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isHakoError } from './errors.ts';
import { makeFolders } from './folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-folders-'));
after(() => rmSync(folder, { recursive: true }));

describe('makeFolders', () => {
  it('makes what is missing, with the mode, and leaves what is there', () => {
    const path = join(folder, 'a/b/c');
    makeFolders(path, 0o700);
    makeFolders(`${path}/`, 0o755);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o700);
    symlinkSync(path, join(folder, 'link'));
    makeFolders(join(folder, 'link/d'));
    assert.ok(statSync(join(path, 'd')).isDirectory());
  });

  it('says where a file is in the way', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    assert.throws(() => makeFolders(file), { code: 'EEXIST' });
    assert.throws(() => makeFolders(join(file, 'a/b')), { code: 'ENOTDIR' });
  });

  it('comes back from file systems that take no folders', () => {
    for (const path of ['/proc/hako', '/proc/hako/a/b', '/proc/self/fd/hako/a'])
      assert.throws(
        () => makeFolders(path),
        (error: unknown) => isHakoError(error, 'failed_precondition') && /takes none; name another/.test(error.message),
        path,
      );
  });
});
