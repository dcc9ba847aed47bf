import { type FieldErrors, type Path, validateAnnotations, validateLabels } from '../../../../values/mod.ts';
import type { PodTemplateSpec } from '../types.ts';
import { validatePodAnnotations } from './annotations.ts';
import { validatePodSpec } from './pod-spec.ts';

/** Complaints about a pod template: `path` is where it is (`spec.template`). Its restart policy is for the kind to check. */
export function validatePodTemplate(template: PodTemplateSpec | undefined, path: Path, errors: FieldErrors): void {
  if (template === undefined) {
    errors.required(path);
    return;
  }
  const { metadata = {}, spec = {} } = template;
  // Upstream leaves `metadata` out of these two paths.
  validateLabels(metadata.labels, path.child('labels'), errors);
  validateAnnotations(metadata.annotations, path.child('annotations'), errors);
  validatePodAnnotations(metadata.annotations, spec, path.child('annotations'), errors);
  validatePodSpec(spec, path.child('spec'), errors, { isPod: false });
  if ((spec.ephemeralContainers?.length ?? 0) > 0)
    errors.forbidden(
      path.child('spec').child('ephemeralContainers'),
      'ephemeral containers not allowed in pod template',
    );
}
