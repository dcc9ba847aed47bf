import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Toleration } from '../common/mod.ts';
import type { Taint } from '../node-lifecycle/mod.ts';
import { makePod, NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { evictAtMs, tolerates } from './plan.ts';

const TAINT: Taint = { key: 'k', value: 'v', effect: 'NoExecute', timeAdded: secondsAgo(10) };

const TOLERATIONS: readonly [Toleration, boolean][] = [
  [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoExecute' }, true],
  [{ key: 'k', value: 'v' }, true],
  [{ key: 'k', value: 'w' }, false],
  [{ key: 'k', operator: 'Exists' }, true],
  [{ operator: 'Exists' }, true],
  [{ value: 'v' }, false],
  [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }, false],
  [{ key: 'other', operator: 'Exists' }, false],
  [{ key: 'k', operator: 'Near' }, false],
];

test('tolerates compares keys, values and effects', () => {
  for (const [toleration, wanted] of TOLERATIONS)
    assert.equal(tolerates(toleration, TAINT), wanted, JSON.stringify(toleration));
});

function evictInSeconds(
  tolerations: Toleration[],
  taints: Taint[] = [TAINT],
  facts: { terminating?: boolean; phase?: string } = {},
) {
  const atMs = evictAtMs(makePod('p', { ...facts, spec: { tolerations } }), taints, NOW_MS);
  return atMs === undefined ? undefined : (atMs - NOW_MS) / 1000;
}

test('evictAtMs drives off at once what does not bear a taint, and later what bears it for a time', () => {
  const exists = (tolerationSeconds?: number): Toleration => ({
    key: 'k',
    operator: 'Exists',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  });
  assert.equal(evictInSeconds([]), 0);
  assert.equal(evictInSeconds([exists()]), undefined);
  assert.equal(evictInSeconds([exists(300)]), 290);
  assert.equal(evictInSeconds([exists(300), exists(60)]), 50);
  assert.equal(evictInSeconds([exists(-5)]), -10);
  assert.equal(evictInSeconds([exists()], [TAINT, { ...TAINT, key: 'other' }]), 0);
  assert.equal(evictInSeconds([], [{ ...TAINT, effect: 'NoSchedule' }]), undefined);
  assert.equal(evictInSeconds([], [TAINT], { terminating: true }), undefined);
  assert.equal(evictInSeconds([], [TAINT], { phase: 'Succeeded' }), undefined);
});
