import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject, makePod } from '../testing/make-pod.ts';
import { planClaims } from './ephemeral-volume.ts';

const TEMPLATE = { metadata: { labels: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'] } };
const VOLUMES = [
  { name: 'scratch', ephemeral: { volumeClaimTemplate: TEMPLATE } },
  { name: 'plain', emptyDir: {} },
];
const POD = makePod('p', { spec: { volumes: VOLUMES } });

test('planClaims makes the claim of an ephemeral volume, which belongs to the pod', () => {
  const { create } = planClaims(POD, () => undefined);
  assert.deepEqual(create, [
    {
      volume: 'scratch',
      claim: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          namespace: 'test',
          name: 'p-scratch',
          labels: { a: 'b' },
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true, blockOwnerDeletion: true },
          ],
        },
        spec: { accessModes: ['ReadWriteOnce'] },
      },
    },
  ]);
  assert.deepEqual(
    planClaims(POD, () => create[0]?.claim),
    { create: [], conflicts: [] },
  );
});

test('planClaims takes no claim of somebody else, and nothing for a pod that goes', () => {
  const other = makeObject('v1', 'PersistentVolumeClaim', 'p-scratch', {});
  const { create, conflicts } = planClaims(POD, () => other);
  assert.deepEqual(create, []);
  assert.match(conflicts[0]?.problem ?? '', /PVC test\/p-scratch was not created for pod test\/p \(pod is not owner\)/);
  const going = makePod('p', { spec: { volumes: VOLUMES }, terminating: true });
  assert.deepEqual(planClaims(going, () => undefined).create, []);
});
