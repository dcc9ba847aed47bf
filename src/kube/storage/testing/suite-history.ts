import assert from 'node:assert/strict';
import { isStatusError } from '#kube/api';
import { brief, record } from './recorder.ts';
import type { StorageTest } from './suite.ts';
import { listPaged } from './suite-list.ts';
import { assertUnbroken, churn } from './suite-watch.ts';
import { mustBeDone, mustPut } from './suite-write.ts';

/** Compaction, and what it leaves. */
export function historyTests(storageTest: StorageTest): void {
  storageTest('ends lists from before a compaction with Expired, and keeps those from it on', async (storage) => {
    const first = await mustPut(storage, '/h/a', '1');
    const second = await mustPut(storage, '/h/a', '2', first);
    const third = await mustPut(storage, '/h/b', '1');
    const gone = mustBeDone(await storage.delete('/h/b', third)).revision;
    await storage.compact(third);
    await assert.rejects(storage.list({ prefix: '/h/', revision: second }), (error) => {
      assert.ok(isStatusError(error, 'Expired'));
      assert.equal(error.code, 410);
      return true;
    });
    const values = async (revision?: number) =>
      (await storage.list({ prefix: '/h/', ...(revision === undefined ? {} : { revision }) })).entries.map(
        (e) => e.value,
      );
    assert.deepEqual(await values(third), ['2', '1']);
    assert.deepEqual(await values(gone), ['2']);
    assert.deepEqual(await values(), ['2']);
    assert.equal((await storage.get('/h/a')).entry?.modRevision, second);
  });

  storageTest('ends watches from before a compaction with Expired, and keeps those from it on', async (storage) => {
    const first = await mustPut(storage, '/h/a', '1');
    const second = mustBeDone(await storage.delete('/h/a', first)).revision;
    const third = await mustPut(storage, '/h/b', '1');
    await storage.compact(second);
    using early = record(storage, '/h/', first);
    await early.until(({ ended }) => ended.length === 1);
    assert.ok(isStatusError(early.ended[0], 'Expired'));
    assert.equal(early.changes.length, 0);
    using late = record(storage, '/h/', second);
    await late.reach(third);
    assert.deepEqual(late.changes.map(brief), ['put /h/b=1']);
    assert.equal(late.ended.length, 0);
  });

  storageTest('lets a watch that is up to date go on over a compaction', async (storage) => {
    using recorder = record(storage, '/h/', await storage.revision());
    const first = await mustPut(storage, '/h/a', '1');
    const second = await mustPut(storage, '/h/a', '2', first);
    await recorder.until(({ changes }) => changes.length === 2);
    await storage.compact(second);
    await mustPut(storage, '/h/a', '3', second);
    await recorder.until(({ changes }) => changes.length === 3);
    assert.equal(recorder.changes[2]?.previous?.value, '2');
    assert.equal(recorder.ended.length, 0);
  });

  storageTest('does not mind to be compacted again, or to an older revision', async (storage) => {
    await churn(storage, '/h/', 10, 3);
    const revision = await storage.revision();
    await storage.compact(revision);
    await storage.compact(revision);
    await storage.compact(revision - 2);
    await assert.rejects(storage.list({ prefix: '/h/', revision: revision - 1 }), (e) => isStatusError(e, 'Expired'));
    assert.equal((await storage.list({ prefix: '/h/', revision })).revision, revision);
  });

  storageTest('refuses to be compacted to a revision that does not exist yet', async (storage) => {
    const revision = await mustPut(storage, '/h/a', '1');
    await assert.rejects(storage.compact(revision + 10), (error) => isStatusError(error, 'Timeout'));
    assert.equal((await storage.list({ prefix: '/h/', revision })).entries.length, 1);
  });

  storageTest('keeps all current values, and its revision, when everything is compacted', async (storage) => {
    await churn(storage, '/h/', 50, 9);
    const temporary = await mustPut(storage, '/h/x', '1');
    mustBeDone(await storage.delete('/h/x', temporary));
    const before = await storage.list({ prefix: '/h/' });
    await storage.compact(before.revision);
    assert.deepEqual(await storage.list({ prefix: '/h/' }), before);
    assert.deepEqual(await storage.list({ prefix: '/h/', revision: before.revision }), before);
    assert.equal(await mustPut(storage, '/h/y', '1'), before.revision + 1);
  });

  storageTest('ends a paged list with Expired when its revision is compacted meanwhile', async (storage) => {
    for (let n = 0; n < 20; n++) await mustPut(storage, `/h/${n}`, '1');
    const compactAll = async () => {
      await mustPut(storage, '/h/new', '1').catch(() => undefined);
      await storage.compact(await storage.revision());
    };
    await assert.rejects(listPaged(storage, '/h/', 6, compactAll), (error) => isStatusError(error, 'Expired'));
  });

  storageTest('stays whole while it is compacted under load', async (storage) => {
    const start = await storage.revision();
    using recorder = record(storage, '/h/', start);
    await recorder.reach(start);
    let isWriting = true;
    const compact = async () => {
      while (isWriting) {
        await storage.compact(Math.max(1, (await storage.revision()) - 3));
        await new Promise(setImmediate);
      }
    };
    const write = async () => {
      await Promise.all(Array.from({ length: 8 }, (_, n) => churn(storage, `/h/${n}/`, 50, 4)));
      isWriting = false;
    };
    await Promise.all([write(), compact()]);
    const now = await storage.list({ prefix: '/h/' });
    await recorder.reach(now.revision);
    assert.equal(recorder.ended.length, 0);
    assertUnbroken(recorder.changes.map((change) => ({ ...change, previous: change.previous })));
    const state = new Map<string, number>();
    for (const change of recorder.changes) {
      if (change.type === 'put') state.set(change.key, change.revision);
      else state.delete(change.key);
    }
    assert.deepEqual(state, new Map(now.entries.map((entry) => [entry.key, entry.modRevision])));
  });
}
