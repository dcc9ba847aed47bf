import type { ResourceDefinition } from '../resource.ts';

/** Kinds of which a DELETE answers the object as it was, where others answer a Status. By history, not by rule. */
const KINDS: ReadonlySet<string> = new Set([
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  '/Pod',
  '/PodTemplate',
  '/ResourceQuota',
  '/Service',
  '/ServiceAccount',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/DeviceTaintRule',
  'resource.k8s.io/ResourceClaim',
  'resource.k8s.io/ResourceClaimTemplate',
  'resource.k8s.io/ResourcePoolStatusRequest',
  'resource.k8s.io/ResourceSlice',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
]);

/** Does a DELETE of this kind answer the object that was deleted? */
export function answersDeletedObject({ group, kind }: Pick<ResourceDefinition, 'group' | 'kind'>): boolean {
  return KINDS.has(`${group}/${kind}`);
}
