import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { podDisruptionBudgets } from './pod-disruption-budgets.ts';

checkKind(podDisruptionBudgets, {
  minimal: { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } },
  created: { status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 } },
  invalid: [
    [
      'both bounds',
      { spec: { maxUnavailable: 1 } },
      'spec: Invalid value: {"minAvailable":1,"selector":{"matchLabels":{"app":"web"}},"maxUnavailable":1}: ' +
        'minAvailable and maxUnavailable cannot be both set',
    ],
    [
      'less than none',
      { spec: { minAvailable: -1 } },
      'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'more than all',
      { spec: { minAvailable: '110%' } },
      'spec.minAvailable: Invalid value: "110%": must not be greater than 100%',
    ],
    [
      'an unknown policy',
      { spec: { unhealthyPodEvictionPolicy: 'Never' } },
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ],
  accepted: [
    ['all of it', { spec: { minAvailable: null, maxUnavailable: '50%', selector: { matchLabels: { app: 'b' } } } }],
  ],
});

test('PodDisruptionBudget: prints both bounds', () => {
  const { object } = createIn(podDisruptionBudgets, { spec: { maxUnavailable: '50%' } });
  const cells = podDisruptionBudgets.versions[0]?.columns?.map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells, ['N/A', '50%', 0, '<unknown>']);
});
