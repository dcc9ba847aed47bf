import { isJsonObject, type JsonObject, setOwn } from '../values.ts';
import { childOf, EMPTY, type FieldSet, isMember, type MutableFieldSet, SELF } from './field-set.ts';
import { DEDUCED, type FieldType, type ListType } from './field-type.ts';

/**
 * The value without the members of a set. What is empty then goes too, unless `kept` has its path: somebody wants it to
 * be there. Undefined when nothing is left. Nothing is changed in place.
 */
export function removeItems(type: FieldType, value: unknown, gone: FieldSet, kept: FieldSet | undefined): unknown {
  if (type.kind === 'leaf') return value;
  if (Array.isArray(value)) return type.kind === 'list' ? removeFromList(type, value, gone, kept) : value;
  if (type.kind === 'list' || !isJsonObject(value)) return value;
  const result: JsonObject = {};
  let left = 0;
  for (const key of Object.keys(value)) {
    const field = type.kind === 'map' ? type.fields.get(key) : undefined;
    const fieldType = field?.type ?? (type.kind === 'map' ? type.values : DEDUCED);
    const remaining = removeAt(fieldType, value[key], field?.element ?? `f:${key}`, gone, kept);
    if (remaining === undefined) continue;
    setOwn(result, key, remaining);
    left++;
  }
  return left === 0 && kept === undefined ? undefined : result;
}

function removeFromList(type: ListType, list: unknown[], gone: FieldSet, kept: FieldSet | undefined): unknown {
  const result: unknown[] = [];
  for (const item of list) {
    const element = type.elementOf(item);
    const remaining = element === undefined ? item : removeAt(type.items, item, element, gone, kept);
    if (remaining !== undefined) result.push(remaining);
  }
  return result.length === 0 && kept === undefined ? undefined : result;
}

function removeAt(
  type: FieldType,
  value: unknown,
  element: string,
  gone: FieldSet,
  kept: FieldSet | undefined,
): unknown {
  const node = childOf(gone, element);
  if (node === undefined) return value;
  if (isMember(node)) return undefined;
  return removeItems(type, value, node, kept === undefined ? undefined : childOf(kept, element));
}

/**
 * The set and the structs' fields on the way to its members: who owns `spec.strategy.type` owns that there is a
 * strategy. Items of lists and keys of maps are owned for themselves.
 */
export function withNamedFields(type: FieldType, set: FieldSet): FieldSet {
  if (type.kind !== 'map' && type.kind !== 'list') return set;
  const result: MutableFieldSet = {};
  for (const element of Object.keys(set)) {
    const node = set[element] as FieldSet;
    if (element === SELF) continue;
    const field = type.kind === 'map' ? type.fields.get(element.slice(2)) : undefined;
    const below = withNamedFields(field?.type ?? (type.kind === 'map' ? type.values : type.items), node);
    const member = isMember(node) || (field !== undefined && type.kind === 'map');
    const { [SELF]: _self, ...children } = below;
    result[element] = Object.keys(children).length === 0 ? EMPTY : member ? { [SELF]: EMPTY, ...children } : children;
  }
  return Object.hasOwn(set, SELF) ? { [SELF]: EMPTY, ...result } : result;
}
