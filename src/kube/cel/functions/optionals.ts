import { EvaluationError } from '../cel-error.ts';
import { ArrayList, Duration, ListValue, MapValue, Optional, Timestamp, Uint, type Value } from '../values/value.ts';
import { type Overload, overload } from './overload.ts';

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true;
  if (value instanceof ListValue || value instanceof MapValue) return value.size === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Duration || value instanceof Timestamp) return value.nanos === 0n;
  return false;
}

function dereference({ value }: Optional): Value {
  if (value === undefined) throw new EvaluationError('optional.none() dereference');
  return value;
}

function unwrap(list: ListValue): Value {
  return new ArrayList(
    [...list].flatMap((item) => (item instanceof Optional && item.value !== undefined ? [item.value] : [])),
  );
}

/** Values that may not be there. */
export function optionals(): Overload[] {
  return [
    overload('optional.of(T): optional<T>', (value: Value) => new Optional(value)),
    overload('optional.ofNonZeroValue(T): optional<T>', (value: Value) =>
      isZero(value) ? Optional.none : new Optional(value),
    ),
    overload('optional.none(): optional<T>', () => Optional.none),
    overload('optional<T>.hasValue(): bool', ({ value }: Optional) => value !== undefined),
    overload('optional<T>.value(): T', dereference),
    overload('optional<T>.or(optional<T>): optional<T>', (a: Optional, b: Optional) => (a.value === undefined ? b : a)),
    overload('optional<T>.orValue(T): T', ({ value }: Optional, other: Value) => value ?? other),
    overload('optional.unwrap(list<optional<T>>): list<T>', unwrap, { cost: ([list = 1]) => 1 + list }),
    overload('list<optional<T>>.unwrapOpt(): list<T>', unwrap, { cost: ([list = 1]) => 1 + list }),
  ];
}
