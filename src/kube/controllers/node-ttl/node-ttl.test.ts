import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { NODES } from '../common/mod.ts';
import type { Node } from '../node-lifecycle/mod.ts';
import { until } from '../testing/until.ts';
import { stepFor, ttlSeconds } from './node-ttl.ts';

test('stepFor moves with the cluster, and does not flutter at a border', () => {
  const seconds = (nodes: number, current: number) => ttlSeconds(stepFor(nodes, current));
  assert.deepEqual(
    [seconds(100, 0), seconds(101, 0), seconds(95, 1), seconds(89, 1), seconds(5000, 0), seconds(1, 5)],
    [0, 15, 15, 0, 300, 0],
  );
});

test('nodes get a network for their pods and the annotation of kubelets', async () => {
  await using cluster = await createCluster({ fakeNodes: 2 });
  const node = (name: string) => findObject<Node>(cluster.client, NODES, { name });
  await until(
    async () =>
      (await node('fake-1'))?.spec?.podCIDR !== undefined && (await node('fake-2'))?.spec?.podCIDR !== undefined,
  );
  const blocks = [(await node('fake-1'))?.spec?.podCIDR, (await node('fake-2'))?.spec?.podCIDR];
  assert.deepEqual(blocks.sort(), ['10.244.0.0/24', '10.244.1.0/24']);
  await until(async () => (await node('fake-1'))?.metadata.annotations?.['node.alpha.kubernetes.io/ttl'] === '0');
});
