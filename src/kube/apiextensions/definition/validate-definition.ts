import type { FieldError } from '#kube/api';
import type { CustomResourceDefinition } from '../types.ts';

export function validateDefinition(
  _crd: CustomResourceDefinition,
  _old: CustomResourceDefinition | undefined,
): FieldError[] {
  return [];
}
