import { type KubeObject, type Schema, type SchemaResolver, StatusError } from '#kube/api';
import { isJsonObject } from '../values.ts';
import { formatElement } from './element.ts';
import { DEDUCED, type FieldType, fieldTypeOf, type ListType } from './field-type.ts';

/**
 * Throws a 500, as upstream does, for an applied configuration whose lists can't be merged: items without keys, items of the same keys.
 */
export function checkApplied(applied: KubeObject, schema: Schema, resolve: SchemaResolver): void {
  const complaint = check(fieldTypeOf(schema, resolve), applied, '');
  if (complaint === undefined) return;
  const { name = '', namespace } = applied.metadata;
  const id = `${namespace === undefined ? '' : namespace}/${name}; ${applied.apiVersion}, Kind=${applied.kind}`;
  throw new StatusError(500, '', `failed to create typed patch object (${id}): ${complaint}`);
}

function check(type: FieldType, value: unknown, path: string): string | undefined {
  if (type.kind === 'list') return Array.isArray(value) ? checkList(type, value, path) : undefined;
  if (type.kind !== 'map' || !isJsonObject(value)) return undefined;
  for (const key of Object.keys(value)) {
    const complaint = check(type.fields.get(key)?.type ?? type.values ?? DEDUCED, value[key], `${path}.${key}`);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function checkList(type: ListType, list: unknown[], path: string): string | undefined {
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const element = type.elementOf(item);
    if (element === undefined) return `${path}: element ${index}: ${whyNoElement(type)}`;
    if (seen.has(element)) return `${path}: duplicate entries for key ${formatElement(element)}`;
    seen.add(element);
    const complaint = check(type.items, item, path + formatElement(element));
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function whyNoElement({ keyNames }: ListType): string {
  if (keyNames.length === 0) return "associative list without keys has an element that's a map type";
  const names = keyNames.map((name) => JSON.stringify(name)).join(', ');
  return `associative list with keys has an element that omits key field ${names} (and doesn't have default value)`;
}
