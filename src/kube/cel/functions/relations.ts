import { EvaluationError } from '../cel-error.ts';
import type { Budget } from '../evaluate/budget.ts';
import { compareOrThrow, equals } from '../values/compare.ts';
import { type ListValue, type MapValue, Optional, type Value } from '../values/value.ts';
import { comparing, type Overload, overload } from './overload.ts';

const ORDERED = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const NUMBERS = ['int', 'uint', 'double'];

function keyOf(key: Value): string {
  return typeof key === 'string' ? key : String(key);
}

function at(list: ListValue, index: Value): Value | undefined {
  const position = typeof index === 'bigint' ? Number(index) : typeof index === 'number' ? index : Number.NaN;
  return Number.isInteger(position) && position >= 0 && position < list.size ? list.at(position) : undefined;
}

function item(list: ListValue, index: Value): Value {
  const found = at(list, index);
  if (found === undefined) throw new EvaluationError(`index out of bounds: ${String(index)}`);
  return found;
}

function entry(map: MapValue, key: Value): Value {
  const found = map.get(key);
  if (found === undefined) throw new EvaluationError(`no such key: ${keyOf(key)}`);
  return found;
}

function contains(value: Value, list: ListValue, budget: Budget): boolean {
  for (let index = 0; index < list.size; index++) if (equals(value, list.at(index), budget)) return true;
  return false;
}

/** `==`, `<` and so on, `in`, and `[…]`. */
export function relations(): Overload[] {
  return [
    overload('_==_(T, T): bool', (a: Value, b: Value, budget: Budget) => equals(a, b, budget), comparing),
    overload('_!=_(T, T): bool', (a: Value, b: Value, budget: Budget) => !equals(a, b, budget), comparing),
    ...orders('<', (order) => order < 0),
    ...orders('<=', (order) => order <= 0),
    ...orders('>', (order) => order > 0),
    ...orders('>=', (order) => order >= 0),
    overload('@in(T, list<T>): bool', contains, { cost: ([, list = 1]) => 1 + list }),
    overload('@in(K, map<K, V>): bool', (key: Value, map: MapValue) => map.get(key) !== undefined),
    overload('_[_](list<T>, int): T', item),
    overload('_[_](map<K, V>, K): V', entry),
    overload('_[?_](list<T>, int): optional<T>', (list: ListValue, index: Value) => optional(at(list, index))),
    overload('_[?_](map<K, V>, K): optional<V>', (map: MapValue, key: Value) => optional(map.get(key))),
    overload('_[?_](optional<list<T>>, int): optional<T>', (list: Optional, index: Value) =>
      optional(list.value === undefined ? undefined : at(list.value as ListValue, index)),
    ),
    overload('_[?_](optional<map<K, V>>, K): optional<V>', (map: Optional, key: Value) =>
      optional((map.value as MapValue | undefined)?.get(key)),
    ),
    overload('_[_](optional<list<T>>, int): optional<T>', (list: Optional, index: Value) =>
      optional(list.value === undefined ? undefined : item(list.value as ListValue, index)),
    ),
    overload('_[_](optional<map<K, V>>, K): optional<V>', (map: Optional, key: Value) =>
      optional(map.value === undefined ? undefined : entry(map.value as MapValue, key)),
    ),
    ...sizes(),
  ];
}

function optional(value: Value | undefined): Optional {
  return value === undefined ? Optional.none : new Optional(value);
}

function orders(operator: string, holds: (order: number) => boolean): Overload[] {
  const run = (a: Value, b: Value) => holds(compareOrThrow(a, b));
  const mixed = NUMBERS.flatMap((a) => NUMBERS.filter((b) => b !== a).map((b) => [a, b]));
  return [...ORDERED.map((type) => [type, type]), ...mixed].map(([a, b]) =>
    overload(`_${operator}_(${a}, ${b}): bool`, run, comparing),
  );
}

function sizes(): Overload[] {
  const types: [string, (value: never) => Value][] = [
    ['string', (text: string) => BigInt(lengthOf(text))],
    ['bytes', (bytes: Uint8Array) => BigInt(bytes.length)],
    ['list<T>', (list: ListValue) => BigInt(list.size)],
    ['map<K, V>', (map: MapValue) => BigInt(map.size)],
  ];
  return types.flatMap(([type, run]) => [
    overload(`size(${type}): int`, run as (value: Value) => Value),
    overload(`${type}.size(): int`, run as (value: Value) => Value),
  ]);
}

/** Characters, as CEL counts them. */
export function lengthOf(text: string): number {
  if (!/[\ud800-\udbff]/.test(text)) return text.length;
  let count = 0;
  for (const _character of text) count++;
  return count;
}
