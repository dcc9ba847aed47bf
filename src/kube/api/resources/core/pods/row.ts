import { ALL_VERBS, type ResourceDefinition, type Subresource } from '../../../resource.ts';
import { METADATA, SPEC } from '../../../values/mod.ts';
import { complaints, connectSubresource, PART_VERBS, proxySubresource } from '../../strategies.ts';
import { warnOfPodAnnotations, warnOfPodName, warnOfPodSpec } from '../pod-spec/mod.ts';
import { v1 } from '../version.ts';
import { podColumns, podRowConditions, podSelectableFields } from './columns.ts';
import { setPodDefaults } from './defaults.ts';
import { podGracePeriodSeconds } from './grace-period.ts';
import {
  prepareEphemeralContainers,
  preparePodForCreate,
  preparePodForUpdate,
  preparePodStatus,
  prepareResize,
} from './prepare.ts';
import type { Pod } from './types.ts';
import { validateEphemeralContainersUpdate } from './validate-ephemeral-update.ts';
import { validatePodCreate } from './validate-pod.ts';
import { validateResize } from './validate-resize.ts';
import { validatePodStatusUpdate } from './validate-status.ts';
import { validatePodUpdate } from './validate-update.ts';

const ephemeralContainers: Subresource = {
  verbs: PART_VERBS,
  strategy: {
    prepareForUpdate: (object, old) => prepareEphemeralContainers(object as Pod, old as Pod),
    validateUpdate: (object, old) =>
      complaints((errors) => validateEphemeralContainersUpdate(object as Pod, old as Pod, errors)),
  },
};

const resize: Subresource = {
  verbs: PART_VERBS,
  strategy: {
    prepareForUpdate: (object, old) => prepareResize(object as Pod, old as Pod),
    validateUpdate: (object, old) => complaints((errors) => validateResize(object as Pod, old as Pod, errors)),
  },
};

const status: Subresource = {
  verbs: PART_VERBS,
  strategy: {
    prepareForUpdate: (object, old) => preparePodStatus(object as Pod, old as Pod),
    validateUpdate: (object, old) => complaints((errors) => validatePodStatusUpdate(object as Pod, old as Pod, errors)),
  },
};

/** Containers that run together on one node. */
export const pods: ResourceDefinition = {
  group: '',
  plural: 'pods',
  singular: 'pod',
  kind: 'Pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('Pod', {
    columns: podColumns,
    rowConditions: podRowConditions,
    selectableFields: podSelectableFields,
  }),
  storageVersion: 'v1',
  subresources: {
    attach: connectSubresource('PodAttachOptions'),
    binding: { verbs: ['create'], body: { group: '', version: 'v1', kind: 'Binding' } },
    ephemeralcontainers: ephemeralContainers,
    eviction: { verbs: ['create'], body: { group: 'policy', version: 'v1', kind: 'Eviction' } },
    exec: connectSubresource('PodExecOptions'),
    log: { verbs: ['get'] },
    portforward: connectSubresource('PodPortForwardOptions'),
    proxy: proxySubresource('PodProxyOptions'),
    resize,
    status,
  },
  strategy: {
    hasGeneration: true,
    setDefaults: (object) => setPodDefaults(object as Pod),
    prepareForCreate: (object, { warn }) => preparePodForCreate(object as Pod, warn),
    prepareForUpdate: (object, old) => preparePodForUpdate(object as Pod, old as Pod),
    validate: (object, { warn }) =>
      complaints((errors) => {
        const { metadata, spec } = object as Pod;
        warnOfPodName(metadata.name ?? '', METADATA.child('name'), warn);
        warnOfPodSpec(spec, SPEC, warn);
        warnOfPodAnnotations(metadata.annotations, spec, METADATA.child('annotations'), warn, false);
        validatePodCreate(object as Pod, errors);
      }),
    validateUpdate: (object, old) => complaints((errors) => validatePodUpdate(object as Pod, old as Pod, errors)),
    gracePeriodSeconds: (object, requestedSeconds) => podGracePeriodSeconds(object as Pod, requestedSeconds),
  },
};
