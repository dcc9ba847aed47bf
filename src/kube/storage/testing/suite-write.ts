import assert from 'node:assert/strict';
import { isStatusError } from '#kube/api';
import type { Storage, SwapResult } from '../contract.ts';
import { brief, record } from './recorder.ts';
import type { StorageTest } from './suite.ts';

/** Puts and expects it to be done; answers the revision. */
export async function mustPut(
  storage: Storage,
  key: string,
  value: string | Uint8Array,
  expected = 0,
  options?: { ttlSeconds?: number },
): Promise<number> {
  return mustBeDone(await storage.put(key, value, expected, options)).revision;
}

/** The result of a swap that has to be done. */
export function mustBeDone(result: SwapResult): Extract<SwapResult, { done: true }> {
  if (!result.done) assert.fail(`refused: ${JSON.stringify(result.current)}`);
  return result;
}

/** Puts, compare-and-swap, deletes, values, time to live, disposal. */
export function writeTests(storageTest: StorageTest, open: () => Promise<Storage>): void {
  storageTest('starts with a positive revision and no keys', async (storage) => {
    assert.ok((await storage.revision()) >= 1);
    assert.equal(await storage.count(''), 0);
    const { entry, revision } = await storage.get('/registry/pods/default/web');
    assert.equal(entry, undefined);
    assert.equal(revision, await storage.revision());
  });

  storageTest('gives every write its own revision, one more than the last', async (storage) => {
    const start = await storage.revision();
    assert.equal(await mustPut(storage, '/a', '1'), start + 1);
    assert.equal(await mustPut(storage, '/b', '1'), start + 2);
    assert.equal(await mustPut(storage, '/a', '2', start + 1), start + 3);
    assert.equal(mustBeDone(await storage.delete('/b', start + 2)).revision, start + 4);
    assert.equal(await storage.revision(), start + 4);
  });

  storageTest('gets what was put, with the revision of that write', async (storage) => {
    const first = await mustPut(storage, '/a', '{"n":1}');
    const second = await mustPut(storage, '/b', '{"n":2}');
    assert.deepEqual(await storage.get('/a'), {
      entry: { key: '/a', value: '{"n":1}', modRevision: first },
      revision: second,
    });
  });

  storageTest('tells what a write took the place of', async (storage) => {
    const first = await mustPut(storage, '/a', '1');
    const entry = { key: '/a', value: '1', modRevision: first };
    const second = mustBeDone(await storage.put('/a', '2', first));
    assert.deepEqual(second.previous, entry);
    const gone = mustBeDone(await storage.delete('/a', second.revision));
    assert.deepEqual(gone.previous, { key: '/a', value: '2', modRevision: second.revision });
    assert.equal(mustBeDone(await storage.put('/a', '3', 0)).previous, undefined);
  });

  storageTest('refuses to create what is there, and says what it is', async (storage) => {
    const revision = await mustPut(storage, '/a', '1');
    const result = await storage.put('/a', '2', 0);
    assert.deepEqual(result, { done: false, current: { key: '/a', value: '1', modRevision: revision }, revision });
    assert.equal((await storage.get('/a')).entry?.value, '1');
  });

  storageTest('refuses to write and to delete at another revision than the expected', async (storage) => {
    const first = await mustPut(storage, '/a', '1');
    const second = await mustPut(storage, '/a', '2', first);
    const current = { key: '/a', value: '2', modRevision: second };
    assert.deepEqual(await storage.put('/a', '3', first), { done: false, current, revision: second });
    assert.deepEqual(await storage.delete('/a', first), { done: false, current, revision: second });
    assert.deepEqual(await storage.put('/a', '3', second + 1), { done: false, current, revision: second });
    assert.equal(await storage.revision(), second);
  });

  storageTest('refuses to write and to delete what has gone', async (storage) => {
    const first = await mustPut(storage, '/a', '1');
    const { revision } = mustBeDone(await storage.delete('/a', first));
    assert.deepEqual(await storage.put('/a', '2', first), { done: false, current: undefined, revision });
    assert.deepEqual(await storage.delete('/a', first), { done: false, current: undefined, revision });
    assert.deepEqual(await storage.delete('/never', 0), { done: false, current: undefined, revision });
    assert.equal((await storage.get('/a')).entry, undefined);
  });

  storageTest('lets one of many concurrent creations win', async (storage) => {
    const results = await Promise.all(Array.from({ length: 32 }, (_, n) => storage.put('/one', String(n), 0)));
    const winners = results.filter((result) => result.done);
    assert.equal(winners.length, 1);
    assert.equal((await storage.get('/one')).entry?.modRevision, winners[0]?.revision);
  });

  storageTest('loses no increment of concurrent read-modify-writes', async (storage) => {
    await mustPut(storage, '/counter', '0');
    const increment = async () => {
      for (;;) {
        const { entry } = await storage.get('/counter');
        const next = String(Number(entry?.value) + 1);
        if ((await storage.put('/counter', next, entry?.modRevision ?? 0)).done) return;
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 5; n++) await increment();
      }),
    );
    assert.equal((await storage.get('/counter')).entry?.value, '40');
  });

  storageTest('reads at once what was just acknowledged', async (storage) => {
    const check = async (n: number) => {
      const revision = await mustPut(storage, `/k/${n}`, String(n));
      assert.equal((await storage.get(`/k/${n}`)).entry?.modRevision, revision);
      assert.ok((await storage.revision()) >= revision);
      assert.ok((await storage.list({ prefix: `/k/${n}` })).entries.some((entry) => entry.value === String(n)));
    };
    await Promise.all(Array.from({ length: 64 }, (_, n) => check(n)));
  });

  storageTest('gives text back as text and bytes as bytes', async (storage) => {
    const texts = [
      '{"kind":"Pod"}',
      '{"snow":"☃ 箱舟 \u{1f6a2}"}',
      '{"nul":"\0"}',
      `{"long":"${'x'.repeat(300_000)}"}`,
    ];
    for (const [n, text] of texts.entries()) {
      await mustPut(storage, `/text/${n}`, text);
      assert.equal((await storage.get(`/text/${n}`)).entry?.value, text);
    }
    const cipher = Buffer.concat([Buffer.from('k8s:enc:aesgcm:v1:key1:'), Buffer.from([0, 255, 1, 128])]);
    const proto = Uint8Array.from([0x6b, 0x38, 0x73, 0, 10, 2]);
    const every = Uint8Array.from({ length: 256 }, (_, n) => n);
    for (const [n, bytes] of [cipher, proto, every].entries()) {
      await mustPut(storage, `/bytes/${n}`, bytes);
      const value = (await storage.get(`/bytes/${n}`)).entry?.value;
      assert.ok(value instanceof Uint8Array);
      assert.deepEqual([...value], [...bytes]);
    }
  });

  storageTest('takes keys that look like something else', async (storage) => {
    const keys = [
      '__proto__',
      'constructor',
      '/registry/roles/system::a%b',
      "/'; DROP TABLE log; --",
      '/ü/箱',
      '/a*[?]',
      '/%_',
    ];
    for (const key of keys) await mustPut(storage, key, `"${key}"`);
    for (const key of keys) assert.equal((await storage.get(key)).entry?.value, `"${key}"`);
    assert.equal(await storage.count(''), keys.length);
  });

  storageTest('refuses keys, values, revisions and times that are none', async (storage) => {
    const isBadRequest = (error: unknown) => isStatusError(error, 'BadRequest');
    await assert.rejects(storage.put('', '1', 0), isBadRequest);
    await assert.rejects(storage.put('/\ud800', '1', 0), isBadRequest);
    await assert.rejects(storage.put('/a', '"\udc00"', 0), isBadRequest);
    await assert.rejects(storage.put('/a', '1', -1), isBadRequest);
    await assert.rejects(storage.put('/a', '1', Number.NaN), isBadRequest);
    await assert.rejects(storage.put('/a', '1', 0, { ttlSeconds: 0 }), isBadRequest);
    await assert.rejects(storage.put('/a', '1', 0, { ttlSeconds: Number.NaN }), isBadRequest);
    await assert.rejects(storage.delete('/a', 1.5), isBadRequest);
    await assert.rejects(storage.list({ prefix: '/', revision: -5 }), isBadRequest);
    await assert.rejects(storage.list({ prefix: '/', limit: -1 }), isBadRequest);
    assert.equal(await storage.count(''), 0);
  });

  storageTest('lets a key go after its time, as a delete with its own revision', async (storage) => {
    const start = await storage.revision();
    using recorder = record(storage, '/ttl/', start);
    await mustPut(storage, '/ttl/a', '1', 0, { ttlSeconds: 1 });
    await mustPut(storage, '/ttl/b', '1');
    await recorder.until(({ changes }) => changes.length === 3);
    assert.deepEqual(recorder.changes.map(brief), ['put /ttl/a=1', 'put /ttl/b=1', 'delete /ttl/a=1']);
    assert.ok((recorder.changes[2]?.revision ?? 0) > (recorder.changes[1]?.revision ?? 0));
    assert.equal((await storage.get('/ttl/a')).entry, undefined);
    assert.equal((await storage.get('/ttl/b')).entry?.value, '1');
  });

  storageTest('keeps a key whose time a later write took away', async (storage) => {
    const start = await storage.revision();
    const first = await mustPut(storage, '/ttl/kept', '1', 0, { ttlSeconds: 1 });
    await mustPut(storage, '/ttl/kept', '2', first);
    const again = await mustPut(storage, '/ttl/again', '1', 0, { ttlSeconds: 1 });
    mustBeDone(await storage.delete('/ttl/again', again));
    await mustPut(storage, '/ttl/again', '2');
    await mustPut(storage, '/ttl/witness', '1', 0, { ttlSeconds: 2 });
    using recorder = record(storage, '/ttl/witness', start);
    await recorder.until(({ changes }) => changes.at(-1)?.type === 'delete');
    assert.equal((await storage.get('/ttl/kept')).entry?.value, '2');
    assert.equal((await storage.get('/ttl/again')).entry?.value, '2');
  });

  storageTest('gives up with the reason of the signal', async (storage) => {
    const signal = AbortSignal.abort(new Error('nobody waits'));
    await assert.rejects(storage.revision({ signal }), /nobody waits/);
    await assert.rejects(storage.get('/a', { signal }), /nobody waits/);
    await assert.rejects(storage.list({ prefix: '/', signal }), /nobody waits/);
  });

  storageTest('refuses everything, and ends its watches, when it was disposed', async () => {
    const storage = await open();
    const recorder = record(storage, '/', await storage.revision());
    const quiet = record(storage, '/', await storage.revision());
    quiet[Symbol.dispose]();
    await storage[Symbol.asyncDispose]();
    await storage[Symbol.asyncDispose]();
    await recorder.until(({ ended }) => ended.length === 1);
    assert.ok(isStatusError(recorder.ended[0], 'ServiceUnavailable'));
    assert.equal(quiet.ended.length, 0);
    const isUnavailable = (error: unknown) => isStatusError(error, 'ServiceUnavailable');
    await assert.rejects(storage.revision(), isUnavailable);
    await assert.rejects(storage.get('/a'), isUnavailable);
    await assert.rejects(storage.list({ prefix: '/' }), isUnavailable);
    await assert.rejects(storage.put('/a', '1', 0), isUnavailable);
    await assert.rejects(storage.delete('/a', 1), isUnavailable);
    await assert.rejects(storage.compact(1), isUnavailable);
    assert.throws(() => record(storage, '/', 1), isUnavailable);
  });

  storageTest('answers the writes that were under way when it was disposed', async () => {
    const storage = await open();
    const writes = Array.from({ length: 20 }, (_, n) => storage.put(`/w/${n}`, '1', 0));
    const [results] = await Promise.all([Promise.allSettled(writes), storage[Symbol.asyncDispose]()]);
    for (const result of results) {
      if (result.status === 'rejected') assert.ok(isStatusError(result.reason, 'ServiceUnavailable'));
    }
  });
}
