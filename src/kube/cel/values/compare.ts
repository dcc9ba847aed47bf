import { EvaluationError } from '../cel-error.ts';
import type { Budget } from '../evaluate/budget.ts';
import { Duration, ListValue, MapValue, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts';

/** Is it a number of any type? */
function numeric(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** Equality of CEL: numbers of any type by their value, sets in any order, list maps by their keys. Each visit costs. */
export function equals(a: Value, b: Value, budget: Budget): boolean {
  if (a === b) return !(typeof a === 'number' && Number.isNaN(a));
  const number = numeric(a);
  if (number !== undefined) {
    const other = numeric(b);
    // biome-ignore lint/suspicious/noDoubleEquals: bigints and numbers are compared by value
    return other !== undefined && number == other;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof ListValue) return b instanceof ListValue && sameLists(a, b, budget);
  if (a instanceof MapValue) return b instanceof MapValue && sameMaps(a, b, budget);
  return sameOthers(a, b, budget);
}

function sameOthers(a: object, b: object, budget: Budget): boolean {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Opaque) return b instanceof Opaque && a.typeName === b.typeName && a.equals(b);
  if (!(a instanceof Optional) || !(b instanceof Optional)) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equals(a.value, b.value, budget);
}

function sameLists(a: ListValue, b: ListValue, budget: Budget): boolean {
  if (a.size !== b.size) return false;
  if (a.listType !== undefined) return sameSets(a, b, budget);
  for (let index = 0; index < a.size; index++) {
    budget.charge(1);
    if (!equals(a.at(index), b.at(index), budget)) return false;
  }
  return true;
}

function sameSets(a: ListValue, b: ListValue, budget: Budget): boolean {
  const others = [...b];
  for (const item of a) {
    const at = others.findIndex((other) => {
      budget.charge(1);
      return equals(item, other, budget);
    });
    if (at < 0) return false;
    others.splice(at, 1);
  }
  return true;
}

function sameMaps(a: MapValue, b: MapValue, budget: Budget): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    budget.charge(1);
    const other = b.get(key);
    if (other === undefined || !equals(a.get(key) as Value, other, budget)) return false;
  }
  return true;
}

/** Orders two values of a type that has an order; below 0, 0, above 0, or NaN. Undefined: they have none. */
export function compare(a: Value, b: Value): number | undefined {
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) return orderOf(left, right);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Duration && b instanceof Duration) return orderOf(a.nanos, b.nanos);
  if (a instanceof Timestamp && b instanceof Timestamp) return orderOf(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  return undefined;
}

function orderOf(a: bigint | number, b: bigint | number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: bigints and numbers are compared by value
  return a == b ? 0 : Number.NaN;
}

/** By code points, as UTF-8 sorts; UTF-16 sorts what is beyond the first plane before U+E000. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  if (/[\ud800-\udfff]/.test(a) || /[\ud800-\udfff]/.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** The order of two values, or the error for values without one. */
export function compareOrThrow(a: Value, b: Value): number {
  const order = compare(a, b);
  if (order === undefined) throw new EvaluationError('no such overload');
  return order;
}
