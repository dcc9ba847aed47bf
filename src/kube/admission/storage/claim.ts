import type { KubeObject, Shared } from '#kube/api';
import type { ResourceList } from '#kube/api/values';

/** `PersistentVolumeClaim`, as far as the plugins here read it. */
export interface PersistentVolumeClaim extends KubeObject {
  spec?: { storageClassName?: string; resources?: { requests?: ResourceList } };
  status?: { phase?: string };
}

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The class that a claim names, which may be '': then it wants none. */
export function storageClassOf({ metadata, spec }: Shared<PersistentVolumeClaim>): string | undefined {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName;
}
