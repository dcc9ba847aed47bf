import { setOwn } from './own-property.ts';
import { isRawNumber } from './raw-number.ts';

/**
 * A deep copy of a JSON value. Unlike `structuredClone` it keeps integers beyond 2^53 (which that refuses to copy), and
 * it is faster, also than parsing; fields that are undefined are left out. `shared` is an object or list within the
 * value that is not copied but stands in both.
 */
export function cloneJson<T>(value: T, shared?: object): T {
  return clone(value, shared) as T;
}

function clone(value: unknown, shared: object | undefined): unknown {
  if (typeof value !== 'object' || value === null || value === shared) return value;
  if (Array.isArray(value)) return cloneList(value, shared);
  if (isRawNumber(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    // As JSON has it: a field without a value is no field.
    if (field !== undefined) setOwn(copy, key, typeof field === 'object' ? clone(field, shared) : field);
  }
  return copy;
}

function cloneList(list: readonly unknown[], shared: object | undefined): unknown[] {
  const copy: unknown[] = [];
  for (const item of list) copy.push(typeof item === 'object' ? clone(item, shared) : item);
  return copy;
}
