import { isJsonObject, type JsonObject } from '../values.ts';
import { compareElements } from './element.ts';
import { EMPTY, type FieldSet, type MutableFieldSet, SELF } from './field-set.ts';
import { DEDUCED, type Field, type FieldType, type ListType } from './field-type.ts';

/**
 * Which paths of a value count: `applied` takes what an applied configuration says (structs on the way are not members), `all` takes every
 * node, as when a value appears or goes as a whole.
 */
export type PathMode = 'applied' | 'all';

/**
 * The node of a value in a field set; undefined when it is nothing. `rooted`: the value belongs to the structs that are always there
 * (see `Field.byValue`), which are no members.
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
  type: FieldType,
  value: JsonObject,
  mode: PathMode,
  member: boolean,
  rooted: boolean,
): FieldSet | undefined {
  const keys = sortedKeys(value);
  if (keys.length === 0) return rooted && !member ? undefined : EMPTY;
  const node: MutableFieldSet = {};
  if (member) node[SELF] = EMPTY;
  let children = 0;
  for (const key of keys) {
    const field = type.kind === 'map' ? type.fields.get(key) : undefined;
    const child =
      field === undefined ? valuePaths(type, value[key], mode) : fieldPaths(field, value[key], mode, rooted);
    if (child === undefined) continue;
    node[field === undefined ? `f:${key}` : field.element] = child;
    children++;
  }
  if (children > 0) return node;
  return member ? EMPTY : undefined;
}

function fieldPaths(field: Field, value: unknown, mode: PathMode, rooted: boolean): FieldSet | undefined {
  const staysRooted = rooted && field.byValue;
  const isAlwaysThere = staysRooted || (rooted && field.alwaysList);
  return pathsOf(field.type, value, mode, mode === 'all' && !isAlwaysThere, staysRooted);
}

function valuePaths(type: FieldType, value: unknown, mode: PathMode): FieldSet | undefined {
  return pathsOf(type.kind === 'map' ? type.values : DEDUCED, value, mode, true, false);
}

function listPaths(type: ListType, list: unknown[], mode: PathMode, member: boolean): FieldSet | undefined {
  if (list.length === 0) return mode === 'all' && member ? EMPTY : undefined;
  const items = indexList(type, list);
  if (items === undefined) return EMPTY;
  const node: MutableFieldSet = {};
  if (member) node[SELF] = EMPTY;
  for (const element of sortedElements(items)) {
    const found = items.get(element) as unknown[];
    node[element] = found.length > 1 ? EMPTY : (pathsOf(type.items, found[0], mode, true, false) ?? EMPTY);
  }
  return node;
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

function sortedElements(items: Map<string, unknown[]>): string[] {
  const elements = [...items.keys()];
  return elements.length === 1 ? elements : elements.sort(compareElements);
}

/** The keys in order; most objects come in no order, but small. */
function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  for (let at = 1; at < keys.length; at++) {
    if ((keys[at - 1] as string) > (keys[at] as string)) return keys.sort();
  }
  return keys;
}
