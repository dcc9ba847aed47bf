import { isAbout } from '../common/match.ts';
import type { AdmissionPlugin } from '../contract.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};

/** StorageObjectInUseProtection: volumes and claims stay until nobody uses them; controllers take the finalizer away then. */
export const inUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: (attributes) =>
    attributes.operation === 'CREATE' &&
    (isAbout(attributes, '', 'persistentvolumeclaims') || isAbout(attributes, '', 'persistentvolumes')),
  admit({ object, resource }) {
    const finalizer = FINALIZERS[resource.resource];
    if (object === undefined || finalizer === undefined || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  },
};
