import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  dnsLabelErrors,
  type FieldErrors,
  type Path,
  SPEC,
  semanticEqual,
  validateNonnegative,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import {
  type PersistentVolumeClaimSpec,
  type PodTemplateSpec,
  setClaimSpecDefaults,
  setPodTemplateDefaults,
} from '../core/pod-spec/mod.ts';
import { type IntOrPercent, validateAtMostAll, validateIntOrPercent } from '../int-or-percent.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { scaleSubresource } from '../scale.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { containerColumns } from '../template-columns.ts';
import { warnOfTemplate } from '../template-warnings.ts';
import { statusCount, validateStatusCounts } from './status-counts.ts';
import { validateWorkloadSelector, validateWorkloadTemplate, type WorkloadSpec } from './workload.ts';

interface StatefulSet extends KubeObject {
  spec: StatefulSetSpec;
}

interface StatefulSetSpec extends WorkloadSpec {
  replicas?: number;
  serviceName?: string;
  podManagementPolicy?: string;
  updateStrategy?: StatefulSetUpdateStrategy;
  persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  ordinals?: { start?: number };
  volumeClaimTemplates?: ClaimTemplate[];
}

interface StatefulSetUpdateStrategy {
  type?: string;
  rollingUpdate?: { partition?: number; maxUnavailable?: IntOrPercent };
}

interface ClaimTemplate {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string };
  spec?: PersistentVolumeClaimSpec;
  status?: { phase?: string };
}

const UPDATE_STRATEGY = SPEC.child('updateStrategy');
const MANAGEMENT_POLICY = SPEC.child('podManagementPolicy');
const RETENTION_POLICY = SPEC.child('persistentVolumeClaimRetentionPolicy');
const RETENTION_POLICIES = ['Retain', 'Delete'];
const PARTS = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
const COUNTS = ['replicas', ...PARTS, 'observedGeneration', 'collisionCount'];

/** What an update may change; the message of the refusal lists them in upstream's order. */
const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
const FORBIDDEN_UPDATE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
  "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function setDefaults(set: StatefulSet): void {
  set.spec ??= {};
  const { spec } = set;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  setPodTemplateDefaults(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) setClaimDefaults(claim);
}

function setClaimDefaults(claim: ClaimTemplate): void {
  claim.apiVersion ||= 'v1';
  claim.kind ||= 'PersistentVolumeClaim';
  claim.spec ??= {};
  setClaimSpecDefaults(claim.spec);
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
}

function validate({ spec }: StatefulSet, errors: FieldErrors): void {
  const { podManagementPolicy = '' } = spec;
  if (podManagementPolicy === '') errors.required(MANAGEMENT_POLICY);
  else if (podManagementPolicy !== 'OrderedReady' && podManagementPolicy !== 'Parallel')
    errors.invalid(MANAGEMENT_POLICY, podManagementPolicy, "must be 'OrderedReady' or 'Parallel'");
  validateUpdateStrategy(spec.updateStrategy ?? {}, errors);
  validateRetentionPolicy(spec, errors);
  validateNonnegative(spec.replicas, SPEC.child('replicas'), errors);
  validateNonnegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateNonnegative(spec.ordinals?.start, SPEC.child('ordinals').child('start'), errors);
  validateNonnegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit'), errors);
  validateServiceName(spec.serviceName ?? '', SPEC.child('serviceName'), errors);
  validateWorkloadSelector(spec.selector, 'not valid for statefulset.', errors);
  validateWorkloadTemplate(spec, 'StatefulSet', errors, withClaimVolumes(spec));
}

function validateServiceName(name: string, path: Path, errors: FieldErrors): void {
  if (name !== '') errors.invalidEach(path, name, dnsLabelErrors(name));
}

function validateUpdateStrategy(strategy: StatefulSetUpdateStrategy, errors: FieldErrors): void {
  const { type = '', rollingUpdate } = strategy;
  const path = UPDATE_STRATEGY.child('rollingUpdate');
  if (type === '') errors.required(UPDATE_STRATEGY);
  else if (type === 'OnDelete') {
    if (rollingUpdate !== undefined)
      errors.invalid(path, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate !== undefined) validateRollingUpdate(rollingUpdate, path, errors);
  } else errors.invalid(UPDATE_STRATEGY, strategy, "must be 'RollingUpdate' or 'OnDelete'");
}

function validateRollingUpdate(
  { partition, maxUnavailable }: NonNullable<StatefulSetUpdateStrategy['rollingUpdate']>,
  path: Path,
  errors: FieldErrors,
): void {
  validateNonnegative(partition, path.child('partition'), errors);
  if (maxUnavailable === undefined) return;
  const at = path.child('maxUnavailable');
  validateIntOrPercent(maxUnavailable, at, errors);
  if (maxUnavailable === 0 || maxUnavailable === '0%') errors.invalid(at, maxUnavailable, 'cannot be 0');
  validateAtMostAll(maxUnavailable, at, errors);
}

function validateRetentionPolicy({ persistentVolumeClaimRetentionPolicy = {} }: StatefulSetSpec, errors: FieldErrors) {
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const policy = persistentVolumeClaimRetentionPolicy[field] ?? '';
    if (!RETENTION_POLICIES.includes(policy))
      errors.notSupported(RETENTION_POLICY.child(field), policy, RETENTION_POLICIES);
  }
}

/** The claims become volumes of the pods, under the same names: mounts may mean them. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec | undefined {
  if (template?.spec === undefined || volumeClaimTemplates.length === 0) return template;
  const own = template.spec.volumes ?? [];
  const names = new Set(own.map(({ name }) => name));
  const claims = volumeClaimTemplates
    .map(({ metadata }) => metadata?.name ?? '')
    .filter((name) => !names.has(name))
    .map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...claims] } };
}

function validateChange({ spec }: StatefulSet, old: StatefulSet, errors: FieldErrors): void {
  if (semanticEqual(fixedPart(spec), fixedPart(old.spec))) return;
  errors.forbidden(SPEC, FORBIDDEN_UPDATE);
}

function fixedPart(spec: StatefulSetSpec): object {
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !CHANGEABLE.includes(field)));
}

function specOf(object: KubeObject): StatefulSetSpec {
  return (object as StatefulSet).spec ?? {};
}

/** Pods with names and volumes that stay theirs. */
export const statefulSets: ResourceDefinition = {
  group: 'apps',
  plural: 'statefulsets',
  singular: 'statefulset',
  kind: 'StatefulSet',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'apps', version: 'v1', kind: 'StatefulSet' },
      {
        columns: [
          textColumn(
            'Ready',
            'Pods that are ready, of those there are to be.',
            (object) => `${statusCount(object, 'readyReplicas')}/${specOf(object).replicas ?? 0}`,
          ),
          AGE_COLUMN,
          ...containerColumns(specOf),
        ],
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
  strategy: kindStrategy<StatefulSet>(
    {
      newStatus: () => ({ replicas: 0, availableReplicas: 0 }),
      setDefaults,
      validate,
      validateChange,
      warn: ({ spec }, old, warn) => warnOfTemplate(spec.template, old?.spec.template, SPEC.child('template'), warn),
    },
    // The name is the beginning of the pods' host names.
    { nameRule: 'dns-label' },
  ),
};
