import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AdmissionAttributes } from '#kube/admission';
import { forbidden, type KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import type { Client } from '#kube/client';
import { MemoryStorage } from '../../storage/memory/mod.ts';
import { ApiServer } from '../apiserver.ts';
import { codeOf } from '../testing/code-of.ts';
import { builtinHandlers } from './mod.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };
const REF = { namespace: 'n', name: 'p' };

function serve(): { server: ApiServer; client: Client } {
  const server = new ApiServer({ storage: new MemoryStorage(), rows: builtinResources() });
  for (const [path, handler] of builtinHandlers()) server.handlers.set(path, handler);
  const client = server.client({ user: { name: 'tester', groups: ['system:masters'] }, userAgent: 'test' });
  return { server, client };
}

async function runningPod(client: Client): Promise<void> {
  const spec = { containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 0 };
  const metadata = { ...REF, labels: { app: 'web' } };
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await client.patch(PODS, REF, { type: 'merge', body: { status } }, { subresource: 'status' });
}

async function budget(client: Client, name: string, disruptionsAllowed: number): Promise<void> {
  const spec = { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } };
  const metadata = { namespace: 'n', name };
  await client.create(BUDGETS, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec });
  const status = { disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 };
  await client.patch(BUDGETS, metadata, { type: 'merge', body: { status } }, { subresource: 'status' });
}

function evict(client: Client, dryRun = false): Promise<KubeObject> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: REF };
  return client.create(PODS, eviction, { ...REF, subresource: 'eviction', dryRun });
}

describe('evict', () => {
  it('takes one disruption from the budget and deletes the pod', async () => {
    const { server, client } = serve();
    await using _server = server;
    await runningPod(client);
    await budget(client, 'b', 1);
    await evict(client);
    const { status } = await client.get(BUDGETS, { namespace: 'n', name: 'b' });
    const { disruptionsAllowed, disruptedPods } = status as { disruptionsAllowed: number; disruptedPods: object };
    assert.equal(disruptionsAllowed, 0);
    assert.deepEqual(Object.keys(disruptedPods), ['p']);
    assert.equal(await codeOf(client.get(PODS, REF)), 404);
  });

  it('refuses with 429 where the budget allows none, with 500 where there are two', async () => {
    const { server, client } = serve();
    await using _server = server;
    await runningPod(client);
    await budget(client, 'b', 0);
    assert.equal(await codeOf(evict(client)), 429);
    await budget(client, 'c', 5);
    assert.equal(await codeOf(evict(client)), 500);
    assert.equal(await codeOf(client.get(PODS, REF)), 200);
  });

  it('changes nothing in a dry run', async () => {
    const { server, client } = serve();
    await using _server = server;
    await runningPod(client);
    await budget(client, 'b', 1);
    await evict(client, true);
    const { status } = await client.get(BUDGETS, { namespace: 'n', name: 'b' });
    assert.equal((status as { disruptionsAllowed: number }).disruptionsAllowed, 1);
    assert.equal(await codeOf(client.get(PODS, REF)), 200);
  });

  it('asks admission about the eviction, not only about the delete', async () => {
    const { server, client } = serve();
    await using _server = server;
    await runningPod(client);
    const asked: string[] = [];
    server.admission.push({
      name: 'test',
      handles: ({ resource, subresource }: AdmissionAttributes) =>
        resource.resource === 'pods' && subresource === 'eviction',
      validate: async ({ operation, kind, name, namespace }: AdmissionAttributes) => {
        asked.push(`${operation} ${kind.group}/${kind.kind} ${namespace}/${name}`);
        throw forbidden({ group: '', resource: 'pods' }, name, 'not this one');
      },
    });
    assert.equal(await codeOf(evict(client)), 403);
    assert.deepEqual(asked, ['CREATE policy/Eviction n/p']);
    assert.equal(await codeOf(client.get(PODS, REF)), 200);
  });
});
