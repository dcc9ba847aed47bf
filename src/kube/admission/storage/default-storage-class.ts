import type { KubeObject } from '#kube/api';
import type { Objects } from '#kube/auth';
import { defaultClass } from '../common/default-class.ts';
import { isAbout } from '../common/match.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionPlugin } from '../contract.ts';
import { type PersistentVolumeClaim, storageClassOf } from './claim.ts';

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** DefaultStorageClass: claims that name no class get the default one, if there is one. */
export function defaultStorageClass(objects: Objects): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: (attributes) => attributes.operation === 'CREATE' && isAbout(attributes, '', 'persistentvolumeclaims'),
    admit({ object }) {
      const claim = object as (KubeObject & PersistentVolumeClaim) | undefined;
      if (claim?.spec === undefined || storageClassOf(claim) !== undefined) return;
      const name = defaultClass(objects.list(READ_RESOURCES.storageClasses), DEFAULT_ANNOTATIONS)?.metadata.name;
      if (name !== undefined) claim.spec.storageClassName = name;
    },
  };
}
