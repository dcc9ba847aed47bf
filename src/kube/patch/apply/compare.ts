import { isJsonObject, type JsonObject, jsonEqual } from '../values.ts';
import { compareElements } from './element.ts';
import { EMPTY, type FieldSet, type MutableFieldSet } from './field-set.ts';
import { DEDUCED, type Field, type FieldType, type ListType, type MapType } from './field-type.ts';
import { indexList, pathsOf } from './paths-of.ts';

/** What differs between two values, as nodes of three field sets. No path is in two of them. */
export interface Changes {
  readonly added: FieldSet | undefined;
  readonly modified: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

const MODIFIED: Changes = { added: undefined, modified: EMPTY, removed: undefined };
const NOTHING: JsonObject = Object.freeze({});

/** How `next` differs from `before`, both there; undefined if it doesn't. `rooted`: see `pathsOf`. */
export function compare(type: FieldType, before: unknown, next: unknown, rooted: boolean): Changes | undefined {
  if (before === next) return undefined;
  if (type.kind === 'list' && isListOrNull(before) && isListOrNull(next)) return compareLists(type, before, next);
  if ((type.kind === 'map' || type.kind === 'deduced') && isJsonObject(before) && isJsonObject(next)) {
    return compareMaps(type, before, next, rooted, undefined);
  }
  if (jsonEqual(before, next)) return undefined;
  return isJsonObject(before) !== isJsonObject(next) ? changeOfForm(type, before, next) : MODIFIED;
}

function isListOrNull(value: unknown): value is unknown[] | null {
  return value === null || Array.isArray(value);
}

/** A map became something else, or the reverse: the fields of one go or those of the other come. */
function changeOfForm(type: FieldType, before: unknown, next: unknown): Changes {
  const removed = isJsonObject(before) ? below(pathsOf(type, before, 'all', false, false)) : undefined;
  const added = isJsonObject(next) ? below(pathsOf(type, next, 'all', false, false)) : undefined;
  return { added, modified: EMPTY, removed };
}

function below(node: FieldSet | undefined): FieldSet | undefined {
  return node === EMPTY ? undefined : node;
}

/** Compares two maps or structs; fields in `ignored` aren't looked at. */
export function compareMaps(
  type: FieldType,
  before: JsonObject,
  next: JsonObject,
  rooted: boolean,
  ignored: ReadonlySet<string> | undefined,
): Changes | undefined {
  const found: [string, Changes][] = [];
  const fields = type.kind === 'map' ? type.fields : undefined;
  const note = (key: string, old: unknown, value: unknown): void => {
    if (old === value || ignored?.has(key) === true) return;
    const field = fields?.get(key);
    const changes =
      field === undefined ? compareValue(valuesOf(type), old, value) : compareField(field, old, value, rooted);
    if (changes !== undefined) found.push([field?.element ?? `f:${key}`, changes]);
  };
  for (const key in next) note(key, Object.hasOwn(before, key) ? before[key] : undefined, next[key]);
  for (const key in before) if (!Object.hasOwn(next, key)) note(key, before[key], undefined);
  return gather(found);
}

function valuesOf(type: MapType | FieldType): FieldType {
  return type.kind === 'map' ? type.values : DEDUCED;
}

function compareField(field: Field, before: unknown, next: unknown, rooted: boolean): Changes | undefined {
  if (rooted && field.byValue) return compare(field.type, before ?? NOTHING, next ?? NOTHING, true);
  if (rooted && field.alwaysList) return compare(field.type, before ?? null, next ?? null, false);
  return compareValue(field.type, before, next);
}

/** Compares values of which one may be absent. */
function compareValue(type: FieldType, before: unknown, next: unknown): Changes | undefined {
  if (before === undefined && next === undefined) return undefined;
  if (before === undefined)
    return { added: pathsOf(type, next, 'all', true, false), modified: undefined, removed: undefined };
  if (next === undefined)
    return { added: undefined, modified: undefined, removed: pathsOf(type, before, 'all', true, false) };
  return compare(type, before, next, false);
}

function compareLists(type: ListType, before: unknown[] | null, next: unknown[] | null): Changes | undefined {
  if (jsonEqual(before, next)) return undefined;
  const [old, now] = [indexList(type, before ?? []), indexList(type, next ?? [])];
  if (old === undefined || now === undefined) return MODIFIED;
  if (old.size === 0 && now.size === 0) return MODIFIED;
  const found: [string, Changes][] = [];
  const none: unknown[] = [];
  for (const [element, items] of now) {
    const changes = compareItems(type, old.get(element) ?? none, items);
    if (changes !== undefined) found.push([element, changes]);
  }
  for (const [element, items] of old) {
    if (!now.has(element)) found.push([element, compareItems(type, items, none) as Changes]);
  }
  return gather(found);
}

/** Items of one path element: one at most, or duplicates, which are taken as one value. */
function compareItems(type: ListType, before: unknown[], next: unknown[]): Changes | undefined {
  if (before.length <= 1 && next.length <= 1) return compareValue(type.items, before[0], next[0]);
  if (before.length > 1 && next.length > 1) return jsonEqual(before, next) ? undefined : MODIFIED;
  if (before.length > 1) {
    return {
      added: next.length === 0 ? undefined : pathsOf(type.items, next[0], 'all', true, false),
      modified: undefined,
      removed: EMPTY,
    };
  }
  return {
    added: EMPTY,
    modified: undefined,
    removed: before.length === 0 ? undefined : pathsOf(type.items, before[0], 'all', true, false),
  };
}

/** The changes of the children become those of their parent, in the order of field sets. */
function gather(found: [string, Changes][]): Changes | undefined {
  if (found.length === 0) return undefined;
  if (found.length > 1) found.sort(([a], [b]) => compareElements(a, b));
  return { added: collect(found, 'added'), modified: collect(found, 'modified'), removed: collect(found, 'removed') };
}

function collect(found: readonly [string, Changes][], which: keyof Changes): FieldSet | undefined {
  let node: MutableFieldSet | undefined;
  for (const [element, changes] of found) {
    const child = changes[which];
    if (child === undefined) continue;
    node ??= {};
    node[element] = child;
  }
  return node;
}
