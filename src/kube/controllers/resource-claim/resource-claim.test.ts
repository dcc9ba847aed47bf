import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { PODS, type Pod } from '../common/mod.ts';
import { makeObject, makePod, secondsAgo } from '../testing/make-pod.ts';
import { until } from '../testing/until.ts';
import { planClaim, planPodClaims } from './plan.ts';
import { type ClaimingPod, FINALIZER, POD_CLAIM, RESOURCE_CLAIMS, type ResourceClaim, TEMPLATES } from './types.ts';

const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };

function pod(status: Record<string, unknown> = {}): ClaimingPod {
  const resourceClaims = [
    { name: 'gpu', resourceClaimTemplateName: 't' },
    { name: 'own', resourceClaimName: 'mine' },
  ];
  return makePod('p', { spec: { resourceClaims }, status }) as ClaimingPod;
}

function claim(status: ResourceClaim['status'], more: object = {}): ResourceClaim {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }];
  const meta = { annotations: { [POD_CLAIM]: 'gpu' }, ownerReferences, ...more };
  return makeObject<ResourceClaim>('resource.k8s.io/v1', 'ResourceClaim', 'c', { status }, meta);
}

test('planPodClaims makes what comes of templates, once', () => {
  assert.deepEqual(planPodClaims(pod(), []).create, [{ entry: 'gpu', template: 't' }]);
  assert.deepEqual([...planPodClaims(pod(), [claim({})]).found], [['gpu', 'c']]);
  const known = pod({ resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'c' }] });
  assert.deepEqual(planPodClaims(known, []), { create: [], found: new Map() });
  assert.deepEqual(planPodClaims({ ...pod(), status: { phase: 'Failed' } }, []).create, []);
});

test('planClaim frees what nobody uses, and removes what was made for a pod that is done', () => {
  const running = makePod('p');
  const done = makePod('p', { phase: 'Succeeded' });
  const reservedFor = [{ resource: 'pods', name: 'p', uid: 'uid-p' }];
  const inUse = claim({ allocation: {}, reservedFor });
  const deleting = { deletionTimestamp: secondsAgo(1), finalizers: [FINALIZER] };
  assert.deepEqual(
    planClaim(inUse, () => running),
    { do: 'nothing' },
  );
  assert.deepEqual(
    planClaim(inUse, () => done),
    { do: 'release', status: {} },
  );
  assert.deepEqual(
    planClaim(inUse, () => undefined),
    { do: 'release', status: {} },
  );
  const others = [...reservedFor, { apiGroup: 'example.org', resource: 'x', name: 'x', uid: 'x' }];
  assert.deepEqual(
    planClaim(claim({ allocation: { a: 1 }, reservedFor: others }), () => undefined),
    {
      do: 'release',
      status: { allocation: { a: 1 }, reservedFor: [others[1]] },
    },
  );
  assert.deepEqual(
    planClaim(claim({}), () => done),
    { do: 'delete' },
  );
  assert.deepEqual(
    planClaim(claim({}), () => running),
    { do: 'nothing' },
  );
  assert.deepEqual(
    planClaim(claim({}, deleting), () => running),
    { do: 'remove-finalizer' },
  );
  assert.deepEqual(
    planClaim(claim({ allocation: {} }, deleting), () => undefined),
    { do: 'release', status: {} },
  );
});

test('resourceClaimController makes a claim for a pod and tells the pod', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const inDefault = (name: string) => ({ namespace: 'default', name });
  await until(async () => (await findObject(client, ACCOUNTS, inDefault('default'))) !== undefined);
  const devices = { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu.example.org' } }] };
  await client.create(TEMPLATES, {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: inDefault('t'),
    spec: { spec: { devices } },
  });
  const containers = [{ name: 'main', image: 'example/web', resources: { claims: [{ name: 'gpu' }] } }];
  const spec = { containers, resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 't' }] };
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: inDefault('p'), spec });
  const statuses = async () =>
    ((await findObject<Pod>(client, PODS, inDefault('p'))) as ClaimingPod | undefined)?.status?.resourceClaimStatuses ??
    [];
  await until(async () => (await statuses()).length === 1);
  const { items } = await client.list(RESOURCE_CLAIMS, { namespace: 'default' });
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    [(await statuses())[0]?.resourceClaimName],
  );
  assert.match(items[0]?.metadata.name ?? '', /^p-gpu-/);
  await client.delete(PODS, inDefault('p'), { gracePeriodSeconds: 0 });
  await until(async () => (await client.list(RESOURCE_CLAIMS, { namespace: 'default' })).items.length === 0);
});
