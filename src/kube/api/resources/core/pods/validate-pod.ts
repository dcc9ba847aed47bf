import { type FieldErrors, METADATA, SPEC } from '../../../values/mod.ts';
import { type PodSpec, validatePodAnnotations, validatePodSpec } from '../pod-spec/mod.ts';
import type { Pod } from './types.ts';

const ANNOTATIONS = METADATA.child('annotations');

/** Complaints about a new pod. */
export function validatePodCreate(pod: Pod, errors: FieldErrors): void {
  validatePod(pod, errors);
  const { spec } = pod;
  if ((spec.ephemeralContainers?.length ?? 0) > 0)
    errors.forbidden(SPEC.child('ephemeralContainers'), 'cannot be set on create');
  if ((spec.nodeName ?? '') !== '' && (spec.schedulingGates?.length ?? 0) > 0)
    errors.forbidden(SPEC.child('nodeName'), 'cannot be set until all schedulingGates have been cleared');
}

/** What must hold of a pod at any time. */
export function validatePod({ metadata, spec }: Pod, errors: FieldErrors): void {
  validatePodAnnotations(metadata.annotations, spec, ANNOTATIONS, errors);
  validatePodSpec(spec, SPEC, errors, { isPod: true, podName: metadata.name });
  if ((spec.serviceAccountName ?? '') === '' && spec.volumes !== undefined) validateNoTokens(spec, errors);
}

/** A token needs somebody that it is for. */
function validateNoTokens({ volumes = [] }: PodSpec, errors: FieldErrors): void {
  volumes.forEach(({ projected }, i) => {
    projected?.sources?.forEach(({ serviceAccountToken }, s) => {
      if (serviceAccountToken === undefined) return;
      const at = SPEC.child('volumes').index(i).child('projected').child('sources').index(s);
      errors.forbidden(at.child('serviceAccountToken'), 'must not be specified when serviceAccountName is not set');
    });
  });
}
