import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, SPEC, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, integerColumn } from '../columns.ts';
import { setPodTemplateDefaults } from '../core/pod-spec/mod.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { scaleSubresource } from '../scale.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { templateColumns } from '../template-columns.ts';
import { statusCount, validateStatusCounts } from './status-counts.ts';
import {
  validateSelectorUnchanged,
  validateWorkloadSelector,
  validateWorkloadTemplate,
  type WorkloadSpec,
  warnOfWorkload,
} from './workload.ts';

interface ReplicaSet extends KubeObject {
  spec: WorkloadSpec & { replicas?: number };
}

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
const COUNTS = ['replicas', ...PARTS, 'terminatingReplicas', 'observedGeneration'];

function setDefaults(set: ReplicaSet): void {
  set.spec ??= {};
  set.spec.replicas ??= 1;
  setPodTemplateDefaults(set.spec.template);
}

function validate({ spec }: ReplicaSet, errors: FieldErrors): void {
  validateNonnegative(spec.replicas, SPEC.child('replicas'), errors);
  validateNonnegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateWorkloadSelector(spec.selector, 'invalid for deployment', errors);
  validateWorkloadTemplate(spec, 'ReplicaSet', errors);
}

function specOf(object: KubeObject): ReplicaSet['spec'] {
  return (object as ReplicaSet).spec ?? {};
}

/** So many pods of one template. */
export const replicaSets: ResourceDefinition = {
  group: 'apps',
  plural: 'replicasets',
  singular: 'replicaset',
  kind: 'ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
      {
        columns: [
          integerColumn('Desired', 'How many pods there are to be.', (object) => specOf(object).replicas ?? 0),
          integerColumn('Current', 'How many pods there are.', (object) => statusCount(object, 'replicas')),
          integerColumn('Ready', 'How many pods are ready.', (object) => statusCount(object, 'readyReplicas')),
          AGE_COLUMN,
          ...templateColumns(specOf),
        ],
        selectableFields: { 'status.replicas': (object) => String(statusCount(object, 'replicas')) },
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: {
    scale: scaleSubresource('.spec.selector'),
    status: statusSubresource((object, old, errors) =>
      validateStatusCounts(object, old, { counts: COUNTS, partsOfReplicas: PARTS }, errors),
    ),
  },
  strategy: kindStrategy<ReplicaSet>({
    newStatus: () => ({ replicas: 0 }),
    setDefaults,
    validate,
    validateChange: validateSelectorUnchanged,
    warn: warnOfWorkload,
  }),
};
