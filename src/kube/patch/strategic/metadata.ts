import type { Schema, SchemaResolver } from '#kube/api';

/** How a strategic merge patch treats one field, and the schema of what is in it. */
export interface FieldPlan {
  /** The schema of the field's value, for maps and structs. */
  readonly schema: Schema | undefined;
  /** The schema of a list's items. */
  readonly items: Schema | undefined;
  /** `merge` for lists; `replace` for maps that aren't merged. */
  readonly strategy: 'merge' | 'replace' | '';
  /** The field by which items of a merged list are told apart; '' for lists of scalars. */
  readonly mergeKey: string;
}

const UNKNOWN: FieldPlan = { schema: undefined, items: undefined, strategy: '', mergeKey: '' };

/**
 * The plan for a field of a struct or map. Fields that the schema does not know are merged if maps, replaced if lists.
 */
export function planOf(schema: Schema | undefined, field: string, resolve: SchemaResolver): FieldPlan {
  const property = fieldSchema(schema, field);
  if (property === undefined) return UNKNOWN;
  const resolved = resolve(property);
  return {
    schema: resolved,
    items: resolved.items === undefined ? undefined : resolve(resolved.items),
    strategy: strategyOf(property, resolved),
    mergeKey: property['x-kubernetes-patch-merge-key'] ?? resolved['x-kubernetes-patch-merge-key'] ?? '',
  };
}

function fieldSchema(schema: Schema | undefined, field: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const { properties, additionalProperties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, field)) return properties[field];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** `retainKeys` beside another strategy is a matter of the `$retainKeys` directive alone. */
function strategyOf(property: Schema, resolved: Schema): FieldPlan['strategy'] {
  const strategies = (property['x-kubernetes-patch-strategy'] ?? resolved['x-kubernetes-patch-strategy'] ?? '').split(
    ',',
  );
  if (strategies.includes('replace')) return 'replace';
  return strategies.includes('merge') ? 'merge' : '';
}
