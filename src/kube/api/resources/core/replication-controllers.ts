import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, SPEC, STATUS, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, integerColumn, textColumn } from '../columns.ts';
import { complaints, keepStatus, PART_VERBS, statusSubresource } from '../strategies.ts';
import { warnOfTemplate } from '../template-warnings.ts';
import { containerImages, containerNames, formatLabels } from './pod-spec/columns.ts';
import { type PodTemplateSpec, setPodTemplateDefaults, validatePodTemplate } from './pod-spec/mod.ts';
import { v1 } from './version.ts';

interface ReplicationController extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; selector?: Record<string, string>; template?: PodTemplateSpec };
  status?: Record<string, number>;
}

const COUNTS = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'];

function setDefaults(controller: ReplicationController): void {
  controller.spec ??= {};
  const { spec, metadata } = controller;
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  setPodTemplateDefaults(spec.template);
}

function validate({ spec }: ReplicationController, errors: FieldErrors): void {
  const { selector = {}, template } = spec;
  validateNonnegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  if (Object.keys(selector).length === 0) errors.required(SPEC.child('selector'));
  validateNonnegative(spec.replicas, SPEC.child('replicas'), errors);
  validateTemplate(template, selector, errors);
}

function validateTemplate(
  template: PodTemplateSpec | undefined,
  selector: Record<string, string>,
  errors: FieldErrors,
): void {
  const path = SPEC.child('template');
  if (template === undefined) {
    errors.required(path);
    return;
  }
  const labels = template.metadata?.labels ?? {};
  const matches = Object.keys(selector).every((key) => Object.hasOwn(labels, key) && labels[key] === selector[key]);
  if (!matches)
    errors.invalid(path.child('metadata').child('labels'), labels, '`selector` does not match template `labels`');
  validatePodTemplate(template, path, errors);
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== 'Always')
    errors.notSupported(path.child('spec').child('restartPolicy'), restartPolicy ?? '', ['Always']);
  if (activeDeadlineSeconds !== undefined) {
    const detail = 'activeDeadlineSeconds in ReplicationController is not Supported';
    errors.forbidden(path.child('spec').child('activeDeadlineSeconds'), detail);
  }
}

function validateStatus(object: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  const { status = {} } = object as ReplicationController;
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  for (const field of COUNTS) validateNonnegative(status[field], STATUS.child(field), errors);
  for (const field of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']) {
    const count = status[field] ?? 0;
    if (count > replicas) errors.invalid(STATUS.child(field), count, 'cannot be greater than status.replicas');
  }
  if (availableReplicas > readyReplicas)
    errors.invalid(STATUS.child('availableReplicas'), availableReplicas, 'cannot be greater than readyReplicas');
}

function specOf(object: KubeObject): ReplicationController['spec'] {
  return (object as ReplicationController).spec ?? {};
}

function statusCount(object: KubeObject, field: string): number {
  return (object as ReplicationController).status?.[field] ?? 0;
}

/** What ReplicaSets were before there were Deployments. */
export const replicationControllers: ResourceDefinition = {
  group: '',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  kind: 'ReplicationController',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('ReplicationController', {
    columns: [
      integerColumn('Desired', 'How many pods there are to be.', (object) => specOf(object).replicas ?? 0),
      integerColumn('Current', 'How many pods there are.', (object) => statusCount(object, 'replicas')),
      integerColumn('Ready', 'How many pods are ready.', (object) => statusCount(object, 'readyReplicas')),
      AGE_COLUMN,
      textColumn('Containers', 'Names of the containers.', (object) => containerNames(specOf(object).template), 1),
      textColumn('Images', 'Images of the containers.', (object) => containerImages(specOf(object).template), 1),
      textColumn('Selector', 'Labels of the pods.', (object) => formatLabels(specOf(object).selector), 1),
    ],
    selectableFields: { 'status.replicas': (object) => String(statusCount(object, 'replicas')) },
  }),
  storageVersion: 'v1',
  storagePrefix: 'controllers',
  subresources: {
    scale: {
      verbs: PART_VERBS,
      body: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.spec.selector',
      },
    },
    status: statusSubresource(validateStatus),
  },
  strategy: {
    hasGeneration: true,
    setDefaults: (object) => setDefaults(object as ReplicationController),
    prepareForCreate: (object) => {
      // Upstream's type has it by value.
      object.status = { replicas: 0 };
    },
    prepareForUpdate: keepStatus,
    validate: (object, { warn }) =>
      complaints((errors) => {
        warnOfTemplate(specOf(object).template, undefined, SPEC.child('template'), warn);
        validate(object as ReplicationController, errors);
      }),
    validateUpdate: (object) => complaints((errors) => validate(object as ReplicationController, errors)),
  },
};
