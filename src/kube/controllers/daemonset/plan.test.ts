import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../common/mod.ts';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, makePod, NOW_MS, type PodFacts } from '../testing/make-pod.ts';
import { daemonPod, targetNode } from './daemon-pod.ts';
import { nodeFit } from './node-fit.ts';
import { planDaemonSet } from './plan.ts';
import { DAEMON_SET } from './reconciler.ts';
import type { DaemonSet, Node, Taint } from './types.ts';

function setOf(
  spec: Record<string, unknown> = {},
  rollingUpdate: Record<string, unknown> = { maxUnavailable: 1 },
): DaemonSet {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } };
  return makeObject('apps/v1', 'DaemonSet', 'log', {
    spec: { template, updateStrategy: { type: 'RollingUpdate', rollingUpdate }, ...spec },
  });
}

function nodeOf(name: string, taints: Taint[] = [], labels: Record<string, string> = {}): Node {
  return makeObject(
    'v1',
    'Node',
    name,
    { spec: { taints } },
    { labels: { 'kubernetes.io/hostname': name, ...labels } },
  );
}

function podOf(name: string, node: string, hash: string, facts: PodFacts = {}): Pod {
  return makePod(name, { node, ...facts, labels: { 'controller-revision-hash': hash } });
}

const NODES = ['a', 'b', 'c'].map((name) => nodeOf(name));

function moves(set: DaemonSet, pods: Pod[], nodes = NODES) {
  const { create, remove } = planDaemonSet(set, { nodes, pods, hash: 'new' }, NOW_MS);
  return { create, remove };
}

test('planDaemonSet makes one pod for each node', () => {
  assert.deepEqual(moves(setOf(), [podOf('x', 'b', 'new')]), { create: ['a', 'c'], remove: [] });
});

test('planDaemonSet makes none where one is still going', () => {
  assert.deepEqual(
    moves(
      setOf(),
      NODES.map(({ metadata: { name = '' } }) => podOf(name, name, 'new', { terminating: true })),
    ).create,
    [],
  );
});

test('planDaemonSet takes away pods that failed, that are doubled, and that may not be there', () => {
  const nodes = [
    nodeOf('a'),
    nodeOf('b'),
    nodeOf('c', [{ key: 'k', effect: 'NoExecute' }]),
    nodeOf('d', [{ key: 'k', effect: 'NoSchedule' }]),
  ];
  const pods = [
    podOf('failed', 'a', 'new', { phase: 'Failed' }),
    podOf('first', 'b', 'new'),
    podOf('second', 'b', 'new', { ageSeconds: 5 }),
    podOf('evicted', 'c', 'new'),
    podOf('stays', 'd', 'new'),
  ];
  assertGolden(import.meta.url, 'misplaced', planDaemonSet(setOf(), { nodes, pods, hash: 'new' }, NOW_MS));
});

test('planDaemonSet waits before it replaces a pod that failed before', () => {
  const state = { nodes: NODES.slice(0, 1), pods: [podOf('failed', 'a', 'new', { phase: 'Failed' })], hash: 'new' };
  const plan = planDaemonSet(setOf(), { ...state, failureWaitMs: () => 4000 }, NOW_MS);
  assert.deepEqual([plan.remove, plan.failedOn, plan.requeueAfterMs], [[], [], 4000]);
  assert.deepEqual(planDaemonSet(setOf(), state, NOW_MS).failedOn, ['a']);
});

test('planDaemonSet replaces as many old pods as may be missing, broken ones first', () => {
  const old = [podOf('x', 'a', 'old'), podOf('y', 'b', 'old'), podOf('z', 'c', 'old')];
  assert.deepEqual(moves(setOf(), old).remove, ['x']);
  assert.deepEqual(
    moves(setOf(), [podOf('x', 'a', 'old'), podOf('y', 'b', 'old', { ready: false }), podOf('z', 'c', 'old')]).remove,
    ['y'],
  );
  assert.deepEqual(
    moves(setOf(), [podOf('x', 'a', 'new', { ready: false }), podOf('y', 'b', 'old'), podOf('z', 'c', 'old')]).remove,
    [],
  );
  assert.deepEqual(moves(setOf({}, { maxUnavailable: '67%' }), old).remove, ['x', 'y', 'z']);
  assert.deepEqual(moves(setOf({ updateStrategy: { type: 'OnDelete' } }), old).remove, []);
});

test('planDaemonSet starts new pods beside old ones where it may surge', () => {
  const surge = setOf({}, { maxSurge: 2, maxUnavailable: 0 });
  const old = [podOf('x', 'a', 'old'), podOf('y', 'b', 'old'), podOf('z', 'c', 'old')];
  assert.deepEqual(moves(surge, old), { create: ['a', 'b'], remove: [] });
  const beside = [
    ...old,
    podOf('x2', 'a', 'new', { ageSeconds: 5 }),
    podOf('y2', 'b', 'new', { ageSeconds: 5, ready: false }),
  ];
  assert.deepEqual(moves(surge, beside), { create: ['c'], remove: ['x'] });
});

test('nodeFit goes by names, selectors, affinity and taints', () => {
  const node = nodeOf('a', [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }], { disk: 'ssd', cores: '8' });
  const runs = (spec: object) => nodeFit({ tolerations: [{ key: 'gpu', value: 'yes' }], ...spec }, node).mayRun;
  const terms = (...nodeSelectorTerms: object[]) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const expression = (key: string, operator: string, ...values: string[]) => ({
    matchExpressions: [{ key, operator, values }],
  });
  assert.equal(runs({}), true);
  assert.deepEqual(nodeFit({}, node), { mayRun: false, mayStay: true });
  assert.equal(runs({ tolerations: [{ key: 'gpu', value: 'no' }] }), false);
  assert.equal(runs({ tolerations: [{ operator: 'Exists' }] }), true);
  assert.equal(runs({ nodeName: 'b' }), false);
  assert.equal(runs({ nodeSelector: { disk: 'ssd' } }), true);
  assert.equal(runs({ nodeSelector: { constructor: 'Object' } }), false);
  assert.equal(runs(terms(expression('cores', 'Gt', '4'))), true);
  assert.equal(runs(terms(expression('cores', 'Gt', '8'), expression('disk', 'In', 'ssd'))), true);
  assert.equal(runs(terms({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] })), false);
  assert.equal(runs(terms({})), false);
  assert.equal(runs(terms(expression('disk', 'Like', 'ssd'))), false);
});

test('daemonPod is meant for its node alone and tolerates what ails it', () => {
  const pod = daemonPod(setOf(), DAEMON_SET, 'a', 'new');
  assertGolden(import.meta.url, 'pod', pod);
  assert.equal(targetNode(pod), 'a');
});
