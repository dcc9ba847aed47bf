import type { FieldError } from '../field.ts';
import type { KubeObject } from '../object.ts';
import type { HookContext, ResourceDefinition } from '../resource.ts';

/**
 * The same row with one more validation, of new objects and of changed ones (`old` is undefined for new ones): for
 * rules that need what the vocabulary may not know, such as the compilation of CEL or the structure of schemas.
 */
export function withValidation(
  row: ResourceDefinition,
  extra: (object: KubeObject, old: KubeObject | undefined, context: HookContext) => FieldError[],
): ResourceDefinition {
  const { validate, validateUpdate } = row.strategy;
  return {
    ...row,
    strategy: {
      ...row.strategy,
      validate: (object, context) => [...(validate?.(object, context) ?? []), ...extra(object, undefined, context)],
      validateUpdate: (object, old, context) => [
        ...(validateUpdate?.(object, old, context) ?? []),
        ...extra(object, old, context),
      ],
    },
  };
}
