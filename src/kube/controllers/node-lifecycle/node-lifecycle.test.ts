import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { type Client, findObject, Informers } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { NODES, PODS, type Pod } from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { until } from '../testing/until.ts';
import { readiness } from './conditions.ts';
import { nodeLifecycle } from './mod.ts';
import { LEASE_NAMESPACE, LEASES, type Node } from './types.ts';

async function makeNode(client: Client, name: string): Promise<void> {
  await client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await setReady(client, name, 'True');
}

async function setReady(client: Client, name: string, status: string, atMs = Date.now()): Promise<void> {
  const body = { status: { conditions: [{ type: 'Ready', status, lastHeartbeatTime: formatTime(atMs) }] } };
  await client.patch(NODES, { name }, { type: 'strategic', body }, { subresource: 'status' });
}

function podOn(name: string, nodeName: string, tolerationSeconds?: number): KubeObject {
  const tolerations = ['not-ready', 'unreachable'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  }));
  const spec = {
    nodeName,
    tolerations,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'example/web' }],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec };
}

const isTainted = async (client: Client, name: string, taint: string) =>
  (await findObject<Node>(client, NODES, { name }))?.spec?.taints?.some(
    ({ key, effect }) => `${key}:${effect}` === `node.kubernetes.io/${taint}`,
  ) === true;

test('nodeLifecycle taints a node that is not ready, empties it of what does not bear that, and lets it back in', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await makeNode(client, 'good');
  await makeNode(client, 'bad');
  await client.create(PODS, podOn('stays', 'bad'));
  await client.create(PODS, podOn('waits', 'bad', 1));
  await client.create(PODS, podOn('elsewhere', 'good', 0));
  const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await client.patch(
    PODS,
    { namespace: 'default', name: 'stays' },
    { type: 'merge', body: { status: running } },
    { subresource: 'status' },
  );
  await until(async () => (await findObject<Node>(client, NODES, { name: 'bad' }))?.spec?.podCIDR !== undefined);
  await setReady(client, 'bad', 'False');
  await until(
    async () =>
      (await isTainted(client, 'bad', 'not-ready:NoSchedule')) &&
      (await isTainted(client, 'bad', 'not-ready:NoExecute')),
  );
  await until(async () => (await findObject(client, PODS, { namespace: 'default', name: 'waits' })) === undefined);
  const conditions = async () =>
    (await findObject<Pod>(client, PODS, { namespace: 'default', name: 'stays' }))?.status?.conditions ?? [];
  await until(async () => (await conditions()).some(({ type, status }) => type === 'Ready' && status === 'False'));
  assert.notEqual(await findObject(client, PODS, { namespace: 'default', name: 'elsewhere' }), undefined);
  await setReady(client, 'bad', 'True');
  await until(async () => ((await findObject<Node>(client, NODES, { name: 'bad' }))?.spec?.taints ?? []).length === 0);
});

test('nodeLifecycle does not empty nodes when all are lost at once', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await makeNode(client, 'only');
  await setReady(client, 'only', 'False');
  await until(() => isTainted(client, 'only', 'not-ready:NoSchedule'));
  assert.equal(await isTainted(client, 'only', 'not-ready:NoExecute'), false);
});

test('nodeLifecycle says of a silent node that nobody knows, and removes the lease of one that is gone', async () => {
  await using cluster = await createCluster({ controllers: false });
  const { client } = cluster;
  await makeNode(client, 'silent');
  await makeNode(client, 'lively');
  await client.create(LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: LEASE_NAMESPACE, name: 'silent' },
    spec: { holderIdentity: 'silent' },
  });
  let nowMs = Date.now();
  await using informers = new Informers(client);
  const context = { client, informers, nowMs: () => nowMs } as unknown as ControllerContext;
  await using _running = nodeLifecycle.start(context);
  await informers.synced();
  // Both were heard of now, by the controller's clock; then time passes, and only one speaks.
  await until(() => informers.of(NODES).size === 2);
  nowMs += 51_000;
  await setReady(client, 'lively', 'True', nowMs);
  await client.patch(NODES, { name: 'silent' }, { type: 'merge', body: { metadata: { labels: { look: 'again' } } } });
  await until(async () => readiness((await findObject<Node>(client, NODES, { name: 'silent' })) as Node) === 'Unknown');
  await until(() => isTainted(client, 'silent', 'unreachable:NoExecute'));
  assert.equal(readiness((await findObject<Node>(client, NODES, { name: 'lively' })) as Node), 'True');
  await client.delete(NODES, { name: 'silent' });
  await until(
    async () => (await findObject(client, LEASES, { namespace: LEASE_NAMESPACE, name: 'silent' })) === undefined,
  );
});
