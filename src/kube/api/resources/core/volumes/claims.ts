import type { KubeObject } from '../../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../../resource.ts';
import { canonicalizeResourceList } from '../../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../../columns.ts';
import { complaints, keepStatus, statusSubresource } from '../../strategies.ts';
import { setClaimSpecDefaults } from '../pod-spec/mod.ts';
import { v1 } from '../version.ts';
import { shortAccessModes } from './access-modes.ts';
import {
  type PersistentVolumeClaim,
  validateClaim,
  validateClaimStatus,
  validateClaimUpdate,
} from './validate-claim.ts';

const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';

function asClaim(object: KubeObject): PersistentVolumeClaim {
  return object as PersistentVolumeClaim;
}

function setDefaults(claim: PersistentVolumeClaim): void {
  claim.spec ??= {};
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  setClaimSpecDefaults(claim.spec);
  canonicalizeResourceList(claim.status.capacity);
  canonicalizeResourceList(claim.status.allocatedResources);
}

/**
 * Where the data comes from stands in two fields: the old one, and one that may name any kind. Another namespace it may not name: that is
 * off in 1.36, and such a reference goes, unless there was one before.
 */
function prepareDataSource({ spec }: PersistentVolumeClaim, old?: PersistentVolumeClaim): void {
  if ((spec.dataSourceRef?.namespace ?? '') !== '' && old?.spec.dataSourceRef === undefined) delete spec.dataSourceRef;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  // Claims of earlier days that lack it stay without: it is immutable.
  const mayAdd = old?.spec.dataSourceRef === undefined || old.spec.dataSource !== undefined;
  if (dataSource === undefined && dataSourceRef !== undefined && (dataSourceRef.namespace ?? '') === '' && mayAdd) {
    const { apiGroup, kind, name } = dataSourceRef;
    spec.dataSource = { ...(apiGroup === undefined ? {} : { apiGroup }), kind, name };
  }
}

function phase(object: KubeObject): string {
  return object.metadata.deletionTimestamp !== undefined ? 'Terminating' : (asClaim(object).status?.phase ?? '');
}

function isBound(object: KubeObject): boolean {
  return (asClaim(object).spec?.volumeName ?? '') !== '';
}

function capacity(object: KubeObject): string {
  return isBound(object) ? (asClaim(object).status?.capacity?.storage ?? '0') : '';
}

function storageClass(object: KubeObject): string {
  return object.metadata.annotations?.[OLD_CLASS] ?? asClaim(object).spec?.storageClassName ?? '';
}

/** Requests for storage, which get bound to a volume. */
export const persistentVolumeClaims: ResourceDefinition = {
  group: '',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  kind: 'PersistentVolumeClaim',
  shortNames: ['pvc'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('PersistentVolumeClaim', {
    columns: [
      textColumn('Status', 'Is it bound?', phase),
      textColumn('Volume', 'The volume it is bound to.', (object) => asClaim(object).spec?.volumeName ?? ''),
      textColumn('Capacity', 'How much it got.', capacity),
      textColumn('Access Modes', 'How it can be mounted.', (object) =>
        isBound(object) ? shortAccessModes(asClaim(object).status?.accessModes) : '',
      ),
      textColumn('StorageClass', 'The class of storage it asks for.', storageClass),
      textColumn(
        'VolumeAttributesClass',
        'The class of attributes it asks for.',
        (object) => asClaim(object).spec?.volumeAttributesClassName ?? '<unset>',
      ),
      AGE_COLUMN,
      textColumn('VolumeMode', 'A file system or a block device.', (o) => asClaim(o).spec?.volumeMode ?? '<unset>', 1),
    ],
    selectableFields: { name: ({ metadata }) => metadata.name ?? '' },
  }),
  storageVersion: 'v1',
  subresources: {
    status: statusSubresource((object, _old, errors) => {
      validateClaimStatus(asClaim(object), errors);
    }),
  },
  strategy: {
    hasGeneration: false,
    setDefaults: (object) => setDefaults(asClaim(object)),
    prepareForCreate: (object) => {
      object.status = { phase: 'Pending' };
      prepareDataSource(asClaim(object));
    },
    prepareForUpdate: (object, old) => {
      keepStatus(object, old);
      prepareDataSource(asClaim(object), asClaim(old));
    },
    validate: (object) => complaints((errors) => validateClaim(asClaim(object), errors)),
    validateUpdate: (object, old) => complaints((errors) => validateClaimUpdate(asClaim(object), asClaim(old), errors)),
  },
};
