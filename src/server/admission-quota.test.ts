import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isStatusError, type KubeObject } from '#kube/api';
import type { Client } from '#kube/client';
import { type RunningServer, startServer } from './server.ts';

const QUOTAS = { group: '', version: 'v1', resource: 'resourcequotas' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };

interface Quota extends KubeObject {
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

describe('resource quotas', () => {
  let server: RunningServer;
  let client: Client;
  before(async () => {
    // Without controllers nobody gives back or measures: what the quotas say is what admission has written.
    server = await startServer({ listen: '127.0.0.1:0', datastore: 'memory', controllers: false });
    client = server.client;
  });
  after(() => server[Symbol.asyncDispose]());

  async function namespaceWith(name: string, ...hards: Record<string, string>[]): Promise<void> {
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const [i, hard] of hards.entries()) {
      const metadata = { name: `q${i}`, namespace: name };
      const quota = await client.create<Quota>(QUOTAS, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata,
        spec: { hard },
      });
      const used = Object.fromEntries(Object.keys(hard).map((key) => [key, '0']));
      await client.update(QUOTAS, { ...quota, status: { hard, used } }, { subresource: 'status' });
    }
  }
  const pod = (namespace: string, name: string, cpu = '100m') => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'a', image: 'x', resources: { requests: { cpu } } }] },
  });
  const used = async (namespace: string, name = 'q0') =>
    (await client.get<Quota>(QUOTAS, { namespace, name })).status?.used;

  it('fifty creates at once get what there is, and not one more', async () => {
    await namespaceWith('many', { pods: '20', 'requests.cpu': '10' }, { 'count/pods': '17' });
    const made = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => client.create(PODS, pod('many', `p${i}`))),
    );
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 17);
    assert.equal((await client.list(PODS, { namespace: 'many' })).items.length, 17);
    assert.deepEqual(await used('many'), { pods: '17', 'requests.cpu': '1700m' });
    assert.deepEqual(await used('many', 'q1'), { 'count/pods': '17' });
    const refused = made.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    assert.match(
      (refused.reason as Error).message,
      /exceeded quota: q1, requested: count\/pods=1, used: count\/pods=17, limited: count\/pods=17/,
    );
  });

  it('creates are charged right while others write the same quota', async () => {
    await namespaceWith('busy', { pods: '30' });
    let stop = false;
    const disturb = (async () => {
      for (let i = 0; !stop; i++) {
        const patch = { metadata: { annotations: { i: String(i) } } };
        await client.patch(QUOTAS, { namespace: 'busy', name: 'q0' }, { type: 'merge', body: patch });
      }
    })();
    const made = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => client.create(PODS, pod('busy', `p${i}`))),
    );
    stop = true;
    await disturb;
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 30);
    assert.deepEqual(await used('busy'), { pods: '30' });
  });

  it('dry runs are checked and take nothing', async () => {
    await namespaceWith('dry', { pods: '1' });
    await client.create(PODS, pod('dry', 'a'), { dryRun: true });
    assert.deepEqual(await used('dry'), { pods: '0' });
    await client.create(PODS, pod('dry', 'a'));
    await assert.rejects(client.create(PODS, pod('dry', 'b'), { dryRun: true }), (error) =>
      isStatusError(error, 'Forbidden'),
    );
  });

  it('objects of any kind are counted', async () => {
    await namespaceWith('any', { configmaps: '2', 'count/configmaps': '1' });
    const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'any' } });
    await client.create(CONFIG_MAPS, map('a'));
    await assert.rejects(client.create(CONFIG_MAPS, map('b')), {
      message:
        'configmaps "b" is forbidden: exceeded quota: q0, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    });
    await client.update(CONFIG_MAPS, { ...map('a'), data: { a: 'b' } });
    assert.deepEqual(await used('any'), { configmaps: '1', 'count/configmaps': '1' });
  });

  it('a quota that goes away while it is charged does not matter', async () => {
    await namespaceWith('gone', { pods: '100' });
    const made = Promise.allSettled(Array.from({ length: 20 }, (_, i) => client.create(PODS, pod('gone', `p${i}`))));
    await client.delete(QUOTAS, { namespace: 'gone', name: 'q0' });
    assert.deepEqual(new Set((await made).map(({ status }) => status)), new Set(['fulfilled']));
  });
});
