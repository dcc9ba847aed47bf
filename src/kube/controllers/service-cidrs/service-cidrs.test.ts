import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { makeObject, NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { until } from '../testing/until.ts';
import { FINALIZER, planCidr, type ServiceCidr } from './plan.ts';
import { CIDRS } from './service-cidrs.ts';

function block(name: string, cidrs: string[], deleting = false): ServiceCidr {
  const meta = { namespace: '', finalizers: [FINALIZER], ...(deleting && { deletionTimestamp: secondsAgo(1) }) };
  return makeObject<ServiceCidr>('networking.k8s.io/v1', 'ServiceCIDR', name, { spec: { cidrs } }, meta);
}

test('planCidr keeps a block while addresses come from it alone', () => {
  const going = block('going', ['10.0.0.0/24', 'fd00::/112'], true);
  const free = (others: ServiceCidr[], addresses: string[]) =>
    planCidr(going, others, addresses, NOW_MS).finalizers?.length === 0;
  assert.equal(free([], []), true);
  assert.equal(free([], ['10.0.1.1', 'fd01::1']), true);
  assert.equal(free([], ['10.0.0.1']), false);
  assert.equal(free([], ['fd00::1']), false);
  assert.equal(free([block('wider', ['10.0.0.0/16'])], ['10.0.0.1']), true);
  assert.equal(free([block('wider', ['10.0.0.0/16'], true)], ['10.0.0.1']), false);
});

test('planCidr says that a block is ready, or waits', () => {
  const ready = planCidr(block('b', ['10.0.0.0/24']), [], [], NOW_MS).conditions?.[0];
  assert.deepEqual([ready?.type, ready?.status], ['Ready', 'True']);
  const waits = planCidr(block('b', ['10.0.0.0/24'], true), [], ['10.0.0.1'], NOW_MS).conditions?.[0];
  assert.deepEqual([waits?.status, waits?.reason], ['False', 'Terminating']);
});

test("the cluster's own block is there, ready, and does not go while the API has its address from it", async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const own = () => findObject<ServiceCidr>(client, CIDRS, { name: 'kubernetes' });
  await until(async () => (await own())?.status?.conditions?.[0]?.status === 'True');
  assert.deepEqual((await own())?.spec?.cidrs, ['10.96.0.0/16']);
  await client.delete(CIDRS, { name: 'kubernetes' });
  await until(async () => (await own())?.status?.conditions?.[0]?.reason === 'Terminating');
});
