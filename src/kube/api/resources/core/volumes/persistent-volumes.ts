import type { KubeObject } from '../../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../../resource.ts';
import { canonicalizeResourceList } from '../../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../../columns.ts';
import { complaints, keepStatus, statusSubresource } from '../../strategies.ts';
import { type PersistentVolumeSpec, setSourceDefaults } from '../pod-spec/mod.ts';
import { v1 } from '../version.ts';
import { shortAccessModes } from './access-modes.ts';
import { type PersistentVolume, validatePersistentVolume, validatePersistentVolumeUpdate } from './validate-volume.ts';

const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';

function specOf(object: KubeObject): PersistentVolumeSpec {
  return (object as PersistentVolume).spec ?? {};
}

function setDefaults(volume: PersistentVolume): void {
  volume.spec ??= {};
  volume.status ??= {};
  volume.status.phase ||= 'Pending';
  const { spec } = volume;
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  canonicalizeResourceList(spec.capacity);
  setSourceDefaults(spec);
}

function phase(object: KubeObject): string {
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return (object as PersistentVolume).status?.phase ?? '';
}

function claim(object: KubeObject): string {
  const reference = specOf(object).claimRef as { namespace?: string; name?: string } | undefined;
  return reference === undefined ? '' : `${reference.namespace ?? ''}/${reference.name ?? ''}`;
}

function storageClass(object: KubeObject): string {
  return object.metadata.annotations?.[OLD_CLASS] ?? specOf(object).storageClassName ?? '';
}

/** Storage that claims are bound to. */
export const persistentVolumes: ResourceDefinition = {
  group: '',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  kind: 'PersistentVolume',
  shortNames: ['pv'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: v1('PersistentVolume', {
    columns: [
      textColumn('Capacity', 'How much it holds.', (object) => specOf(object).capacity?.storage ?? '0'),
      textColumn('Access Modes', 'How it can be mounted.', (object) => shortAccessModes(specOf(object).accessModes)),
      textColumn(
        'Reclaim Policy',
        'What becomes of it when its claim is gone.',
        (object) => specOf(object).persistentVolumeReclaimPolicy ?? '',
      ),
      textColumn('Status', 'Is it free, bound, or released?', phase),
      textColumn('Claim', 'The claim it is bound to.', claim),
      textColumn('StorageClass', 'The class it belongs to.', storageClass),
      textColumn(
        'VolumeAttributesClass',
        'The class of its attributes.',
        (object) => specOf(object).volumeAttributesClassName ?? '<unset>',
      ),
      textColumn('Reason', 'Why it is in that state.', (object) => (object as PersistentVolume).status?.reason ?? ''),
      AGE_COLUMN,
      textColumn(
        'VolumeMode',
        'A file system or a block device.',
        (object) => specOf(object).volumeMode ?? '<unset>',
        1,
      ),
    ],
    selectableFields: { name: ({ metadata }) => metadata.name ?? '' },
  }),
  storageVersion: 'v1',
  subresources: { status: statusSubresource() },
  strategy: {
    hasGeneration: false,
    setDefaults: (object) => setDefaults(object as PersistentVolume),
    prepareForCreate: (object) => {
      object.status = { phase: 'Pending' };
    },
    prepareForUpdate: keepStatus,
    validate: (object) => complaints((errors) => validatePersistentVolume(object as PersistentVolume, errors)),
    validateUpdate: (object, old) =>
      complaints((errors) =>
        validatePersistentVolumeUpdate(object as PersistentVolume, old as PersistentVolume, errors),
      ),
  },
};
