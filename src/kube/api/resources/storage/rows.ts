import type { ResourceDefinition } from '../../resource.ts';
import { csiDrivers } from './csi-drivers.ts';
import { csiNodes } from './csi-nodes.ts';
import { csiStorageCapacities } from './csi-storage-capacities.ts';
import { storageClasses } from './storage-classes.ts';
import { volumeAttachments } from './volume-attachments.ts';
import { volumeAttributesClasses } from './volume-attributes-classes.ts';

/** The resources of the storage.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
];
