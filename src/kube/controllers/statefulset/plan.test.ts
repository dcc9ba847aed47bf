import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../common/mod.ts';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, makePod, NOW_MS, type PodFacts } from '../testing/make-pod.ts';
import { claimOwner } from './claims.ts';
import { ordinalOf, podOfSet } from './identity.ts';
import { planStatefulSet } from './plan.ts';
import { STATEFUL_SET } from './reconciler.ts';
import type { StatefulSet } from './types.ts';

const [OLD, NEW] = ['db-old', 'db-new'];

function setOf(spec: Record<string, unknown> = {}): StatefulSet {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 1 } };
  return makeObject('apps/v1', 'StatefulSet', 'db', {
    spec: { replicas: 3, updateStrategy, serviceName: 'db', ...spec },
  });
}

function podOf(ordinal: number, revision: string, facts: PodFacts = {}): Pod {
  return makePod(`db-${ordinal}`, { ...facts, labels: { 'controller-revision-hash': revision } });
}

function plan(set: StatefulSet, pods: Pod[], currentRevision = OLD) {
  return planStatefulSet(set, { pods, currentRevision, updateRevision: NEW }, NOW_MS);
}

const moves = (set: StatefulSet, pods: Pod[]) => {
  const { create, remove } = plan(set, pods);
  return { create: create.map(({ ordinal }) => ordinal), remove };
};

test('planStatefulSet makes pods one after the other, each when the one before serves', () => {
  assert.deepEqual(moves(setOf(), []), { create: [0], remove: [] });
  assert.deepEqual(moves(setOf(), [podOf(0, NEW, { ready: false })]), { create: [], remove: [] });
  assert.deepEqual(moves(setOf(), [podOf(0, NEW)]), { create: [1], remove: [] });
  const waits = plan(setOf({ minReadySeconds: 30 }), [podOf(0, NEW, { readySeconds: 10 })]);
  assert.deepEqual([waits.create, waits.requeueAfterMs], [[], 20_000]);
});

test('planStatefulSet makes all pods at once where the policy is Parallel', () => {
  assert.deepEqual(moves(setOf({ podManagementPolicy: 'Parallel' }), [podOf(1, NEW, { ready: false })]), {
    create: [0, 2],
    remove: [],
  });
});

test('planStatefulSet starts counting where it is told to', () => {
  assert.deepEqual(moves(setOf({ ordinals: { start: 7 } }), [podOf(7, NEW)]), { create: [8], remove: [] });
  assert.deepEqual(moves(setOf({ ordinals: { start: 1 }, replicas: 1 }), [podOf(0, NEW), podOf(1, NEW)]).remove, [
    'db-0',
  ]);
});

test('planStatefulSet replaces pods that ended', () => {
  assert.deepEqual(moves(setOf(), [podOf(0, NEW, { phase: 'Failed' }), podOf(1, NEW), podOf(2, NEW)]).remove, ['db-0']);
});

test('planStatefulSet takes pods away from the top, one at a time, and waits for each to be gone', () => {
  const set = setOf({ replicas: 1 });
  assert.deepEqual(moves(set, [podOf(0, NEW), podOf(1, NEW), podOf(2, NEW)]).remove, ['db-2']);
  assert.deepEqual(moves(set, [podOf(0, NEW), podOf(1, NEW), podOf(2, NEW, { terminating: true })]).remove, []);
  const parallel = setOf({ replicas: 1, podManagementPolicy: 'Parallel' });
  assert.deepEqual(moves(parallel, [podOf(0, NEW), podOf(1, NEW), podOf(2, NEW)]).remove, ['db-2', 'db-1']);
});

test('planStatefulSet rolls from the top down to the partition', () => {
  assert.deepEqual(moves(setOf(), [podOf(0, OLD), podOf(1, OLD), podOf(2, OLD)]).remove, ['db-2']);
  assert.deepEqual(moves(setOf(), [podOf(0, OLD), podOf(1, OLD), podOf(2, NEW)]).remove, ['db-1']);
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
  assert.deepEqual(moves(setOf({ updateStrategy }), [podOf(0, OLD), podOf(1, OLD), podOf(2, NEW)]).remove, []);
  assert.equal(plan(setOf({ updateStrategy }), []).create[0]?.revision, OLD);
});

test('planStatefulSet replaces so many at a time as may be missing', () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '67%' } };
  const set = setOf({ updateStrategy, podManagementPolicy: 'Parallel' });
  assert.deepEqual(moves(set, [podOf(0, OLD), podOf(1, OLD), podOf(2, OLD)]).remove, ['db-2', 'db-1', 'db-0']);
});

test('planStatefulSet leaves old pods to their fate where the strategy is OnDelete', () => {
  const set = setOf({ updateStrategy: { type: 'OnDelete' } });
  assert.deepEqual(moves(set, [podOf(0, OLD), podOf(1, OLD), podOf(2, OLD)]), { create: [], remove: [] });
  assert.equal(plan(set, []).create[0]?.revision, NEW);
});

test('planStatefulSet says in its status how far an update is', () => {
  assertGolden(
    import.meta.url,
    'updating',
    plan(setOf(), [podOf(0, OLD), podOf(1, OLD), podOf(2, NEW, { ready: false })]),
  );
  assertGolden(import.meta.url, 'updated', plan(setOf(), [podOf(0, NEW), podOf(1, NEW), podOf(2, NEW)]).status);
});

test('planStatefulSet does nothing about a set that is being deleted', () => {
  const set = setOf();
  set.metadata.deletionTimestamp = '2026-03-01T12:00:00Z';
  assert.deepEqual(moves(set, [podOf(0, OLD)]), { create: [], remove: [] });
});

test('ordinalOf knows the names of its own set only', () => {
  const of = (name: string) => ordinalOf(setOf(), makePod(name));
  assert.deepEqual(['db-0', 'db-12', 'db-01', 'db-x-1', 'db-', 'db', 'mydb-1', 'db--1'].map(of), [
    0,
    12,
    ...Array(6).fill(undefined),
  ]);
});

test('podOfSet gives the pod its name, its host name and its claims', () => {
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }];
  const template = {
    metadata: { labels: { app: 'db' } },
    spec: {
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  };
  assertGolden(
    import.meta.url,
    'pod',
    podOfSet(setOf({ volumeClaimTemplates }), STATEFUL_SET, { ordinal: 3, revision: NEW, template }),
  );
});

test('claimOwner binds claims as the retention policy says', () => {
  const owners = (whenDeleted: string, whenScaled: string) => {
    const set = setOf({ persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });
    return [claimOwner(set, false), claimOwner(set, true)];
  };
  assert.deepEqual(owners('Retain', 'Retain'), ['nobody', 'nobody']);
  assert.deepEqual(owners('Delete', 'Retain'), ['set', 'set']);
  assert.deepEqual(owners('Retain', 'Delete'), ['nobody', 'pod']);
  assert.deepEqual(owners('Delete', 'Delete'), ['set', 'pod']);
});
