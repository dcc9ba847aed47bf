import { EvaluationError } from '../cel-error.ts';
import { durationOrThrow, timestampOrThrow } from '../values/time.ts';
import { ArrayList, type Duration, type ListValue, type Timestamp, Uint, type Value } from '../values/value.ts';
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

/** Lists of lists of lists: `+` copies, so it pays for each item. */
function concat(a: ListValue, b: ListValue): Value {
  if (a.size === 0) return b;
  return b.size === 0 ? a : new ArrayList([...a, ...b]);
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
