import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../object.ts';
import { checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { convertAutoscalers } from './convert.ts';
import { rows } from './rows.ts';

const [row] = rows;
assert.ok(row);

const MINIMAL = {
  spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
};
const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
const PODS = { type: 'Pods', pods: { metric: { name: 'hits' }, target: { type: 'AverageValue', averageValue: '10' } } };
const METRIC = 'spec.metrics[0]';

checkKind(row, {
  minimal: MINIMAL,
  created: { spec: { minReplicas: 1, metrics: [CPU] }, status: { desiredReplicas: 0 } },
  invalid: [
    [
      'no pods',
      { spec: { minReplicas: 0, maxReplicas: 0 } },
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.maxReplicas: Invalid value: 0: must be greater than 0',
    ],
    [
      'a most below the least',
      { spec: { minReplicas: 4 } },
      'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
    ],
    [
      'nothing to scale',
      { spec: { scaleTargetRef: null } },
      'spec.scaleTargetRef.kind: Required value',
      'spec.scaleTargetRef.name: Required value',
    ],
    [
      'a metric of no type, of an unknown one, and without its source',
      { spec: { metrics: [{}, { type: 'Moon' }, { type: 'Pods' }] } },
      `${METRIC}.type: Required value: must specify a metric source type`,
      'spec.metrics[1].type: Unsupported value: "Moon": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      'spec.metrics[2].pods: Required value: must populate information for the given metric source',
    ],
    [
      'a metric with another source',
      { spec: { metrics: [{ ...CPU, pods: PODS.pods }] } },
      `${METRIC}.pods: Forbidden: must populate the given metric source only`,
    ],
    [
      'a resource without a target, and with two',
      {
        spec: {
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } },
            {
              type: 'Resource',
              resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0, averageValue: '-1' } },
            },
          ],
        },
      },
      `${METRIC}.resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization`,
      'spec.metrics[1].resource.target.averageValue: Invalid value: "-1": must be positive',
      'spec.metrics[1].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      'spec.metrics[1].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ],
    [
      'a behavior out of bounds',
      {
        spec: {
          behavior: {
            scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Mean', policies: [] },
            scaleDown: { policies: [{ type: 'Nodes', value: 0, periodSeconds: 1801 }] },
          },
        },
      },
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Mean": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
      'spec.behavior.scaleDown.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
      'spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ],
  accepted: [['another target', { spec: { maxReplicas: 9, scaleTargetRef: { name: 'other' } } }]],
});

test('HorizontalPodAutoscaler: a behavior is completed', () => {
  const { object } = createIn(row, {
    spec: { ...MINIMAL.spec, behavior: { scaleDown: { selectPolicy: 'Disabled' } } },
  });
  assert.deepEqual((object.spec as { behavior: unknown }).behavior, {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    },
    scaleDown: { selectPolicy: 'Disabled', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  });
});

const V2: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', annotations: { mine: 'yes' } },
  spec: {
    ...MINIMAL.spec,
    minReplicas: 2,
    metrics: [PODS, CPU],
    behavior: { scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] } },
  },
  status: {
    currentReplicas: 2,
    desiredReplicas: 3,
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '400m' } } },
    ],
    conditions: [
      { type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'A', message: 'b' },
    ],
  },
};

test('convertAutoscalers: v1 has the processor in a field and the rest in annotations', () => {
  const [v1] = convertAutoscalers([V2], 'v1');
  assert.equal(v1?.apiVersion, 'autoscaling/v1');
  assert.deepEqual(v1?.spec, { ...MINIMAL.spec, minReplicas: 2, targetCPUUtilizationPercentage: 80 });
  assert.deepEqual(v1?.status, { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 40 });
  const { annotations = {} } = v1?.metadata ?? {};
  assert.deepEqual(JSON.parse(annotations['autoscaling.alpha.kubernetes.io/metrics'] ?? ''), [
    { type: 'Pods', pods: { metricName: 'hits', targetAverageValue: '10' } },
  ]);
  assert.deepEqual(JSON.parse(annotations['autoscaling.alpha.kubernetes.io/current-metrics'] ?? ''), [
    { type: 'Resource', resource: { name: 'cpu', currentAverageUtilization: 40, currentAverageValue: '400m' } },
  ]);
  assert.deepEqual(JSON.parse(annotations['autoscaling.alpha.kubernetes.io/behavior'] ?? ''), {
    ScaleUp: null,
    ScaleDown: {
      StabilizationWindowSeconds: null,
      SelectPolicy: 'Max',
      Policies: [{ Type: 'Percent', Value: 50, PeriodSeconds: 60 }],
      Tolerance: null,
    },
  });
  assert.equal(annotations.mine, 'yes');
});

test('convertAutoscalers: there and back again nothing is lost, and the given object stays as it is', () => {
  const before = structuredClone(V2);
  const [back] = convertAutoscalers(convertAutoscalers([V2], 'v1'), 'v2');
  assert.deepEqual(back, V2);
  assert.deepEqual(V2, before);
});

test('convertAutoscalers: metrics of every sort survive the way through v1', () => {
  const describedObject = { apiVersion: 'v1', kind: 'Service', name: 'web' };
  const selector = { matchLabels: { a: 'b' } };
  const metrics = [
    {
      type: 'Object',
      object: { describedObject, metric: { name: 'm', selector }, target: { type: 'Value', value: '5' } },
    },
    { type: 'External', external: { metric: { name: 'q' }, target: { type: 'AverageValue', averageValue: '7' } } },
    {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'main', target: { type: 'Utilization', averageUtilization: 5 } },
    },
    { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
  ];
  const object = { ...V2, spec: { ...MINIMAL.spec, metrics } };
  assert.deepEqual(convertAutoscalers(convertAutoscalers([object], 'v1'), 'v2')[0]?.spec, object.spec);
});

test('convertAutoscalers: annotations that are nonsense count as absent', () => {
  const texts = [
    '{',
    'null',
    '5',
    '[5]',
    '[null]',
    '[{"type":5}]',
    '[{"type":"Pods","pods":[]}]',
    '[{"resource":null}]',
  ];
  for (const text of [
    ...texts,
    '['.repeat(50_000),
    '[{"type":"Resource","resource":{"targetAverageUtilization":"x"}}]',
  ]) {
    const annotations = {
      'autoscaling.alpha.kubernetes.io/metrics': text,
      'autoscaling.alpha.kubernetes.io/behavior': text,
      'autoscaling.alpha.kubernetes.io/conditions': text,
    };
    const [v2] = convertAutoscalers(
      [{ ...V2, apiVersion: 'autoscaling/v1', metadata: { annotations }, spec: {} }],
      'v2',
    );
    assert.deepEqual(v2?.spec, {}, text.slice(0, 60));
    assert.deepEqual(v2?.metadata, {});
  }
});

test('HorizontalPodAutoscaler: prints the same in both versions', () => {
  const v1 = convertAutoscalers([V2], 'v1')[0] as KubeObject;
  for (const [at, object] of [V2, v1].entries()) {
    const cells: unknown[] | undefined = row.versions[at]?.columns
      ?.slice(0, 5)
      .map((column) => column.cell(object, NOW_MS));
    assert.deepEqual(cells, ['Deployment/web', '<unknown>/10, cpu: <unknown>/80%', '2', 3, 2]);
  }
});
