import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtinResources } from '#kube/api/resources';
import { requestInfo } from '#kube/auth';
import type { Storage, Watch, Watcher } from '#kube/storage';
import { MemoryStorage } from '../../storage/memory/mod.ts';
import type { WatchAnswer } from '../answer.ts';
import { ApiServer } from '../apiserver.ts';

const PREFIX = '/registry/configmaps/';

/**
 * A storage that counts the watches on it: the cache has the first, the others are of those whom the cache cannot tell. They hear of
 * everything later than the cache.
 */
class CountedStorage extends MemoryStorage {
  watches = 0;
  /** Breaks the watch of the cache off. */
  break = (): void => undefined;

  override watch(watcher: Watcher): Watch {
    const isFirst = this.watches++ === 0;
    const watch = super.watch(isFirst ? watcher : late(watcher));
    if (isFirst) {
      this.break = () => {
        watch[Symbol.dispose]();
        watcher.onEnd(new Error('broken'));
      };
    }
    return {
      requestProgress: () => watch.requestProgress(),
      [Symbol.dispose]: () => {
        this.watches--;
        watch[Symbol.dispose]();
      },
    };
  }
}

function late(watcher: Watcher): Watcher {
  return {
    ...watcher,
    onChanges: (changes) => void setImmediate(() => setImmediate(() => watcher.onChanges(changes))),
    onProgress: (revision) => void setImmediate(() => setImmediate(() => watcher.onProgress(revision))),
  };
}

async function write(storage: Storage, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at++) {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m${at}`, namespace: 'n' } });
    await storage.put(`${PREFIX}n/m${at}`, text, 0);
  }
}

/** A watch of all config maps after `revision`, on a server whose cache knows nothing yet. */
async function watchFrom(server: ApiServer, revision: number) {
  const url = `/api/v1/configmaps?watch=1&resourceVersion=${revision}`;
  const answer = (await server.run({
    info: requestInfo('GET', url),
    user: { name: 'tester', groups: [] },
    query: new URLSearchParams(url.split('?')[1]),
    body: undefined,
    userAgent: 'test',
    accept: undefined,
    signal: new AbortController().signal,
    warn: () => undefined,
    annotate: () => undefined,
  })) as WatchAnswer;
  const seen: string[] = [];
  const batches: (() => void)[] = [];
  const handle = answer.start({
    onInitial: () => assert.fail('a watch from a revision begins with changes'),
    onEvents: (events) => {
      for (const { type, entry } of events)
        seen.push(`${type} ${entry.key.slice(PREFIX.length + 2)} ${entry.revision}`);
      for (const batch of batches.splice(0)) batch();
    },
    onBookmark: () => undefined,
    onEnd: (error) => assert.fail(`the watch ended: ${String(error)}`),
  });
  const until = async (count: number) => {
    while (seen.length < count) await new Promise<void>((resolve) => batches.push(resolve));
  };
  return { seen, until, handle };
}

describe('a watch from before the cache', () => {
  it('goes over to the cache when it has caught up, without gap or duplicate, while much is written', async () => {
    await using storage = new CountedStorage();
    await write(storage, 0, 3000);
    const before = await storage.revision();
    await using server = new ApiServer({ storage, rows: builtinResources() });
    const watch = await watchFrom(server, before - 2900);
    using _handle = watch.handle;
    for (let from = 3000; from < 6000; from += 100) {
      await write(storage, from, 100);
      await new Promise(setImmediate);
    }
    await watch.until(5900);
    assert.deepEqual(
      watch.seen,
      Array.from({ length: 5900 }, (_, at) => `ADDED m${at + 100} ${before - 2900 + at + 1}`),
    );
    assert.equal(storage.watches, 1, 'the watch of the cache alone is left');
    await write(storage, 6000, 1);
    await watch.until(5901);
    assert.equal(watch.seen.at(-1), `ADDED m6000 ${before + 3001}`);
  });

  it('goes over also when nothing happens', async () => {
    await using storage = new CountedStorage();
    await write(storage, 0, 10);
    await storage.put('/registry/secrets/n/other', '{}', 0);
    await using server = new ApiServer({ storage, rows: builtinResources() });
    const watch = await watchFrom(server, (await storage.revision()) - 3);
    using _handle = watch.handle;
    await watch.until(2);
    while (storage.watches > 1) await new Promise(setImmediate);
    await write(storage, 10, 1);
    await watch.until(3);
    assert.deepEqual(
      watch.seen.map((line) => line.split(' ')[1]),
      ['m8', 'm9', 'm10'],
    );
  });

  it('does not go over to a cache that has broken off', async () => {
    await using storage = new CountedStorage();
    await write(storage, 0, 10);
    await using server = new ApiServer({ storage, rows: builtinResources() });
    const watch = await watchFrom(server, (await storage.revision()) - 3);
    using _handle = watch.handle;
    storage.break();
    await watch.until(3);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    await write(storage, 10, 1);
    await watch.until(4);
    assert.match(watch.seen.at(-1) ?? '', /^ADDED m10 /);
  });

  it('ends with its client', async () => {
    await using storage = new CountedStorage();
    await write(storage, 0, 10);
    await using server = new ApiServer({ storage, rows: builtinResources() });
    const watch = await watchFrom(server, (await storage.revision()) - 5);
    await watch.until(5);
    while (storage.watches > 1) await new Promise(setImmediate);
    watch.handle[Symbol.dispose]();
    await write(storage, 10, 1);
    assert.equal(watch.seen.length, 5);
    assert.equal(storage.watches, 1);
  });
});
