import type { GroupVersionResource, KubeObject, LabelSelector } from '#kube/api';
import type { NodeSelector } from '../common/mod.ts';

export const VOLUMES: GroupVersionResource = { group: '', version: 'v1', resource: 'persistentvolumes' };
export const CLASSES: GroupVersionResource = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };

/** `PersistentVolumeClaim`. */
export interface PersistentVolumeClaim extends KubeObject {
  spec?: {
    accessModes?: string[];
    resources?: { requests?: Record<string, string> };
    selector?: LabelSelector;
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    volumeAttributesClassName?: string;
  };
  status?: { phase?: string; accessModes?: string[]; capacity?: Record<string, string> };
}

/** `PersistentVolume`. */
export interface PersistentVolume extends KubeObject {
  spec?: {
    accessModes?: string[];
    capacity?: Record<string, string>;
    claimRef?: ClaimReference;
    storageClassName?: string;
    volumeMode?: string;
    volumeAttributesClassName?: string;
    persistentVolumeReclaimPolicy?: string;
    nodeAffinity?: { required?: NodeSelector };
  };
  status?: { phase?: string; message?: string; reason?: string };
}

/** `ObjectReference` to a claim. */
export interface ClaimReference {
  apiVersion?: string;
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
}

/** `StorageClass`. */
export interface StorageClass extends KubeObject {
  provisioner?: string;
  volumeBindingMode?: string;
}

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const OLD_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
export const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';
