import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatusError, type KubeObject, type OwnerReference } from '#kube/api';
import { type Client, findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { until } from '../testing/until.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const NODES = { group: '', version: 'v1', resource: 'nodes' };
const EVENTS = { group: '', version: 'v1', resource: 'events' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };

function configMap(name: string, owners: readonly KubeObject[] = [], more: Partial<OwnerReference> = {}): KubeObject {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    ...more,
  }));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ownerReferences } };
}

async function isThere(client: Client, name: string, namespace = 'default'): Promise<boolean> {
  return (await findObject(client, CONFIG_MAPS, { namespace, name })) !== undefined;
}

test('GarbageCollector removes dependents after their owner, down the line', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const owner = await client.create(CONFIG_MAPS, configMap('owner'));
  const child = await client.create(CONFIG_MAPS, configMap('child', [owner]));
  await client.create(CONFIG_MAPS, configMap('grandchild', [child]));
  await client.create(CONFIG_MAPS, configMap('stranger'));
  await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'owner' });
  await until(async () => !(await isThere(client, 'child')) && !(await isThere(client, 'grandchild')));
  assert.equal(await isThere(client, 'stranger'), true);
});

test('GarbageCollector keeps what another owner still holds, and forgets the one that is gone', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const first = await client.create(CONFIG_MAPS, configMap('first'));
  const second = await client.create(CONFIG_MAPS, configMap('second'));
  await client.create(CONFIG_MAPS, configMap('child', [first, second]));
  await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'first' });
  const ownersOf = async () =>
    (await client.get(CONFIG_MAPS, { namespace: 'default', name: 'child' })).metadata.ownerReferences ?? [];
  await until(async () => (await ownersOf()).length === 1);
  assert.equal((await ownersOf())[0]?.name, 'second');
});

test('GarbageCollector lets an owner in the foreground wait for those who block it', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const owner = await client.create(CONFIG_MAPS, configMap('owner'));
  const blocking = configMap('blocking', [owner], { blockOwnerDeletion: true });
  blocking.metadata.finalizers = ['example.org/hold'];
  await client.create(CONFIG_MAPS, blocking);
  await client.create(CONFIG_MAPS, configMap('free', [owner]));
  const held = await client.delete(
    CONFIG_MAPS,
    { namespace: 'default', name: 'owner' },
    { propagationPolicy: 'Foreground' },
  );
  assert.deepEqual(held?.metadata.finalizers, ['foregroundDeletion']);
  await until(async () => {
    const { metadata } = await client.get(CONFIG_MAPS, { namespace: 'default', name: 'blocking' });
    return metadata.deletionTimestamp !== undefined && !(await isThere(client, 'free'));
  });
  assert.equal(await isThere(client, 'owner'), true);
  const body = { metadata: { finalizers: [] } };
  await client.patch(CONFIG_MAPS, { namespace: 'default', name: 'blocking' }, { type: 'merge', body });
  await until(async () => !(await isThere(client, 'owner')));
});

test('GarbageCollector unties objects that own each other', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const first = await client.create(CONFIG_MAPS, configMap('first'));
  const second = await client.create(CONFIG_MAPS, configMap('second', [first], { blockOwnerDeletion: true }));
  const back = configMap('first', [second], { blockOwnerDeletion: true }).metadata.ownerReferences;
  await client.patch(
    CONFIG_MAPS,
    { namespace: 'default', name: 'first' },
    { type: 'merge', body: { metadata: { ownerReferences: back } } },
  );
  await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'first' }, { propagationPolicy: 'Foreground' });
  await until(async () => !(await isThere(client, 'first')) && !(await isThere(client, 'second')));
});

test('GarbageCollector orphans dependents where that is wanted', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const owner = await client.create(CONFIG_MAPS, configMap('owner'));
  await client.create(CONFIG_MAPS, configMap('child', [owner]));
  await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'owner' }, { propagationPolicy: 'Orphan' });
  await until(async () => !(await isThere(client, 'owner')));
  const child = await client.get(CONFIG_MAPS, { namespace: 'default', name: 'child' });
  assert.equal(child.metadata.ownerReferences, undefined);
  assert.equal(child.metadata.deletionTimestamp, undefined);
});

test('GarbageCollector removes what names an owner that never was, or one of another uid', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const real = await client.create(CONFIG_MAPS, configMap('real'));
  const impostor = { ...real, metadata: { ...real.metadata, uid: '00000000-0000-4000-8000-000000000000' } };
  await client.create(CONFIG_MAPS, configMap('wrong-uid', [impostor]));
  await client.create(CONFIG_MAPS, configMap('right-uid', [real]));
  await until(async () => !(await isThere(client, 'wrong-uid')));
  assert.equal(await isThere(client, 'right-uid'), true);
});

test('GarbageCollector removes what belongs to another namespace, and says so', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  const owner = await client.create(CONFIG_MAPS, configMap('owner'), { namespace: 'default' });
  const foreign = configMap('foreign', [owner]);
  foreign.metadata.namespace = 'other';
  await client.create(CONFIG_MAPS, foreign);
  await until(async () => !(await isThere(client, 'foreign', 'other')));
  const reasons = async () => (await client.list(EVENTS, { namespace: 'other' })).items.map(({ reason }) => reason);
  await until(async () => (await reasons()).includes('OwnerRefInvalidNamespace'));
  assert.equal(await isThere(client, 'owner'), true);
});

test('GarbageCollector leaves alone what names an owner of a kind that nobody serves, and cluster-scoped objects of namespaced owners', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const unknown = configMap('odd', [
    {
      apiVersion: 'example.org/v1',
      kind: 'Widget',
      metadata: { name: 'w', uid: '11111111-0000-4000-8000-000000000000' },
    },
  ]);
  await client.create(CONFIG_MAPS, unknown);
  const { metadata } = configMap('x', [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'y', uid: '22222222-0000-4000-8000-000000000000' } },
  ]);
  await client.create(NODES, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', ownerReferences: metadata.ownerReferences ?? [] },
  });
  // Something that is collected for sure, later than these.
  const owner = await client.create(CONFIG_MAPS, configMap('owner'));
  await client.create(CONFIG_MAPS, configMap('child', [owner]));
  await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'owner' });
  await until(async () => !(await isThere(client, 'child')));
  assert.equal(await isThere(client, 'odd'), true);
  assert.equal((await client.get(NODES, { name: 'n' })).metadata.deletionTimestamp, undefined);
});

const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const WIDGETS = { group: 'example.org', version: 'v1', resource: 'widgets' };
const WIDGET_CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

test('GarbageCollector knows custom objects as soon as they are served, as owners and as dependents', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await client.create(CRDS, WIDGET_CRD);
  const make = (name: string, owners: readonly KubeObject[] = []) => {
    const { metadata } = configMap(name, owners);
    return client.create(WIDGETS, { apiVersion: 'example.org/v1', kind: 'Widget', metadata });
  };
  let widget: KubeObject | undefined;
  await until(async () => {
    try {
      widget ??= await make('parent');
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
    return widget !== undefined;
  });
  await client.create(CONFIG_MAPS, configMap('child', [widget as KubeObject]));
  const map = await client.create(CONFIG_MAPS, configMap('map'));
  await make('child', [map]);
  await client.delete(WIDGETS, { namespace: 'default', name: 'parent' });
  await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'map' });
  await until(async () => !(await isThere(client, 'child')));
  await until(async () => (await client.list(WIDGETS, { namespace: 'default' })).items.length === 0);
});
