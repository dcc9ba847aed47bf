import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import { record } from '../testing/recorder.ts';
import { assertUnbroken } from '../testing/suite-watch.ts';
import { SqliteStorage } from './sqlite-storage.ts';

test('SqliteStorage refuses writes on a full disk, reads on, and recovers', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-kube-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]);
  try {
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(12 * 2 ** 20));
    await using storage = await SqliteStorage.open(join(folder, 'state.db'));
    using recorder = record(storage, '', 1);
    const written: string[] = [];
    let failure: unknown;
    for (let n = 0; n < 10_000 && failure === undefined; n += 16) {
      const batch = Array.from({ length: 16 }, (_, m) => `/full/${n + m}`);
      const results = await Promise.allSettled(batch.map((key) => storage.put(key, 'x'.repeat(4000), 0)));
      for (const [index, result] of results.entries()) {
        if (result.status === 'fulfilled') written.push(batch[index] ?? '');
        else failure = result.reason;
      }
    }
    assert.ok(isStatusError(failure, 'InternalError'));
    assert.match(failure.message, /full/);
    const { entries, revision } = await storage.list({ prefix: '/full/' });
    assert.deepEqual(entries.map((entry) => entry.key).sort(), [...written].sort());
    assert.equal((await storage.get('/full/0')).entry?.value.length, 4000);
    rmSync(ballast);
    assert.equal((await storage.put('/full/again', 'x'.repeat(4000), 0)).revision, revision + 1);
    const deleted = await storage.delete('/full/0', (await storage.get('/full/0')).entry?.modRevision ?? 0);
    assert.equal(deleted.done, true);
    await recorder.reach(revision + 2);
    assert.equal(recorder.changes.length, revision + 1);
    assertUnbroken(recorder.changes);
  } finally {
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  }
});
