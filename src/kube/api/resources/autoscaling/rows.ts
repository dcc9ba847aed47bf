import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type Column, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, STATUS, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { convertAutoscalers } from './convert.ts';
import { setAutoscalerDefaults } from './defaults.ts';
import { formatMetrics } from './format-metrics.ts';
import type { HorizontalPodAutoscaler } from './types.ts';
import { validateAutoscaler } from './validate.ts';

const KIND = { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' };

/** Columns are made of the storage version, whatever was asked for. */
function asAutoscaler(object: KubeObject): HorizontalPodAutoscaler {
  return convertAutoscalers([object], 'v2')[0] as HorizontalPodAutoscaler;
}

function reference(object: KubeObject): string {
  const { kind = '', name = '' } = asAutoscaler(object).spec?.scaleTargetRef ?? {};
  return `${kind}/${name}`;
}

function targets(object: KubeObject): string {
  const { spec = {}, status = {} } = asAutoscaler(object);
  return formatMetrics(spec.metrics ?? [], status.currentMetrics ?? []);
}

const COLUMNS: readonly Column[] = [
  textColumn('Reference', 'What is scaled.', reference),
  textColumn('Targets', 'What is measured, and what it is to be.', targets),
  textColumn('MinPods', 'The fewest pods.', (object) => String(asAutoscaler(object).spec?.minReplicas ?? '<unset>')),
  textColumn('MaxPods', 'The most pods.', (object) => asAutoscaler(object).spec?.maxReplicas ?? 0),
  textColumn('Replicas', 'Pods there are.', (object) => asAutoscaler(object).status?.currentReplicas ?? 0),
  AGE_COLUMN,
];

function validateStatus(object: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  const { status = {} } = object as HorizontalPodAutoscaler;
  for (const field of ['currentReplicas', 'desiredReplicas'] as const)
    validateNonnegative(status[field], STATUS.child(field), errors);
}

/** The resources of the autoscaling group. */
export const rows: readonly ResourceDefinition[] = [
  {
    group: 'autoscaling',
    plural: 'horizontalpodautoscalers',
    singular: 'horizontalpodautoscaler',
    kind: 'HorizontalPodAutoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    namespaced: true,
    verbs: ALL_VERBS,
    versions: [
      served({ ...KIND, version: 'v2' }, { columns: COLUMNS }),
      served({ ...KIND, version: 'v1' }, { columns: COLUMNS }),
    ],
    storageVersion: 'v2',
    convert: convertAutoscalers,
    subresources: { status: statusSubresource(validateStatus) },
    strategy: kindStrategy<HorizontalPodAutoscaler>(
      {
        newStatus: () => ({ currentMetrics: null, desiredReplicas: 0 }),
        setDefaults: setAutoscalerDefaults,
        validate: validateAutoscaler,
      },
      { hasGeneration: false },
    ),
  },
];
