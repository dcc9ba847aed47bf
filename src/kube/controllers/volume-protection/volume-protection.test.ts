import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject, makePod, secondsAgo } from '../testing/make-pod.ts';
import { claimsOf, planFinalizers } from './volume-protection.ts';

test('planFinalizers sets the finalizer, and takes it away when a deletion finds nobody who needs the object', () => {
  const object = (finalizers: string[], deleting = false) =>
    makeObject('v1', 'X', 'x', {}, { finalizers, ...(deleting && { deletionTimestamp: secondsAgo(1) }) });
  assert.deepEqual(planFinalizers(object(['other']), 'mine', false), ['other', 'mine']);
  assert.equal(planFinalizers(object(['mine']), 'mine', false), undefined);
  assert.equal(planFinalizers(object(['mine'], true), 'mine', true), undefined);
  assert.deepEqual(planFinalizers(object(['other', 'mine'], true), 'mine', false), ['other']);
  assert.equal(planFinalizers(object([], true), 'mine', false), undefined);
});

test('claimsOf are the claims that a pod names, and those of its ephemeral volumes', () => {
  const volumes = [
    { name: 'a', persistentVolumeClaim: { claimName: 'c' } },
    { name: 'b', ephemeral: {} },
    { name: 'd', emptyDir: {} },
  ];
  assert.deepEqual(claimsOf(makePod('p', { spec: { volumes } })), ['test/c', 'test/p-b']);
});
