import { EvaluationError } from '../cel-error.ts';
import type { Budget } from '../evaluate/budget.ts';
import type { ListType } from '../types/type.ts';
import { equals } from '../values/compare.ts';
import { durationOrThrow, timestampOrThrow } from '../values/time.ts';
import {
  ArrayList,
  type Duration,
  type ListValue,
  MapValue,
  type Timestamp,
  Uint,
  type Value,
} from '../values/value.ts';
import { joining, type Overload, overload } from './overload.ts';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const MAX_UINT = 2n ** 64n - 1n;

/** An int of 64 bits, or the error that upstream reports. */
export function intOrThrow(value: bigint): bigint {
  if (value > MAX || value < MIN) throw new EvaluationError('integer overflow');
  return value;
}

/** A uint of 64 bits, or the error that upstream reports. */
export function uintOrThrow(value: bigint): Uint {
  if (value < 0n || value > MAX_UINT) throw new EvaluationError('unsigned integer overflow');
  return new Uint(value);
}

function divisor(value: bigint, operation: string): bigint {
  if (value === 0n) throw new EvaluationError(operation);
  return value;
}

/** Sets take what they do not have; list maps put an item in the place of the one with its keys; other lists take all. */
function concat(a: ListValue, b: ListValue, budget: Budget): Value {
  if (a.listType === undefined) {
    if (a.size === 0) return b;
    return b.size === 0 ? a : new ArrayList([...a, ...b]);
  }
  const items = [...a];
  for (const item of b) {
    const at = items.findIndex((each) => isSame(each, item, a.listType as ListType, budget));
    if (at < 0) items.push(item);
    else if (a.listType.type === 'map') items[at] = item;
  }
  return new ArrayList(items, a.listType);
}

function isSame(a: Value, b: Value, { type, keys }: ListType, budget: Budget): boolean {
  budget.charge(1);
  if (type === 'set' || !(a instanceof MapValue) || !(b instanceof MapValue)) return equals(a, b, budget);
  return keys.every((key) => equals(a.get(key) ?? null, b.get(key) ?? null, budget));
}

/** `+`, `-`, `*`, `/`, `%` and the negation. */
export function arithmetic(): Overload[] {
  return [
    overload('_+_(int, int): int', (a: bigint, b: bigint) => intOrThrow(a + b)),
    overload('_+_(uint, uint): uint', (a: Uint, b: Uint) => uintOrThrow(a.value + b.value)),
    overload('_+_(double, double): double', (a: number, b: number) => a + b),
    overload('_+_(string, string): string', (a: string, b: string) => a + b, joining),
    overload('_+_(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => Buffer.concat([a, b]), joining),
    overload('_+_(list<T>, list<T>): list<T>', concat, {
      cost: ([first = 1, second = 1]) => 1 + Math.ceil((first + second) * 0.1),
      size: ([first = 0, second = 0]) => first + second,
    }),
    overload('_+_(duration, duration): duration', (a: Duration, b: Duration) => durationOrThrow(a.nanos + b.nanos)),
    overload('_+_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => timestampOrThrow(a.nanos + b.nanos)),
    overload('_+_(duration, timestamp): timestamp', (a: Duration, b: Timestamp) => timestampOrThrow(a.nanos + b.nanos)),
    overload('_-_(int, int): int', (a: bigint, b: bigint) => intOrThrow(a - b)),
    overload('_-_(uint, uint): uint', (a: Uint, b: Uint) => uintOrThrow(a.value - b.value)),
    overload('_-_(double, double): double', (a: number, b: number) => a - b),
    overload('_-_(duration, duration): duration', (a: Duration, b: Duration) => durationOrThrow(a.nanos - b.nanos)),
    overload('_-_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) => timestampOrThrow(a.nanos - b.nanos)),
    overload('_-_(timestamp, timestamp): duration', (a: Timestamp, b: Timestamp) => durationOrThrow(a.nanos - b.nanos)),
    overload('_*_(int, int): int', (a: bigint, b: bigint) => intOrThrow(a * b)),
    overload('_*_(uint, uint): uint', (a: Uint, b: Uint) => uintOrThrow(a.value * b.value)),
    overload('_*_(double, double): double', (a: number, b: number) => a * b),
    overload('_/_(int, int): int', (a: bigint, b: bigint) => intOrThrow(a / divisor(b, 'division by zero'))),
    overload('_/_(uint, uint): uint', (a: Uint, b: Uint) => new Uint(a.value / divisor(b.value, 'division by zero'))),
    overload('_/_(double, double): double', (a: number, b: number) => a / b),
    overload('_%_(int, int): int', (a: bigint, b: bigint) => a % divisor(b, 'modulus by zero')),
    overload('_%_(uint, uint): uint', (a: Uint, b: Uint) => new Uint(a.value % divisor(b.value, 'modulus by zero'))),
    overload('-_(int): int', (a: bigint) => intOrThrow(-a)),
    overload('-_(double): double', (a: number) => -a),
  ];
}
