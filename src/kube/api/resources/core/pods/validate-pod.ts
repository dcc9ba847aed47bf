import { type FieldErrors, METADATA, SPEC } from '../../../values/mod.ts';
import {
  APPARMOR_ANNOTATION,
  appArmorOf,
  type PodSpec,
  validatePodAnnotations,
  validatePodSpec,
} from '../pod-spec/mod.ts';
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
  validateSameAppArmor(pod, errors);
}

/** Where there are both, fields and annotations of AppArmor say the same. */
function validateSameAppArmor({ metadata: { annotations = {} }, spec }: Pod, errors: FieldErrors): void {
  if (spec.os?.name === 'windows') return;
  for (const list of ['initContainers', 'containers'] as const)
    spec[list]?.forEach(({ name, securityContext }, i) => {
      const annotation = annotations[`${APPARMOR_ANNOTATION}${name}`];
      const profile = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
      if (annotation === undefined || profile === undefined) return;
      const said = appArmorOf(annotation);
      const path = SPEC.child(list).index(i).child('securityContext').child('appArmorProfile');
      if (said?.type !== profile.type)
        errors.forbidden(path.child('type'), 'apparmor type in annotation and field must match');
      else if (said?.localhostProfile !== profile.localhostProfile)
        errors.forbidden(path.child('localhostProfile'), 'apparmor profile in annotation and field must match');
    });
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
