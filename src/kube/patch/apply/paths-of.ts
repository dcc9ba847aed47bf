import { isJsonObject, type JsonObject } from '../values.ts';
import { EMPTY, type FieldSet, type MutableFieldSet, SELF } from './field-set.ts';
import { DEDUCED, type DeducedType, type Field, type FieldType, type ListType, type MapType } from './field-type.ts';

/**
 * Which paths of a value count: `applied` takes what an applied configuration says (structs on the way are not
 * members), `all` takes every node, as when a value appears or goes as a whole.
 */
export type PathMode = 'applied' | 'all';

/**
 * The node of a value in a field set; undefined when it is nothing. `rooted`: the value belongs to the structs that are
 * always there (see `Field.byValue`), which are no members.
 */
export function pathsOf(
  type: FieldType,
  value: unknown,
  mode: PathMode,
  member: boolean,
  rooted: boolean,
): FieldSet | undefined {
  if (type.kind === 'leaf') return EMPTY;
  if (Array.isArray(value)) return type.kind === 'list' ? listPaths(type, value, mode, member) : EMPTY;
  if (type.kind === 'list' || !isJsonObject(value)) return EMPTY;
  return mapPaths(type, value, mode, member, rooted);
}

function mapPaths(
  type: MapType | DeducedType,
  value: JsonObject,
  mode: PathMode,
  member: boolean,
  rooted: boolean,
): FieldSet | undefined {
  const node: MutableFieldSet = member ? { [SELF]: EMPTY } : {};
  const fields = type.kind === 'map' && type.fields.size > 0 ? fieldsOf(type, value) : undefined;
  const isEmpty =
    fields === undefined ? addValues(node, type, value, mode, rooted) : addFields(node, fields, value, mode, rooted);
  if (!isEmpty) return node;
  if (member) return EMPTY;
  return hasKeys(value) || rooted ? undefined : EMPTY;
}

/** The struct's fields in order; undefined if there are others than the schema's. */
function fieldsOf(type: MapType, value: JsonObject): Field[] | undefined {
  const fields: Field[] = [];
  for (const key in value) {
    if (value[key] === undefined) continue;
    const field = type.fields.get(key);
    if (field === undefined) return undefined;
    let at = fields.length;
    for (; at > 0 && (fields[at - 1] as Field).rank > field.rank; at--) fields[at] = fields[at - 1] as Field;
    fields[at] = field;
  }
  return fields;
}

/** Adds the nodes of a struct's fields; true if there were none to add. */
function addFields(
  node: MutableFieldSet,
  fields: readonly Field[],
  value: JsonObject,
  mode: PathMode,
  rooted: boolean,
): boolean {
  let isEmpty = true;
  for (const field of fields) {
    const child = fieldPaths(field, value[field.name], mode, rooted);
    if (child === undefined) continue;
    node[field.element] = child;
    isEmpty = false;
  }
  return isEmpty;
}

/** The same for maps, and for structs with fields that nobody described. */
function addValues(
  node: MutableFieldSet,
  type: MapType | DeducedType,
  value: JsonObject,
  mode: PathMode,
  rooted: boolean,
): boolean {
  let isEmpty = true;
  for (const key of Object.keys(value).sort()) {
    if (value[key] === undefined) continue;
    const field = type.kind === 'map' ? type.fields.get(key) : undefined;
    const child =
      field === undefined ? valuePaths(type, value[key], mode) : fieldPaths(field, value[key], mode, rooted);
    if (child === undefined) continue;
    node[`f:${key}`] = child;
    isEmpty = false;
  }
  return isEmpty;
}

function hasKeys(value: JsonObject): boolean {
  for (const _key in value) return true;
  return false;
}

function fieldPaths(field: Field, value: unknown, mode: PathMode, rooted: boolean): FieldSet | undefined {
  const staysRooted = rooted && field.byValue;
  const isAlwaysThere = staysRooted || (rooted && field.alwaysList);
  return pathsOf(field.type, value, mode, mode === 'all' && !isAlwaysThere, staysRooted);
}

function valuePaths(type: MapType | DeducedType, value: unknown, mode: PathMode): FieldSet | undefined {
  return pathsOf(type.kind === 'map' ? type.values : DEDUCED, value, mode, true, false);
}

function listPaths(type: ListType, list: unknown[], mode: PathMode, member: boolean): FieldSet | undefined {
  if (list.length === 0) return mode === 'all' && member ? EMPTY : undefined;
  const node: MutableFieldSet = member ? { [SELF]: EMPTY } : {};
  for (const item of sortedItems(type, list)) {
    const element = type.elementOf(item);
    if (element === undefined) return EMPTY;
    // Items of one element are taken as one value.
    const isDuplicate = Object.hasOwn(node, element);
    node[element] = isDuplicate ? EMPTY : (pathsOf(type.items, item, mode, true, false) ?? EMPTY);
  }
  return node;
}

/** The items in order; as they come if they have no order, because some can't be told apart. */
function sortedItems(type: ListType, list: unknown[]): unknown[] {
  if (type.isKeyed && !list.every(isJsonObject)) return list;
  for (let at = 1; at < list.length; at++) {
    if (type.compareItems(list[at - 1], list[at]) > 0) return list.toSorted((a, b) => type.compareItems(a, b));
  }
  return list;
}

/** The items by path element, of which there may be several of one; undefined if an item has none. */
export function indexList(type: ListType, list: readonly unknown[]): Map<string, unknown[]> | undefined {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const element = type.elementOf(item);
    if (element === undefined) return undefined;
    const found = items.get(element);
    if (found === undefined) items.set(element, [item]);
    else found.push(item);
  }
  return items;
}
