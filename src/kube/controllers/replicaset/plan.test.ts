import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../common/mod.ts';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, makePod, NOW_MS } from '../testing/make-pod.ts';
import { planReplicaSet } from './plan.ts';
import type { ReplicaSet } from './types.ts';

function setOf(replicas: number, spec: Record<string, unknown> = {}): ReplicaSet {
  const template = { metadata: { labels: { app: 'web' } } };
  return makeObject('apps/v1', 'ReplicaSet', 'web', {
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template, ...spec },
  });
}

function plan(set: ReplicaSet, pods: Pod[], crowd: [string, number][] = []) {
  return planReplicaSet(set, { pods, crowd: new Map(crowd) }, NOW_MS);
}

test('planReplicaSet makes up for pods that are missing, failed or going', () => {
  const pods = [
    makePod('runs'),
    makePod('failed', { phase: 'Failed' }),
    makePod('done', { phase: 'Succeeded' }),
    makePod('going', { terminating: true }),
  ];
  assertGolden(import.meta.url, 'missing', plan(setOf(3), pods));
});

test('planReplicaSet deletes pods whose loss is least felt', () => {
  const pods = [
    makePod('old'),
    makePod('cheap', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-10' } }),
    makePod('unready', { ready: false }),
    makePod('pending', { phase: 'Pending' }),
    makePod('nowhere', { phase: 'Pending', node: '' }),
    makePod('crowded', { node: 'node-2' }),
    makePod('young', { ageSeconds: 10, readySeconds: 5 }),
    makePod('restarted', { restarts: 7 }),
  ];
  assertGolden(
    import.meta.url,
    'surplus',
    plan(setOf(1), pods, [
      ['node-1', 3],
      ['node-2', 9],
    ]),
  );
});

test('planReplicaSet takes no deletion cost that is not a number of 32 bits', () => {
  for (const cost of ['1e3', '+5', '007', '99999999999', 'constructor', '']) {
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': cost };
    const pods = [makePod('restarted', { restarts: 3 }), makePod('odd', { annotations })];
    assert.deepEqual(plan(setOf(1), pods).remove, ['restarted'], cost);
  }
});

test('planReplicaSet waits for ready pods to become available', () => {
  const pods = [makePod('new', { readySeconds: 4 }), makePod('newer', { readySeconds: 1 }), makePod('old')];
  assertGolden(import.meta.url, 'min-ready', plan(setOf(3, { minReadySeconds: 10 }), pods));
});

test('planReplicaSet counts pods that carry all labels of the template', () => {
  const template = { metadata: { labels: { app: 'web', tier: 'front' } } };
  const pods = [makePod('bare'), makePod('full', { labels: { tier: 'front' } })];
  assert.equal(plan(setOf(2, { template }), pods).status.fullyLabeledReplicas, 1);
});

test('planReplicaSet does no more than 500 pods at a time', () => {
  assert.equal(plan(setOf(2000), []).create, 500);
  const many = Array.from({ length: 700 }, (_, at) => makePod(`p${at}`));
  assert.equal(plan(setOf(0), many).remove.length, 500);
});
