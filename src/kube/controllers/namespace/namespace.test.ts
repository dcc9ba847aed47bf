import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtinResources } from '#kube/api/resources';
import { type Client, findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { until } from '../testing/until.ts';
import { NAMESPACES } from './active.ts';
import { deletionConditions } from './conditions.ts';
import { deletableResources, deletionWaves, leftoverOf } from './contents.ts';
import type { Namespace } from './namespace.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };

async function isThere(client: Client, name: string): Promise<boolean> {
  return (await findObject(client, NAMESPACES, { name })) !== undefined;
}

test('deletableResources are all that live in namespaces, each once', () => {
  const found = deletableResources(builtinResources()).map(({ group, resource }) => `${resource}.${group}`);
  assert.ok(
    found.includes('deployments.apps') && found.includes('secrets.') && found.includes('leases.coordination.k8s.io'),
  );
  assert.ok(!found.includes('nodes.') && !found.includes('localsubjectaccessreviews.authorization.k8s.io'));
  assert.equal(found.filter((name) => name.startsWith('events.')).length, 1);
});

test('deletionWaves lets pods go before all the rest', () => {
  const [first, second] = deletionWaves(deletableResources(builtinResources()));
  assert.deepEqual(
    first?.map(({ resource }) => resource),
    ['pods'],
  );
  assert.ok(second?.some(({ resource }) => resource === 'networkpolicies'));
});

test('deletionConditions say what is left, who holds it and what failed', () => {
  const held = [{ metadata: { finalizers: ['b/x', 'a/x'] } }, { metadata: { finalizers: ['a/x'] } }];
  const items = held.map((object) => ({ apiVersion: 'v1', kind: 'ConfigMap', ...object }));
  const round = { leftovers: [leftoverOf(CONFIG_MAPS, { items, metadata: {} })], failures: ['no'], unknown: [] };
  const messages = deletionConditions(undefined, round, 0).map(({ type, status, reason, message }) => [
    type,
    status,
    reason,
    message,
  ]);
  assert.deepEqual(messages, [
    ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      'True',
      'ContentDeletionFailed',
      'Failed to delete all resource types, 1 remaining: no',
    ],
    [
      'NamespaceContentRemaining',
      'True',
      'SomeResourcesRemain',
      'Some resources are remaining: configmaps. has 2 resource instances',
    ],
    [
      'NamespaceFinalizersRemaining',
      'True',
      'SomeFinalizersRemain',
      'Some content in the namespace has finalizers remaining: a/x in 2 resource instances, b/x in 1 resource instances',
    ],
  ]);
});

test('deletionConditions stay the same list while nothing changes', () => {
  const conditions = deletionConditions(undefined, { leftovers: [], failures: [], unknown: [] }, 0);
  assert.equal(deletionConditions(conditions, { leftovers: [], failures: [], unknown: [] }, 99_000), conditions);
});

test('namespaceController empties a namespace and lets it go', async () => {
  await using cluster = await createCluster({ fakeNodes: 1 });
  const { client } = cluster;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'room' } });
  const inRoom = { namespace: 'room', name: 'thing' };
  await until(() => client.list(SERVICE_ACCOUNTS, { namespace: 'room' }).then(({ items }) => items.length === 1));
  await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: inRoom });
  await client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: inRoom,
    spec: { containers: [{ name: 'main', image: 'example/web' }] },
  });
  await client.delete(NAMESPACES, { name: 'room' });
  await until(async () => !(await isThere(client, 'room')));
  assert.equal((await client.list(CONFIG_MAPS, { namespace: 'room' })).items.length, 0);
  assert.equal((await client.list(SERVICE_ACCOUNTS, { namespace: 'room' })).items.length, 0);
});

test('namespaceController waits for finalizers and says so', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'room' } });
  const metadata = { namespace: 'room', name: 'thing', finalizers: ['example.org/hold'] };
  await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  await client.delete(NAMESPACES, { name: 'room' });
  const conditions = async () => (await client.get<Namespace>(NAMESPACES, { name: 'room' })).status?.conditions ?? [];
  await until(async () =>
    (await conditions()).some(({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True'),
  );
  await client.patch(
    CONFIG_MAPS,
    { namespace: 'room', name: 'thing' },
    { type: 'merge', body: { metadata: { finalizers: [] } } },
  );
  await until(async () => !(await isThere(client, 'room')));
});
