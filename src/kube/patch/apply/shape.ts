import { isJsonObject, type JsonObject } from '../values.ts';
import { DEDUCED, type FieldType, type ListType } from './field-type.ts';

/**
 * A text that is the same for all values that own the same fields: which fields there are and what list items are told apart by, but no
 * values. What a schema names is told by rank, which keeps it short; other keys are quoted, so that no key can look like something else.
 * Keys in `ignored` are left out of the top.
 */
export function shapeOf(type: FieldType, value: unknown, ignored?: ReadonlySet<string>): string {
  if (value === undefined) return '?';
  if (value === null) return 'n';
  if (typeof value !== 'object') return 's';
  if (Array.isArray(value)) return type.kind === 'list' ? listShape(type, value) : value.length === 0 ? 'e' : 'a';
  if (!isJsonObject(value) || type.kind === 'list') return 'o';
  if (type.kind === 'leaf') return isBare(value) ? 'b' : 'o';
  const fields = type.kind === 'map' ? type.fields : undefined;
  let text = '{';
  for (const key in value) {
    if (ignored?.has(key) === true) continue;
    const field = fields?.get(key);
    const shape = shapeOf(field?.type ?? valuesOf(type), value[key]);
    text += (field === undefined ? JSON.stringify(key) : field.rank) + shape;
  }
  return `${text}}`;
}

function valuesOf(type: FieldType): FieldType {
  return type.kind === 'map' ? type.values : DEDUCED;
}

function isBare(value: JsonObject): boolean {
  for (const key in value) if (value[key] !== undefined) return false;
  return true;
}

function listShape(type: ListType, list: readonly unknown[]): string {
  let text = '[';
  for (const item of list) {
    const element = type.elementOf(item);
    // Items that can't be told apart make the list one value.
    if (element === undefined) return '!';
    text += `${element};${shapeOf(type.items, item)}`;
  }
  return `${text}]`;
}
