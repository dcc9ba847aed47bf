import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import {
  canonicalQuantity,
  dnsSubdomainErrors,
  type FieldErrors,
  Path,
  validateImmutable,
  validateLabelSelector,
  validateNonnegativeQuantity,
} from '../../values/mod.ts';
import { textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';

interface CsiStorageCapacity extends KubeObject {
  storageClassName?: string;
  nodeTopology?: LabelSelector;
  capacity?: string;
  maximumVolumeSize?: string;
}

const TOPOLOGY = new Path('nodeTopology');
const CLASS_NAME = new Path('storageClassName');
const AMOUNTS = ['capacity', 'maximumVolumeSize'] as const;

function setDefaults(room: CsiStorageCapacity): void {
  for (const field of AMOUNTS) if (room[field] !== undefined) room[field] = canonicalQuantity(room[field]);
}

function validate(room: CsiStorageCapacity, errors: FieldErrors): void {
  const { storageClassName = '', nodeTopology } = room;
  errors.invalidEach(CLASS_NAME, storageClassName, dnsSubdomainErrors(storageClassName));
  validateLabelSelector(nodeTopology, TOPOLOGY, errors);
  for (const field of AMOUNTS)
    if (room[field] !== undefined) validateNonnegativeQuantity(room[field], new Path(field), errors);
}

function validateChange(room: CsiStorageCapacity, old: CsiStorageCapacity, errors: FieldErrors): void {
  validateImmutable(room.nodeTopology, old.nodeTopology, TOPOLOGY, errors);
  validateImmutable(room.storageClassName, old.storageClassName, CLASS_NAME, errors);
}

/** How much room a driver has in a part of the cluster. */
export const csiStorageCapacities: ResourceDefinition = {
  group: 'storage.k8s.io',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  kind: 'CSIStorageCapacity',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'storage.k8s.io', version: 'v1', kind: 'CSIStorageCapacity' },
      {
        columns: [
          textColumn(
            'StorageClassName',
            'Volumes of which class.',
            (object) => (object as CsiStorageCapacity).storageClassName ?? '',
          ),
          textColumn(
            'Capacity',
            'How much room there is.',
            (object) => (object as CsiStorageCapacity).capacity ?? '<unset>',
          ),
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<CsiStorageCapacity>(
    { setDefaults, validate, validateChange },
    { allowUnconditionalUpdate: false },
  ),
};
