import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, makePod, NOW_MS, type PodFacts } from '../testing/make-pod.ts';
import type { ScaleHistory } from './behavior.ts';
import { planAutoscaler } from './plan.ts';
import { MetricError, type Proposal, propose, resourceTarget } from './proposal.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec } from './types.ts';

const NO_HISTORY: ScaleHistory = { recommendations: [], changes: [] };

function scalerOf(spec: HorizontalPodAutoscalerSpec = {}): HorizontalPodAutoscaler {
  return makeObject('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
    spec: { minReplicas: 2, maxReplicas: 20, ...spec },
  });
}

function asking(replicas: number): Proposal {
  return {
    replicas,
    name: 'cpu resource',
    status: { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '1' } } },
  };
}

function plan(specReplicas: number, wanted: number, spec: HorizontalPodAutoscalerSpec = {}, history = NO_HISTORY) {
  const state = { specReplicas, statusReplicas: specReplicas, proposals: [asking(wanted)], failures: [], history };
  return planAutoscaler(scalerOf(spec), state, NOW_MS);
}

const ago = (seconds: number) => NOW_MS - seconds * 1000;

test('planAutoscaler grows by doubling, or four pods, at most', () => {
  assertGolden(import.meta.url, 'grow', plan(3, 5));
  assert.equal(plan(2, 19).scaleTo, 6);
  assert.equal(plan(8, 19).scaleTo, 16);
});

test('planAutoscaler stays between its bounds and says when they hold it back', () => {
  assertGolden(import.meta.url, 'too-many', plan(15, 40).status.conditions);
  assert.equal(plan(30, 5).scaleTo, 20);
  assert.equal(plan(1, 5).scaleTo, 2);
});

test('planAutoscaler shrinks only as far as the highest recommendation of five minutes', () => {
  const history = {
    ...NO_HISTORY,
    recommendations: [
      { atMs: ago(200), replicas: 7 },
      { atMs: ago(400), replicas: 9 },
    ],
  };
  assertGolden(import.meta.url, 'stabilized', plan(10, 3, {}, history));
  assert.equal(plan(10, 3).scaleTo, 3);
});

test('planAutoscaler keeps to the policies of its behavior', () => {
  const behavior = {
    scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] },
  };
  assert.equal(plan(10, 3, { behavior }).scaleTo, 8);
  const changes = [
    { atMs: ago(30), change: -1 },
    { atMs: ago(90), change: -5 },
  ];
  assert.equal(plan(10, 3, { behavior }, { ...NO_HISTORY, changes }).scaleTo, 9);
  assert.equal(plan(10, 3, { behavior: { scaleDown: { selectPolicy: 'Disabled' } } }).scaleTo, undefined);
});

test('planAutoscaler leaves a target alone that somebody set to nothing', () => {
  const { scaleTo, status } = plan(0, 5);
  assert.equal(scaleTo, undefined);
  assert.equal(status.conditions?.find(({ type }) => type === 'ScalingActive')?.reason, 'ScalingDisabled');
});

test('planAutoscaler never shrinks while a metric is unknown', () => {
  const failures = [{ reason: 'FailedGetResourceMetric', message: 'nobody measures' }];
  const state = { specReplicas: 5, statusReplicas: 5, failures, history: NO_HISTORY };
  assertGolden(import.meta.url, 'unknown', planAutoscaler(scalerOf(), { ...state, proposals: [asking(3)] }, NOW_MS));
  assert.equal(planAutoscaler(scalerOf(), { ...state, proposals: [asking(7)] }, NOW_MS).scaleTo, 7);
});

const CPU = resourceTarget({ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 50 } } });

function podOf(name: string, facts: PodFacts = {}) {
  return makePod(name, { ...facts, spec: { containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }] } });
}

function proposed(
  millis: Record<string, number>,
  pods = Object.keys(millis).map((name) => podOf(name)),
  current = pods.length,
) {
  const usage = new Map(Object.entries(millis).map(([name, used]) => [name, new Map([['main', used]])]));
  return propose(CPU, { pods, usage, current, tolerances: { up: 0.1, down: 0.1 } });
}

test('propose asks for as many pods as bring their use to its target', () => {
  assert.deepEqual(proposed({ a: 1000, b: 1000 }).replicas, 4);
  assert.deepEqual(proposed({ a: 100, b: 100, c: 100, d: 100 }).replicas, 1);
  assert.deepEqual(proposed({ a: 540, b: 540 }).replicas, 2);
  assert.deepEqual(proposed({ a: 1000, b: 500 }).status.resource?.current, {
    averageUtilization: 75,
    averageValue: '750m',
  });
});

test('propose takes pods that nobody measured for what speaks against a change', () => {
  const pods = [podOf('a'), podOf('b'), podOf('unseen')];
  assert.equal(proposed({ a: 800, b: 800 }, pods).replicas, 3);
  assert.equal(proposed({ a: 900, b: 900 }, pods).replicas, 4);
  assert.equal(proposed({ a: 100, b: 100 }, pods).replicas, 2);
});

test('propose lets pods that are not ready use nothing when there are to be more', () => {
  const pods = [podOf('a'), podOf('new', { ready: false })];
  assert.equal(proposed({ a: 900, new: 5000 }, pods).replicas, 2);
});

test('propose says what is missing', () => {
  assert.throws(() => proposed({}, [podOf('a')]), MetricError);
  assert.throws(() => proposed({ a: 5 }, [makePod('a')]), /missing request for cpu in container main of Pod a/);
  assert.throws(() => resourceTarget({ type: 'External' }), MetricError);
});
