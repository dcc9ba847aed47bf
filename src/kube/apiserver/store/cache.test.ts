import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Change, Storage, Watch, Watcher } from '#kube/storage';
import { MemoryStorage } from '../../storage/memory/mod.ts';
import { ResourceCache } from './cache.ts';
import type { CacheEvent } from './event.ts';
import { Following } from './following.ts';

const PREFIX = '/registry/things/';

function text(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Thing', metadata: { name } });
}

/** Storage whose watches the test leads: it says when they hear of something, and when they break off. */
class LedStorage {
  readonly exclusive = true;
  newest = 1;
  watcher: Watcher | undefined;
  lists = 0;
  failLists = 0;

  async revision(): Promise<number> {
    return this.newest;
  }

  async list() {
    this.lists++;
    if (this.failLists-- > 0) throw new Error('storage is away');
    return { entries: [], revision: this.newest, remaining: 0 };
  }

  watch(watcher: Watcher): Watch {
    this.watcher = watcher;
    return { requestProgress: () => undefined, [Symbol.dispose]: () => undefined };
  }

  tell(...changes: Change[]): void {
    this.watcher?.onChanges(changes);
  }
}

function put(name: string, revision: number): Change {
  return { type: 'put', key: PREFIX + name, value: text(name), revision, previous: undefined };
}

function led(): { storage: LedStorage; cache: ResourceCache } {
  const storage = new LedStorage();
  return { storage, cache: new ResourceCache(storage as unknown as Storage, PREFIX) };
}

describe('ResourceCache', () => {
  it('fresh waits for a commit that storage shows before it has told of it', async () => {
    const { storage, cache } = led();
    await cache.ready();
    storage.newest = 2;
    let answered = false;
    const fresh = cache.fresh().then((revision) => {
      answered = true;
      return revision;
    });
    await new Promise(setImmediate);
    assert.equal(answered, false, 'a list at revision 2 without its object would be a lie');
    storage.tell(put('a', 2));
    assert.equal(await fresh, 2);
    assert.equal(cache.below(PREFIX).length, 1);
  });

  it('ends a follower that throws, and tells the others', async () => {
    const { storage, cache } = led();
    await cache.ready();
    const ends: string[] = [];
    const seen: string[] = [];
    cache.follow({
      onEvents: () => {
        throw new Error('cannot be shown');
      },
      onEnd: (error) => void ends.push(error.message),
    });
    cache.follow({
      onEvents: (events) => void seen.push(...events.map(({ key }) => key)),
      onEnd: () => assert.fail('nothing is wrong with this one'),
    });
    storage.tell(put('a', 2));
    storage.tell(put('b', 3));
    assert.match(ends.join(), /cannot be shown/);
    assert.equal(ends.length, 1);
    assert.deepEqual(seen, [`${PREFIX}a`, `${PREFIX}b`]);
  });

  it('ends those who came between a break and the next load: they would miss what happened meanwhile', async () => {
    const { storage, cache } = led();
    await cache.ready();
    storage.watcher?.onEnd(new Error('broken off'));
    const ends: Error[] = [];
    cache.follow({ onEvents: () => assert.fail('after a gap'), onEnd: (error) => void ends.push(error) });
    await cache.ready();
    assert.equal(ends.length, 1);
    assert.equal(storage.lists, 2);
  });

  it('ends who follows it after its resource is gone', () => {
    const { cache } = led();
    cache[Symbol.dispose]();
    const ends: Error[] = [];
    cache.follow({ onEvents: () => undefined, onEnd: (error) => void ends.push(error) });
    assert.match(ends[0]?.message ?? '', /no longer served/);
  });

  it('gives events the object that was written, with its revision', async () => {
    await using storage = new MemoryStorage();
    using cache = new ResourceCache(storage, PREFIX);
    await cache.ready();
    const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' } };
    const events: CacheEvent[] = [];
    cache.follow({ onEvents: (some) => void events.push(...some), onEnd: () => undefined });
    {
      using _expected = cache.expect(`${PREFIX}a`, text('a'), object);
      await storage.put(`${PREFIX}a`, text('a'), 0);
    }
    assert.equal(events[0]?.current?.object, object);
    const { resourceVersion } = object.metadata as { resourceVersion?: string };
    assert.equal(resourceVersion, String(events[0]?.revision));
  });
});

describe('Following', () => {
  it('loads a cache again that nobody reads, as often as it takes', async () => {
    const { storage, cache } = led();
    await cache.ready();
    const changed = Promise.withResolvers<void>();
    using _following = new Following(cache, () => changed.resolve());
    storage.failLists = 2;
    storage.watcher?.onEnd(new Error('broken off'));
    await changed.promise;
    assert.equal(storage.lists, 4);
    assert.equal(cache.current, true);
  });

  it('stops with its cache', async () => {
    const { storage, cache } = led();
    await cache.ready();
    using _following = new Following(cache, () => assert.fail('nothing changed'));
    cache[Symbol.dispose]();
    await new Promise(setImmediate);
    assert.equal(storage.lists, 1);
  });
});
