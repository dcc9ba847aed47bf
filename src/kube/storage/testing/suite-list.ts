import assert from 'node:assert/strict';
import { isStatusError } from '#kube/api';
import type { Entry, Storage } from '../contract.ts';
import { compareKeys } from '../keys.ts';
import type { StorageTest } from './suite.ts';
import { mustBeDone, mustPut } from './suite-write.ts';

/** All pages of a prefix, each as of the revision of the first. */
export async function listPaged(
  storage: Storage,
  prefix: string,
  limit: number,
  between: () => Promise<void> = async () => undefined,
): Promise<{ entries: Entry[]; pages: number; revision: number }> {
  const first = await storage.list({ prefix, limit });
  const entries = [...first.entries];
  let pages = 1;
  for (let { remaining } = first; remaining > 0; pages++) {
    await between();
    const page = await storage.list({ prefix, limit, after: entries.at(-1)?.key ?? '', revision: first.revision });
    assert.equal(page.revision, first.revision);
    assert.equal(page.remaining, remaining - page.entries.length);
    assert.ok(page.entries.length > 0);
    entries.push(...page.entries);
    remaining = page.remaining;
  }
  return { entries, pages, revision: first.revision };
}

const keysOf = (entries: readonly Entry[]) => entries.map((entry) => entry.key);

/** Ranges, order, pages, lists at revisions. */
export function listTests(storageTest: StorageTest): void {
  storageTest('lists the keys of a prefix in byte order', async (storage) => {
    // In UTF-16 the ship would stand before the private character; in UTF-8 it stands behind.
    const keys = ['/l/b', '/l/a', '/l/a/x', '/l/a0', '/l/Z', '/l/', '/l/\ue000', '/l/\u{1f6a2}', '/l/é', '/l/~'];
    for (const key of keys) await mustPut(storage, key, '1');
    for (const key of ['/k', '/l', '/l0', '/m', '/k/\u{10ffff}']) await mustPut(storage, key, '0');
    const { entries, remaining } = await storage.list({ prefix: '/l/' });
    assert.deepEqual(
      keysOf(entries),
      [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    );
    assert.deepEqual(keysOf(entries), [...keys].sort(compareKeys));
    assert.equal(remaining, 0);
    assert.equal(await storage.count('/l/'), keys.length);
    assert.equal(await storage.count(''), keys.length + 5);
  });

  storageTest('lists nothing where nothing is', async (storage) => {
    await mustPut(storage, '/a', '1');
    assert.deepEqual(await storage.list({ prefix: '/b' }), {
      entries: [],
      revision: await storage.revision(),
      remaining: 0,
    });
    assert.equal(await storage.count('/b'), 0);
  });

  storageTest('lists after a key, whether it is there, is gone or lies outside', async (storage) => {
    for (const name of ['a', 'b', 'c', 'd']) await mustPut(storage, `/l/${name}`, name);
    const after = async (key: string) => keysOf((await storage.list({ prefix: '/l/', after: key })).entries);
    assert.deepEqual(await after('/l/b'), ['/l/c', '/l/d']);
    assert.deepEqual(await after('/l/bb'), ['/l/c', '/l/d']);
    assert.deepEqual(await after('/k'), ['/l/a', '/l/b', '/l/c', '/l/d']);
    assert.deepEqual(await after('/l/d'), []);
    assert.deepEqual(await after('/m'), []);
  });

  storageTest('tells how many follow after a page', async (storage) => {
    for (let n = 0; n < 10; n++) await mustPut(storage, `/l/${n}`, '1');
    await mustPut(storage, '/m', '1');
    const remaining = async (limit: number, after: string) => {
      const page = await storage.list({ prefix: '/l/', limit, after });
      return [page.entries.length, page.remaining];
    };
    assert.deepEqual(await remaining(4, ''), [4, 6]);
    assert.deepEqual(await remaining(4, '/l/3'), [4, 2]);
    assert.deepEqual(await remaining(4, '/l/7'), [2, 0]);
    assert.deepEqual(await remaining(10, ''), [10, 0]);
    assert.deepEqual(await remaining(0, ''), [10, 0]);
  });

  storageTest('lists what was at an old revision', async (storage) => {
    const a = await mustPut(storage, '/l/a', 'a1');
    const b = await mustPut(storage, '/l/b', 'b1');
    await mustPut(storage, '/l/c', 'c1');
    const then = await storage.revision();
    const expected = await storage.list({ prefix: '/l/' });
    const a2 = await mustPut(storage, '/l/a', 'a2', a);
    await mustPut(storage, '/l/a', 'a3', a2);
    const gone = mustBeDone(await storage.delete('/l/b', b)).revision;
    await mustPut(storage, '/l/aa', 'new');
    await mustPut(storage, '/l/z', 'new');
    await mustPut(storage, '/other', 'x');
    assert.deepEqual(await storage.list({ prefix: '/l/', revision: then }), expected);
    const between = await storage.list({ prefix: '/l/', revision: gone });
    assert.deepEqual(
      between.entries.map(({ value }) => value),
      ['a3', 'c1'],
    );
    const page = await storage.list({ prefix: '/l/', revision: then, limit: 1, after: '/l/a' });
    assert.deepEqual([page.entries[0]?.value, page.remaining], ['b1', 1]);
    assert.deepEqual(keysOf((await storage.list({ prefix: '/l/' })).entries), ['/l/a', '/l/aa', '/l/c', '/l/z']);
  });

  storageTest('lists a key as it was before it was deleted and made again', async (storage) => {
    const first = await mustPut(storage, '/l/a', 'old');
    mustBeDone(await storage.delete('/l/a', first));
    const again = await mustPut(storage, '/l/a', 'new');
    const at = async (revision: number) =>
      (await storage.list({ prefix: '/l/', revision })).entries.map((e) => e.value);
    assert.deepEqual(await at(first), ['old']);
    assert.deepEqual(await at(first + 1), []);
    assert.deepEqual(await at(again), ['new']);
    if (first > 1) assert.deepEqual(await at(first - 1), []);
  });

  storageTest('gives pages that fit together while others write', async (storage) => {
    const expected = new Map<string, string>();
    for (let n = 0; n < 60; n++) {
      const key = `/l/${String(n).padStart(3, '0')}`;
      expected.set(key, `${n}`);
      await mustPut(storage, key, `${n}`);
    }
    let turn = 0;
    const disturb = async () => {
      turn++;
      const changed = `/l/${String((turn * 7) % 60).padStart(3, '0')}`;
      const { entry } = await storage.get(changed);
      if (entry !== undefined) {
        if (turn % 2 === 0) await storage.delete(changed, entry.modRevision);
        else await storage.put(changed, 'changed', entry.modRevision);
      }
      await storage.put(`/l/0${turn}x`, 'new', 0);
    };
    const { entries, pages } = await listPaged(storage, '/l/', 7, disturb);
    assert.equal(pages, 9);
    assert.deepEqual(new Map(entries.map(({ key, value }) => [key, String(value)])), expected);
  });

  storageTest('lists many keys in pages as in one', async (storage) => {
    const keys = Array.from({ length: 3000 }, (_, n) => `/l/${(n * 7919) % 3000}`);
    await Promise.all(keys.map((key) => mustPut(storage, key, `"${key}"`)));
    const all = await storage.list({ prefix: '/l/' });
    assert.deepEqual(keysOf(all.entries), [...keys].sort());
    const { entries } = await listPaged(storage, '/l/', 500);
    assert.deepEqual(entries, all.entries);
  });

  storageTest('refuses revisions that do not exist yet', async (storage) => {
    const newest = await mustPut(storage, '/a', '1');
    await assert.rejects(storage.list({ prefix: '/', revision: newest + 1 }), (error) => {
      assert.ok(isStatusError(error, 'Timeout'));
      assert.equal(error.message, `Timeout: Too large resource version: ${newest + 1}, current: ${newest}`);
      assert.equal(error.details?.causes?.[0]?.reason, 'ResourceVersionTooLarge');
      return true;
    });
    assert.equal((await storage.list({ prefix: '/', revision: newest })).entries.length, 1);
  });
}
