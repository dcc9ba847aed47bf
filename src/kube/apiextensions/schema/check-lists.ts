import type { Schema } from '#kube/api';
import type { Path } from '#kube/api/values';
import type { Complaints } from './complaints.ts';
import { canonicalText, fieldOf, isObject, jsonEqual } from './json-value.ts';
import { mapKeyText } from './old-items.ts';

const having = new WeakMap<Schema, boolean>();

/** Are there sets or list maps in a schema? Most have none, and their values need no second walk. */
function hasKeyedLists(schema: Schema): boolean {
  let has = having.get(schema);
  if (has === undefined) {
    const { items, properties, additionalProperties: values } = schema;
    const type = schema['x-kubernetes-list-type'];
    has =
      type === 'set' ||
      type === 'map' ||
      (items !== undefined && hasKeyedLists(items)) ||
      (typeof values === 'object' && hasKeyedLists(values)) ||
      Object.values(properties ?? {}).some(hasKeyedLists);
    having.set(schema, has);
  }
  return has;
}

/** Complains of items that stand twice in sets, and of list maps with the same keys twice. */
export function checkLists(schema: Schema, value: unknown, path: Path, complaints: Complaints, old: unknown): void {
  if (!hasKeyedLists(schema) || complaints.isFull || (old !== undefined && jsonEqual(value, old))) return;
  const { items, properties, additionalProperties: values } = schema;
  if (Array.isArray(value)) {
    checkUnique(schema, value, path, complaints);
    if (items === undefined) return;
    for (const [index, item] of value.entries()) checkLists(items, item, path.index(index), complaints, undefined);
  } else if (isObject(value)) {
    for (const name in value) {
      const field = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : values;
      if (typeof field === 'object') checkLists(field, value[name], path.child(name), complaints, fieldOf(old, name));
    }
  }
}

function checkUnique(schema: Schema, list: readonly unknown[], path: Path, complaints: Complaints): void {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return;
  const seen = new Set<string>();
  list.forEach((item, index) => {
    const key = type === 'set' ? canonicalText(item) : mapKeyText(schema, item);
    if (seen.has(key) && !complaints.isFull) complaints.duplicate(path.index(index), shown(schema, item));
    seen.add(key);
  });
}

/** Of a list map's item, its keys are shown. */
function shown(schema: Schema, item: unknown): unknown {
  if (schema['x-kubernetes-list-type'] === 'set') return item;
  const keys = (schema['x-kubernetes-list-map-keys'] ?? []).filter((key) => fieldOf(item, key) !== undefined);
  return Object.fromEntries(keys.map((key) => [key, fieldOf(item, key)]));
}
