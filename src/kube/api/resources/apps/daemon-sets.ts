import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, type Path, SPEC, semanticEqual, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, integerColumn, textColumn } from '../columns.ts';
import { formatLabels } from '../core/pod-spec/columns.ts';
import { setPodTemplateDefaults } from '../core/pod-spec/mod.ts';
import { type IntOrPercent, intOrPercentValue, validateAtMostAll, validateIntOrPercent } from '../int-or-percent.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { templateColumns } from '../template-columns.ts';
import { warnOfTemplate } from '../template-warnings.ts';
import { statusCount, validateStatusCounts } from './status-counts.ts';
import {
  validateSelectorUnchanged,
  validateWorkloadSelector,
  validateWorkloadTemplate,
  type WorkloadSpec,
} from './workload.ts';

interface DaemonSet extends KubeObject {
  spec: DaemonSetSpec;
}

interface DaemonSetSpec extends WorkloadSpec {
  updateStrategy?: DaemonSetUpdateStrategy;
}

interface DaemonSetUpdateStrategy {
  type?: string;
  rollingUpdate?: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent };
}

/** Counts the templates, for clients of the versions that had a field for it. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const UPDATE_STRATEGY = SPEC.child('updateStrategy');
const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

function setDefaults(set: DaemonSet): void {
  set.spec ??= {};
  const { spec } = set;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  setPodTemplateDefaults(spec.template);
}

function templateGeneration({ metadata }: KubeObject): number {
  const text = metadata.annotations?.[TEMPLATE_GENERATION] ?? '';
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

function setTemplateGeneration({ metadata }: KubeObject, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

function moveTemplateGeneration(set: DaemonSet, old: DaemonSet): void {
  const before = Math.max(1, templateGeneration(old));
  setTemplateGeneration(set, semanticEqual(set.spec.template, old.spec.template) ? before : before + 1);
}

function validate({ spec }: DaemonSet, errors: FieldErrors): void {
  validateWorkloadSelector(spec.selector, 'invalid for daemonset', errors);
  validateWorkloadTemplate(spec, 'DaemonSet', errors);
  validateNonnegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateUpdateStrategy(spec.updateStrategy ?? {}, errors);
  validateNonnegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit'), errors);
}

function validateUpdateStrategy(strategy: DaemonSetUpdateStrategy, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  if (type === 'OnDelete') return;
  const path = UPDATE_STRATEGY.child('rollingUpdate');
  if (type !== 'RollingUpdate') errors.notSupported(UPDATE_STRATEGY, strategy, ['RollingUpdate', 'OnDelete']);
  else if (rollingUpdate === undefined) errors.required(path);
  else validateRollingUpdate(rollingUpdate, path, errors);
}

function validateRollingUpdate(
  { maxUnavailable, maxSurge }: NonNullable<DaemonSetUpdateStrategy['rollingUpdate']>,
  path: Path,
  errors: FieldErrors,
): void {
  const [unavailable, surge] = [path.child('maxUnavailable'), path.child('maxSurge')];
  validateIntOrPercent(maxUnavailable, unavailable, errors);
  validateAtMostAll(maxUnavailable, unavailable, errors);
  validateIntOrPercent(maxSurge, surge, errors);
  validateAtMostAll(maxSurge, surge, errors);
  const mayMiss = intOrPercentValue(maxUnavailable) !== 0;
  const mayExceed = intOrPercentValue(maxSurge) !== 0;
  if (mayMiss && mayExceed) errors.invalid(surge, maxSurge, 'may not be set when maxUnavailable is non-zero');
  else if (!mayMiss && !mayExceed) errors.required(unavailable, 'cannot be 0 when maxSurge is 0');
}

function specOf(object: KubeObject): DaemonSetSpec {
  return (object as DaemonSet).spec ?? {};
}

function countColumn(name: string, description: string, field: string) {
  return integerColumn(name, description, (object) => statusCount(object, field));
}

/** One pod of a template on every node that fits. */
export const daemonSets: ResourceDefinition = {
  group: 'apps',
  plural: 'daemonsets',
  singular: 'daemonset',
  kind: 'DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'apps', version: 'v1', kind: 'DaemonSet' },
      {
        columns: [
          countColumn('Desired', 'Nodes that are to run a pod of it.', 'desiredNumberScheduled'),
          countColumn('Current', 'Nodes that run one, and should.', 'currentNumberScheduled'),
          countColumn('Ready', 'Nodes whose pod is ready.', 'numberReady'),
          countColumn('Up-to-date', 'Nodes whose pod has the present template.', 'updatedNumberScheduled'),
          countColumn('Available', 'Nodes whose pod has been ready for long enough.', 'numberAvailable'),
          textColumn('Node Selector', 'Labels of the nodes that fit.', (object) =>
            formatLabels(specOf(object).template?.spec?.nodeSelector),
          ),
          AGE_COLUMN,
          ...templateColumns(specOf),
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: {
    status: statusSubresource((object, old, errors) => validateStatusCounts(object, old, { counts: COUNTS }, errors)),
  },
  strategy: kindStrategy<DaemonSet>({
    newStatus: () => ({
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    }),
    setDefaults,
    prepareForCreate: (set) => setTemplateGeneration(set, Math.max(1, templateGeneration(set))),
    prepareForUpdate: moveTemplateGeneration,
    validate,
    validateChange: validateSelectorUnchanged,
    warn: ({ spec }, old, warn) => warnOfTemplate(spec.template, old?.spec.template, SPEC.child('template'), warn),
  }),
};
