import { isRawNumber } from '#kube/codec';

/** An object of JSON: no list, no null, no number that is kept as it was written. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** A field of an object, never of its prototype. */
export function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The type of a value in the words of JSON schema; whole numbers are integers. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number';
    case 'object':
      return isRawNumber(value) ? 'integer' : 'object';
    default:
      return typeof value;
  }
}

/** Are two JSON values the same? The order of keys does not count. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => jsonEqual(item, b[at]));
  }
  if (isRawNumber(a)) return isRawNumber(b) && a.rawJSON === b.rawJSON;
  if (Array.isArray(b) || isRawNumber(b)) return false;
  return sameFields(a as Record<string, unknown>, b as Record<string, unknown>);
}

function sameFields(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  let count = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !jsonEqual(a[key], b[key])) return false;
    count++;
  }
  for (const _key in b) count--;
  return count === 0;
}

/** A text that equal values share and others don't, to find duplicates by. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) => {
    if (!isObject(child)) return child;
    return Object.fromEntries(Object.entries(child).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
