import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { expired, type GroupVersionResource, type KubeObject, type WatchEvent } from '#kube/api';
import type { Client, WatchOptions } from './contract.ts';
import { Informer } from './informer.ts';

const THINGS = { group: '', version: 'v1', resource: 'things' };

function thing(name: string, resourceVersion: number): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name, resourceVersion: String(resourceVersion) } };
}

function bookmark(resourceVersion: number): WatchEvent {
  const metadata = { resourceVersion: String(resourceVersion), annotations: { 'k8s.io/initial-events-end': 'true' } };
  return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Thing', metadata } };
}

function added(name: string, resourceVersion: number): WatchEvent {
  return { type: 'ADDED', object: thing(name, resourceVersion) };
}

function error410(): WatchEvent {
  return { type: 'ERROR', object: expired('too old').toStatus() as unknown as KubeObject };
}

/** A server that answers each watch as the test has written down, and keeps the last one open. */
function scripted(...watches: WatchEvent[][]): { client: Client; asked: WatchOptions[] } {
  const asked: WatchOptions[] = [];
  const watch = async function* (_resource: GroupVersionResource, options: WatchOptions = {}) {
    const script = watches[asked.length];
    asked.push(options);
    yield* script ?? [];
    if (asked.length < watches.length) return;
    if (options.signal?.aborted !== true) await once(options.signal as AbortSignal, 'abort');
  };
  return { client: { watch } as unknown as Client, asked };
}

/** What handlers were told, and a promise of the n-th of it. */
function recorder(informer: Informer, count: number): { told: string[]; all: Promise<void> } {
  const told: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const tell = (what: string, { metadata }: { readonly metadata: KubeObject['metadata'] }) => {
    told.push(`${what} ${metadata.name} ${metadata.resourceVersion}`);
    if (told.length === count) resolve();
  };
  informer.handle({
    onAdd: (object) => tell('add', object as KubeObject),
    onUpdate: (object) => tell('update', object as KubeObject),
    onDelete: (object) => tell('delete', object as KubeObject),
  });
  return { told, all: promise };
}

describe('Informer', () => {
  it('goes on from its last revision when a watch ends', async () => {
    const { client, asked } = scripted([added('a', 1), bookmark(5)], [added('b', 6)]);
    await using informer = new Informer(client, { resource: THINGS });
    const { told, all } = recorder(informer, 2);
    informer.start();
    await all;
    assert.deepEqual(told, ['add a 1', 'add b 6']);
    assert.equal(asked[0]?.sendInitialEvents, true);
    assert.equal(asked[1]?.sendInitialEvents, undefined);
    assert.equal(asked[1]?.resourceVersion, '5');
    assert.equal(informer.resourceVersion, '6');
  });

  it('lists again after 410 and tells what changed meanwhile, deletions too', async () => {
    const { client, asked } = scripted(
      [added('gone', 1), added('kept', 2), added('changed', 3), bookmark(3), error410()],
      [added('kept', 2), added('changed', 9), added('new', 8), bookmark(9)],
    );
    await using informer = new Informer(client, { resource: THINGS });
    const { told, all } = recorder(informer, 6);
    informer.start();
    await all;
    assert.deepEqual(told.slice(3), ['update changed 9', 'add new 8', 'delete gone 1']);
    assert.equal(asked[1]?.sendInitialEvents, true);
    assert.equal(asked[1]?.resourceVersion, undefined);
  });

  it('does not go on from half a list', async () => {
    const { client, asked } = scripted([added('a', 7)], [added('a', 7), added('b', 3), bookmark(8)]);
    await using informer = new Informer(client, { resource: THINGS }).start();
    await informer.synced();
    assert.equal(asked[1]?.sendInitialEvents, true);
    assert.deepEqual(
      informer.list().map(({ metadata }) => metadata.name),
      ['a', 'b'],
    );
  });

  it('is not synced before the list is complete, and says so when it is stopped', async () => {
    const { client } = scripted([added('a', 1)]);
    const informer = new Informer(client, { resource: THINGS }).start();
    const synced = assert.rejects(informer.synced(), /was stopped/);
    await informer[Symbol.asyncDispose]();
    await synced;
  });

  it('pauses before it asks a server again that ends every watch at once, or calls every list too old', async () => {
    let asked = 0;
    const endings = async function* (): AsyncIterable<WatchEvent> {
      if (++asked % 2 === 0) yield error410();
    };
    const informer = new Informer({ watch: endings } as unknown as Client, { resource: THINGS }).start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await informer[Symbol.asyncDispose]();
    assert.ok(asked <= 2, `asked ${asked} times within the first pause`);
  });

  it('finds objects by an index as they change', async () => {
    const labelled = (name: string, resourceVersion: number, app: string): KubeObject => {
      const object = thing(name, resourceVersion);
      object.metadata.labels = { app };
      return object;
    };
    const { client } = scripted([
      { type: 'ADDED', object: labelled('a', 1, 'x') },
      { type: 'ADDED', object: labelled('b', 2, 'x') },
      { type: 'MODIFIED', object: labelled('a', 3, 'y') },
      { type: 'DELETED', object: labelled('b', 4, 'x') },
      bookmark(4),
    ]);
    const indexes = { app: ({ metadata }: { metadata: { labels?: object } }) => Object.values(metadata.labels ?? {}) };
    await using informer = new Informer(client, { resource: THINGS, indexes: indexes as never }).start();
    await informer.synced();
    assert.deepEqual(informer.byIndex('app', 'x'), []);
    assert.deepEqual(
      informer.byIndex('app', 'y').map(({ metadata }) => metadata.name),
      ['a'],
    );
  });
});
