import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import {
  type Condition,
  type FieldErrors,
  SPEC,
  STATUS,
  validateConditions,
  validateLabelSelector,
  validateNonnegative,
} from '../../values/mod.ts';
import { AGE_COLUMN, integerColumn, textColumn } from '../columns.ts';
import { type IntOrPercent, validateAtMostAll, validateIntOrPercent } from '../int-or-percent.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';

interface PodDisruptionBudget extends KubeObject {
  spec: {
    minAvailable?: IntOrPercent;
    maxUnavailable?: IntOrPercent;
    selector?: LabelSelector;
    unhealthyPodEvictionPolicy?: string;
  };
  status?: { disruptionsAllowed?: number; conditions?: Condition[] } & Record<string, unknown>;
}

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];
const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];

function validate({ spec }: PodDisruptionBudget, errors: FieldErrors): void {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    errors.invalid(SPEC, spec, 'minAvailable and maxUnavailable cannot be both set');
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    validateIntOrPercent(spec[field], SPEC.child(field), errors);
    validateAtMostAll(spec[field], SPEC.child(field), errors);
  }
  validateLabelSelector(spec.selector, SPEC.child('selector'), errors);
  if (policy !== undefined && !EVICTION_POLICIES.includes(policy))
    errors.notSupported(SPEC.child('unhealthyPodEvictionPolicy'), policy, EVICTION_POLICIES);
}

function validateStatus(object: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  const { status = {} } = object as PodDisruptionBudget;
  validateConditions(status.conditions, STATUS.child('conditions'), errors);
  for (const field of COUNTS) validateNonnegative(status[field] as number | undefined, STATUS.child(field), errors);
}

function bound(object: KubeObject, field: 'minAvailable' | 'maxUnavailable'): string {
  const value = (object as PodDisruptionBudget).spec?.[field];
  return value === undefined ? 'N/A' : String(value);
}

/** How many pods evictions must leave. */
export const podDisruptionBudgets: ResourceDefinition = {
  group: 'policy',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  kind: 'PodDisruptionBudget',
  shortNames: ['pdb'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'policy', version: 'v1', kind: 'PodDisruptionBudget' },
      {
        columns: [
          textColumn('Min Available', 'Pods that must stay.', (object) => bound(object, 'minAvailable')),
          textColumn('Max Unavailable', 'Pods that may be missing.', (object) => bound(object, 'maxUnavailable')),
          integerColumn(
            'Allowed Disruptions',
            'Pods that may be evicted now.',
            (object) => (object as PodDisruptionBudget).status?.disruptionsAllowed ?? 0,
          ),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateStatus) },
  strategy: kindStrategy<PodDisruptionBudget>(
    {
      newStatus: () => ({ currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
      setDefaults: (budget) => {
        budget.spec ??= {};
      },
      validate,
    },
    { allowUnconditionalUpdate: false },
  ),
};
