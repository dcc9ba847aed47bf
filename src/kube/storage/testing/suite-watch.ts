import assert from 'node:assert/strict';
import type { Change, Storage } from '../contract.ts';
import { brief, record } from './recorder.ts';
import type { StorageTest } from './suite.ts';
import { mustBeDone, mustPut } from './suite-write.ts';

/** Random puts, updates and deletes of a few keys; answers when all are acknowledged. */
export async function churn(storage: Storage, prefix: string, writes: number, keys: number): Promise<void> {
  for (let n = 0; n < writes; n++) {
    const key = `${prefix}${(n * 31) % keys}`;
    const { entry } = await storage.get(key);
    if (entry !== undefined && n % 5 === 0) await storage.delete(key, entry.modRevision);
    else await storage.put(key, `"${n}"`, entry?.modRevision ?? 0);
  }
}

/** Fails unless these are changes of consecutive keys' lives: revisions grow, and each change stands on the one before. */
export function assertUnbroken(changes: readonly Change[]): void {
  const last = new Map<string, number>();
  let revision = 0;
  for (const change of changes) {
    assert.ok(change.revision > revision, `revision ${change.revision} after ${revision}`);
    revision = change.revision;
    const before = last.get(change.key);
    if (before !== undefined) assert.equal(change.previous?.modRevision ?? 0, before, `a gap before ${brief(change)}`);
    last.set(change.key, change.type === 'put' ? change.revision : 0);
  }
}

/** Order, completeness, starting points, progress. */
export function watchTests(storageTest: StorageTest, embedded: boolean): void {
  storageTest('tells watchers of puts, updates and deletes with what was before', async (storage) => {
    using recorder = record(storage, '/w/', await storage.revision());
    const first = await mustPut(storage, '/w/a', '1');
    const second = await mustPut(storage, '/w/a', '2', first);
    const third = mustBeDone(await storage.delete('/w/a', second)).revision;
    await recorder.until(({ changes }) => changes.length === 3);
    const key = '/w/a';
    assert.deepEqual(recorder.changes, [
      { type: 'put', key, value: '1', revision: first, previous: undefined },
      { type: 'put', key, value: '2', revision: second, previous: { key, value: '1', modRevision: first } },
      { type: 'delete', key, value: undefined, revision: third, previous: { key, value: '2', modRevision: second } },
    ]);
  });

  if (embedded) {
    storageTest('tells watchers before the promise of the write resolves', async (storage) => {
      using recorder = record(storage, '/w/', await storage.revision());
      for (let n = 1; n <= 50; n++) {
        await mustPut(storage, `/w/${n}`, '1');
        assert.equal(recorder.changes.length, n);
      }
      await Promise.all(
        Array.from({ length: 50 }, async (_, n) => {
          const revision = await mustPut(storage, `/w/x${n}`, '1');
          assert.ok(recorder.changes.some((change) => change.revision === revision));
        }),
      );
    });
  }

  storageTest('tells watchers of their prefix only', async (storage) => {
    const start = await storage.revision();
    using pods = record(storage, '/registry/pods/', start);
    using one = record(storage, '/registry/pods/default/web', start);
    using all = record(storage, '', start);
    using none = record(storage, '/registry/podsandmore/', start);
    for (const key of [
      '/registry/pods/default/web',
      '/registry/pods/x/y',
      '/registry/pod',
      '/registry/podtemplates/a',
    ]) {
      await mustPut(storage, key, '1');
    }
    const last = await mustPut(storage, '/registry/pods/default/web2', '1');
    await Promise.all([pods, one, all, none].map((recorder) => recorder.reach(last)));
    const keys = (recorder: { changes: Change[] }) => recorder.changes.map((change) => change.key);
    assert.deepEqual(keys(pods), ['/registry/pods/default/web', '/registry/pods/x/y', '/registry/pods/default/web2']);
    assert.deepEqual(keys(one), ['/registry/pods/default/web', '/registry/pods/default/web2']);
    assert.equal(all.changes.length, 5);
    assert.equal(none.changes.length, 0);
  });

  storageTest('starts a watch where its list ended, from the past as from now', async (storage) => {
    const start = await storage.revision();
    await churn(storage, '/w/', 60, 5);
    using fromStart = record(storage, '/w/', start);
    const { revision } = await storage.list({ prefix: '/w/' });
    using fromList = record(storage, '/w/', revision);
    await mustPut(storage, '/w/last', '1');
    await Promise.all([fromStart, fromList].map((r) => r.until(({ changes }) => changes.at(-1)?.key === '/w/last')));
    assertUnbroken(fromStart.changes);
    assert.deepEqual(
      fromStart.changes.map((change) => change.revision),
      Array.from({ length: (await storage.revision()) - start }, (_, n) => start + 1 + n),
    );
    assert.deepEqual(
      fromList.changes.map((change) => change.key),
      ['/w/last'],
    );
  });

  storageTest('tells every revision once, however the start falls among concurrent writes', async (storage) => {
    const start = await storage.revision();
    const recorders = [record(storage, '/w/', start)];
    const writers = Array.from({ length: 8 }, (_, n) => churn(storage, `/w/${n}/`, 40, 4));
    const opener = async () => {
      for (let n = 0; n < 20; n++)
        recorders.push(record(storage, '/w/', n % 3 === 0 ? start : await storage.revision()));
    };
    await Promise.all([...writers, opener()]);
    const end = await mustPut(storage, '/w/end', '1');
    for (const recorder of recorders) {
      await recorder.until(({ changes }) => changes.at(-1)?.revision === end);
      assertUnbroken(recorder.changes);
      const first = recorder.changes[0]?.revision ?? 0;
      assert.equal(recorder.changes.length, end - first + 1);
      recorder[Symbol.dispose]();
    }
    assert.equal(recorders[0]?.changes[0]?.revision, start + 1);
  });

  storageTest('rebuilds the state of the store from a list and its watch', async (storage) => {
    await churn(storage, '/w/', 30, 7);
    const { entries, revision } = await storage.list({ prefix: '/w/' });
    const state = new Map(entries.map((entry) => [entry.key, entry.modRevision]));
    using recorder = record(storage, '/w/', revision);
    await Promise.all([churn(storage, '/w/', 60, 7), churn(storage, '/w/', 60, 11)]);
    const now = await storage.list({ prefix: '/w/' });
    await recorder.reach(now.revision);
    for (const change of recorder.changes) {
      if (change.type === 'put') state.set(change.key, change.revision);
      else state.delete(change.key);
    }
    assert.deepEqual(state, new Map(now.entries.map((entry) => [entry.key, entry.modRevision])));
  });

  storageTest('waits for revisions to come where a watch starts in the future', async (storage) => {
    const revision = await storage.revision();
    using recorder = record(storage, '/w/', revision + 2);
    using witness = record(storage, '/w/', revision);
    for (const name of ['a', 'b', 'c', 'd']) await mustPut(storage, `/w/${name}`, '1');
    await witness.until(({ changes }) => changes.length === 4);
    await recorder.until(({ changes }) => changes.length === 2);
    assert.deepEqual(
      recorder.changes.map((change) => change.key),
      ['/w/c', '/w/d'],
    );
  });

  storageTest('answers a request for progress with a revision that is not older', async (storage) => {
    using recorder = record(storage, '/w/', await storage.revision());
    await mustPut(storage, '/w/a', '1');
    const newest = await mustPut(storage, '/elsewhere', '1');
    recorder.watch.requestProgress();
    await recorder.until(({ progress }) => (progress.at(-1) ?? 0) >= newest);
    assert.equal(recorder.changes.length, 1);
  });

  storageTest('never tells progress beyond a change that it has still to tell', async (storage) => {
    const start = await storage.revision();
    let told = start;
    let isBroken = false;
    using watch = storage.watch({
      prefix: '/w/',
      afterRevision: start,
      onChanges: (changes) => {
        for (const change of changes) {
          if (change.revision <= told) isBroken = true;
          told = change.revision;
        }
      },
      onProgress: (revision) => {
        told = Math.max(told, revision);
      },
      onEnd: () => undefined,
    });
    const asking = setInterval(() => watch.requestProgress(), 1);
    await Promise.all(Array.from({ length: 16 }, (_, n) => churn(storage, `/w/${n}/`, 20, 3)));
    clearInterval(asking);
    using witness = record(storage, '/w/', start);
    await witness.reach(await storage.revision());
    assert.equal(isBroken, false);
  });

  storageTest('tells a disposed watch nothing more', async (storage) => {
    const start = await storage.revision();
    const recorder = record(storage, '/w/', start);
    await mustPut(storage, '/w/a', '1');
    await recorder.until(({ changes }) => changes.length === 1);
    recorder[Symbol.dispose]();
    recorder[Symbol.dispose]();
    using witness = record(storage, '/w/', start);
    const last = await mustPut(storage, '/w/b', '1');
    await witness.reach(last);
    assert.deepEqual([recorder.changes.length, recorder.ended.length], [1, 0]);
  });

  storageTest('lets a watcher write and watch while it is told', async (storage) => {
    const start = await storage.revision();
    const echoes: Promise<unknown>[] = [];
    using echo = storage.watch({
      prefix: '/w/',
      afterRevision: start,
      onChanges: (changes) => {
        for (const { key } of changes) echoes.push(storage.put(`/echo${key}`, '1', 0));
      },
      onProgress: () => undefined,
      onEnd: () => undefined,
    });
    using all = record(storage, '/', start);
    for (const name of ['a', 'b', 'c']) await mustPut(storage, `/w/${name}`, '1');
    await all.until(({ changes }) => changes.length === 6);
    await Promise.all(echoes);
    assertUnbroken(all.changes);
    assert.equal(all.changes.filter((change) => change.key.startsWith('/echo')).length, 3);
    echo.requestProgress();
  });

  storageTest('does not let a watcher that throws harm writes or other watchers', async (storage) => {
    const start = await storage.revision();
    const ended = Promise.withResolvers<Error>();
    using bad = storage.watch({
      prefix: '/w/',
      afterRevision: start,
      onChanges: () => {
        throw new Error('careless');
      },
      onProgress: () => undefined,
      onEnd: ended.resolve,
    });
    using good = record(storage, '/w/', start);
    await mustPut(storage, '/w/a', '1');
    await mustPut(storage, '/w/b', '1');
    await good.until(({ changes }) => changes.length === 2);
    assert.match((await ended.promise).message, /\/w\//);
    bad.requestProgress();
  });

  storageTest('tells many watchers, each of its own keys', async (storage) => {
    const start = await storage.revision();
    const recorders = Array.from({ length: 100 }, (_, n) => record(storage, `/w/${n}/`, start));
    await Promise.all(Array.from({ length: 300 }, (_, n) => mustPut(storage, `/w/${n % 100}/${n}`, '1')));
    for (const [n, recorder] of recorders.entries()) {
      await recorder.until(({ changes }) => changes.length >= 3);
      assert.ok(recorder.changes.every((change) => change.key.startsWith(`/w/${n}/`)));
      assert.equal(recorder.changes.length, 3);
      recorder[Symbol.dispose]();
    }
  });
}
