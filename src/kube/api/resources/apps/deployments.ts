import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, type Path, SPEC, semanticEqual, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { setPodTemplateDefaults } from '../core/pod-spec/mod.ts';
import { type IntOrPercent, intOrPercentValue, validateAtMostAll, validateIntOrPercent } from '../int-or-percent.ts';
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

interface Deployment extends KubeObject {
  spec: DeploymentSpec;
}

interface DeploymentSpec extends WorkloadSpec {
  replicas?: number;
  strategy?: DeploymentStrategy;
  progressDeadlineSeconds?: number;
}

interface DeploymentStrategy {
  type?: string;
  rollingUpdate?: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent };
}

const STRATEGY = SPEC.child('strategy');
const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
];
const PARTS = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];

function setDefaults(deployment: Deployment): void {
  deployment.spec ??= {};
  const { spec } = deployment;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ||= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
    spec.strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  setPodTemplateDefaults(spec.template);
}

function validate({ spec }: Deployment, errors: FieldErrors): void {
  validateNonnegative(spec.replicas, SPEC.child('replicas'), errors);
  validateWorkloadSelector(spec.selector, 'invalid for deployment', errors);
  // Upstream's message speaks of the ReplicaSet, for it is whose template this becomes.
  validateWorkloadTemplate(spec, 'ReplicaSet', errors);
  validateStrategy(spec.strategy ?? {}, STRATEGY, errors);
  validateNonnegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateNonnegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit'), errors);
  validateDeadline(spec, errors);
}

function validateDeadline({ progressDeadlineSeconds, minReadySeconds = 0 }: DeploymentSpec, errors: FieldErrors): void {
  if (progressDeadlineSeconds === undefined) return;
  const path = SPEC.child('progressDeadlineSeconds');
  validateNonnegative(progressDeadlineSeconds, path, errors);
  if (progressDeadlineSeconds <= minReadySeconds)
    errors.invalid(path, progressDeadlineSeconds, 'must be greater than minReadySeconds');
}

function validateStrategy(strategy: DeploymentStrategy, path: Path, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  const at = path.child('rollingUpdate');
  if (type === 'Recreate') {
    if (rollingUpdate !== undefined) errors.forbidden(at, "may not be specified when strategy `type` is 'Recreate'");
  } else if (type !== 'RollingUpdate') errors.notSupported(path, strategy, ['Recreate', 'RollingUpdate']);
  else if (rollingUpdate === undefined) errors.required(at, 'this should be defaulted and never be nil');
  else validateRollingUpdate(rollingUpdate, at, errors);
}

function validateRollingUpdate(
  { maxUnavailable, maxSurge }: NonNullable<DeploymentStrategy['rollingUpdate']>,
  path: Path,
  errors: FieldErrors,
): void {
  const at = path.child('maxUnavailable');
  validateIntOrPercent(maxUnavailable, at, errors);
  validateIntOrPercent(maxSurge, path.child('maxSurge'), errors);
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0)
    errors.invalid(at, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  validateAtMostAll(maxUnavailable, at, errors);
}

function specOf(object: KubeObject): DeploymentSpec {
  return (object as Deployment).spec ?? {};
}

/** Pods of one template, replaced step by step when the template changes. */
export const deployments: ResourceDefinition = {
  group: 'apps',
  plural: 'deployments',
  singular: 'deployment',
  kind: 'Deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'apps', version: 'v1', kind: 'Deployment' },
      {
        columns: [
          textColumn(
            'Ready',
            'Pods that are ready, of those there are to be.',
            (object) => `${statusCount(object, 'readyReplicas')}/${specOf(object).replicas ?? 0}`,
          ),
          textColumn('Up-to-date', 'Pods of the present template.', (object) => statusCount(object, 'updatedReplicas')),
          textColumn('Available', 'Pods that have been ready for long enough.', (object) =>
            statusCount(object, 'availableReplicas'),
          ),
          AGE_COLUMN,
          ...templateColumns(specOf),
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: {
    scale: scaleSubresource('.spec.selector'),
    status: statusSubresource(
      (object, old, errors) => validateStatusCounts(object, old, { counts: COUNTS, partsOfReplicas: PARTS }, errors),
      { keeps: ['labels'] },
    ),
  },
  strategy: kindStrategy<Deployment>(
    {
      newStatus: () => ({}),
      setDefaults,
      validate,
      validateChange: validateSelectorUnchanged,
      warn: warnOfWorkload,
    },
    {
      // Its replica sets get the annotations, too.
      movesGeneration: ({ metadata }, { metadata: { annotations: before = {} } }, isChanged) =>
        isChanged || !semanticEqual(metadata.annotations ?? {}, before),
    },
  ),
};
