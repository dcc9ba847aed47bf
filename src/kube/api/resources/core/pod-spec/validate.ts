import type { FieldErrors, Path } from '../../../values/mod.ts';
import type { PodTemplateSpec } from './types.ts';

/** Complaints about a pod template: `path` is where it is (`spec.template`). Its restart policy is for the kind to check. */
export function validatePodTemplate(template: PodTemplateSpec | undefined, path: Path, errors: FieldErrors): void {
  if (template === undefined) errors.required(path);
}
