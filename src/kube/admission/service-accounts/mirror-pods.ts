import type { Pod } from '#kube/api/resources';
import { refuse } from '../common/refuse.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { hasSecrets } from './pod-secrets.ts';

/** Mirror pods show what a node runs by itself: nothing of the API may be given to them. */
export function checkMirrorPod(attributes: AdmissionAttributes, { spec }: Pod): void {
  if ((spec.serviceAccountName ?? '') !== '')
    throw refuse(attributes, 'a mirror pod may not reference service accounts');
  if (hasSecrets(spec)) throw refuse(attributes, 'a mirror pod may not reference secrets');
  const projects = (spec.volumes ?? []).some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  if (projects) throw refuse(attributes, 'a mirror pod may not use ServiceAccountToken volume projections');
}
