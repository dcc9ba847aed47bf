import { EMPTY, type FieldSet, isEmptySet, type MutableFieldSet, SELF } from './field-set.ts';
import type { FieldType } from './field-type.ts';

/**
 * A set that was written under an older schema: where a map or list was owned by part and is one value now, who owned a
 * part owns the whole. The reverse needs nothing: who owned the whole owns that it is there.
 */
export function reconcile(type: FieldType, set: FieldSet): FieldSet {
  if (isEmptySet(set) || type.kind === 'deduced') return set;
  if (type.kind === 'leaf') return EMPTY;
  const result: MutableFieldSet = {};
  let changed = false;
  for (const element in set) {
    const node = set[element] as FieldSet;
    const kept = element === SELF ? node : reconcile(typeBelow(type, element), node);
    if (kept !== node) changed = true;
    result[element] = kept;
  }
  return changed ? result : set;
}

function typeBelow(type: Exclude<FieldType, { kind: 'leaf' | 'deduced' }>, element: string): FieldType {
  if (type.kind === 'list') return type.items;
  return type.fields.get(element.slice(2))?.type ?? type.values;
}
