import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { type Client, Informer } from '#kube/client';
import { MemoryStorage } from '../storage/memory/mod.ts';
import { ApiServer } from './apiserver.ts';

const MAPS = { group: '', version: 'v1', resource: 'configmaps' };

async function serve(count: number): Promise<{ server: ApiServer; client: Client }> {
  const storage = new MemoryStorage();
  for (let at = 0; at < count; at++) {
    const labels = { half: at % 2 ? 'odd' : 'even' };
    const metadata = { name: `m${at}`, namespace: 'n', labels, managedFields: [{ manager: 'm' }] };
    await storage.put(
      `/registry/configmaps/n/m${at}`,
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata }),
      0,
    );
  }
  const server = new ApiServer({ storage, rows: builtinResources() });
  return { server, client: server.client({ user: { name: 'tester', groups: [] }, userAgent: 'test' }) };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('an informer in the server’s process', () => {
  it('keeps no parsed object, and gives the same one while somebody has it', async () => {
    const { server, client } = await serve(10);
    await using _server = server;
    await using informer = new Informer(client, { resource: MAPS }).start();
    await informer.synced();
    const seen = (): WeakRef<object> => {
      informer.get('n/m1');
      const object = informer.get('n/m1') as KubeObject;
      assert.equal(informer.get('n/m1'), object);
      return new WeakRef(object);
    };
    const object = seen();
    await new Promise(setImmediate);
    collectGarbage();
    assert.equal(object.deref(), undefined);
    assert.equal(informer.get('n/m1')?.metadata.name, 'm1');
  });

  it('finds objects by index and labels, and follows what happens', async () => {
    const { server, client } = await serve(10);
    await using _server = server;
    const indexes = { namespace: ({ metadata }: KubeObject) => [metadata.namespace ?? ''] };
    await using informer = new Informer(client, { resource: MAPS, indexes: indexes as never }).start();
    await informer.synced();
    const odd = () =>
      informer.byIndex('namespace', 'n', (labels) => labels?.half === 'odd').map(({ metadata }) => metadata.name);
    assert.deepEqual(odd(), ['m1', 'm3', 'm5', 'm7', 'm9']);
    assert.equal(informer.valuesOf('namespace').get('n')?.size, 10);
    const told = Promise.withResolvers<void>();
    using _handling = informer.handle({
      onUpdate: (object, old) => {
        assert.deepEqual([old.metadata.labels?.half, object.metadata.labels?.half], ['odd', 'even']);
      },
      onDelete: () => told.resolve(),
    });
    const ref = { namespace: 'n', name: 'm3' };
    await client.patch(MAPS, ref, { type: 'merge', body: { metadata: { labels: { half: 'even' } } } });
    await client.delete(MAPS, { namespace: 'n', name: 'm5' });
    await told.promise;
    assert.deepEqual(odd(), ['m1', 'm7', 'm9']);
  });
});

describe('a watch in the server’s process', () => {
  it('lets others have their turn between many objects', async () => {
    const { server, client } = await serve(2000);
    await using _server = server;
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    let seen = 0;
    for await (const { object } of client.watch(MAPS)) {
      assert.deepEqual(object.metadata.managedFields, [{ manager: 'm' }]);
      if (++seen === 2000) break;
    }
    clearImmediate(timer);
    assert.ok(turns >= 10, `${turns} turns`);
  });
});
