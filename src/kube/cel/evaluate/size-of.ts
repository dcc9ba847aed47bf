import { ListValue, MapValue, type Value } from '../values/value.ts';

/** How large a value is: characters, bytes, items or entries; 1 for all else. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof ListValue) return value.size;
  if (value instanceof MapValue) return value.objectType === undefined ? value.size : 1;
  return value instanceof Uint8Array ? value.length : 1;
}
