import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../common/mod.ts';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, makePod, NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { planBudget } from './plan.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from './types.ts';

function budgetOf(spec: Record<string, unknown>, status: PodDisruptionBudgetStatus = {}): PodDisruptionBudget {
  return makeObject('policy/v1', 'PodDisruptionBudget', 'web', { spec, status });
}

const pods = (count: number): Pod[] => Array.from({ length: count }, (_, at) => makePod(`p${at}`));
const allowed = (spec: Record<string, unknown>, healthy: Pod[], expected: number) =>
  planBudget(budgetOf(spec), { pods: healthy, expected }, NOW_MS).status.disruptionsAllowed;

test('planBudget allows what is healthy beyond the minimum', () => {
  assert.equal(allowed({ minAvailable: 2 }, pods(3), 3), 1);
  assert.equal(allowed({ minAvailable: 5 }, pods(3), 3), 0);
  assert.equal(allowed({ minAvailable: '50%' }, pods(5), 5), 2);
  assert.equal(allowed({ maxUnavailable: 1 }, pods(3), 3), 1);
  assert.equal(allowed({ maxUnavailable: 1 }, pods(3), 4), 0);
  assert.equal(allowed({ maxUnavailable: '30%' }, pods(10), 10), 3);
  assert.equal(allowed({ minAvailable: 0 }, [], 0), 0);
});

test('planBudget counts no pod that is unready, going, or was just evicted', () => {
  const seen = [
    ...pods(2),
    makePod('unready', { ready: false }),
    makePod('going', { terminating: true }),
    makePod('constructor'),
  ];
  const disruptedPods = { p0: secondsAgo(30), p1: secondsAgo(130), gone: secondsAgo(1), going: secondsAgo(1) };
  assertGolden(
    import.meta.url,
    'disrupted',
    planBudget(budgetOf({ minAvailable: 1 }, { disruptedPods }), { pods: seen, expected: 5 }, NOW_MS),
  );
});

test('planBudget allows nothing while the owners are unknown', () => {
  const expected = { unknown: 'Job "x" does not implement the scale subresource' };
  assertGolden(
    import.meta.url,
    'unknown',
    planBudget(budgetOf({ maxUnavailable: 1 }), { pods: pods(2), expected }, NOW_MS),
  );
});
