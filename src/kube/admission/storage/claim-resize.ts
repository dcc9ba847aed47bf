import type { KubeObject, Shared } from '#kube/api';
import { compareQuantities, parseQuantity } from '#kube/api/values';
import type { Objects } from '#kube/auth';
import { isAbout } from '../common/match.ts';
import { refuse } from '../common/refuse.ts';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionPlugin } from '../contract.ts';
import { type PersistentVolumeClaim, storageClassOf } from './claim.ts';

/** PersistentVolumeClaimResize: claims may grow where they are bound and their class allows it. */
export function claimResize(objects: Objects): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    handles: (attributes) => attributes.operation === 'UPDATE' && isAbout(attributes, '', 'persistentvolumeclaims'),
    validate(attributes) {
      const [claim, old] = [
        attributes.object as PersistentVolumeClaim,
        attributes.oldObject as Shared<PersistentVolumeClaim>,
      ];
      if (!isLarger(claim, old)) return;
      if (old.status?.phase !== 'Bound')
        throw refuse(attributes, 'Only bound persistent volume claims can be expanded');
      if (mayGrow(claim, old, objects)) return;
      const why =
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
      throw refuse(attributes, why);
    },
  };
}

function isLarger(claim: PersistentVolumeClaim, old: Shared<PersistentVolumeClaim>): boolean {
  const size = ({ spec }: Shared<PersistentVolumeClaim>) => parseQuantity(spec?.resources?.requests?.storage ?? '0');
  const [now, before] = [size(claim), size(old)];
  return now !== undefined && before !== undefined && compareQuantities(now, before) > 0;
}

function mayGrow(claim: PersistentVolumeClaim, old: Shared<PersistentVolumeClaim>, objects: Objects): boolean {
  const name = storageClassOf(claim) ?? '';
  if (name === '' || name !== (storageClassOf(old) ?? '')) return false;
  const found = objects.get(READ_RESOURCES.storageClasses, '', name) as
    | Shared<KubeObject & { allowVolumeExpansion?: boolean }>
    | undefined;
  return found?.allowVolumeExpansion === true;
}
