import { EvaluationError } from '../cel-error.ts';
import type { Budget } from '../evaluate/budget.ts';
import { compareOrThrow, equals } from '../values/compare.ts';
import { durationOrThrow } from '../values/time.ts';
import { ArrayList, Duration, ListValue, Optional, Uint, type Value } from '../values/value.ts';
import { intOrThrow, uintOrThrow } from './arithmetic.ts';
import { everyPair, type Overload, overItems, overload } from './overload.ts';

const COMPARABLE = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];
const MAX_RANGE = 1_000_000n;

function isSorted(list: ListValue): boolean {
  for (let index = 1; index < list.size; index++) {
    if (compareOrThrow(list.at(index - 1), list.at(index)) > 0) return false;
  }
  return true;
}

function extreme(name: string, isBetter: (order: number) => boolean): (list: ListValue) => Value {
  return (list) => {
    if (list.size === 0) throw new EvaluationError(`${name} called on empty list`);
    let best = list.at(0);
    for (const item of list) if (isBetter(compareOrThrow(item, best))) best = item;
    return best;
  };
}

function sum(list: ListValue, zero: Value): Value {
  let total = zero;
  for (const item of list) total = add(total, item);
  return total;
}

function add(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return intOrThrow(a + b);
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a instanceof Uint && b instanceof Uint) return uintOrThrow(a.value + b.value);
  if (a instanceof Duration && b instanceof Duration) return durationOrThrow(a.nanos + b.nanos);
  throw new EvaluationError('no such overload');
}

function positionOf(list: ListValue, value: Value, budget: Budget): bigint {
  for (let index = 0; index < list.size; index++) if (equals(list.at(index), value, budget)) return BigInt(index);
  return -1n;
}

function lastPositionOf(list: ListValue, value: Value, budget: Budget): bigint {
  for (let index = list.size - 1; index >= 0; index--) if (equals(list.at(index), value, budget)) return BigInt(index);
  return -1n;
}

function slice(list: ListValue, from: bigint, to: bigint): Value {
  if (from < 0n || to < from || to > BigInt(list.size))
    throw new EvaluationError(`cannot slice(${from}, ${to}), list is length ${list.size}`);
  return new ArrayList([...list].slice(Number(from), Number(to)));
}

function flatten(list: ListValue, depth: bigint, budget: Budget): Value {
  if (depth < 0n) throw new EvaluationError('level must be non-negative');
  const flat: Value[] = [];
  const take = (items: ListValue, below: bigint) => {
    for (const item of items) {
      budget.charge(1);
      if (item instanceof ListValue && below > 0n) take(item, below - 1n);
      else flat.push(item);
    }
  };
  take(list, depth);
  return new ArrayList(flat);
}

function distinct(list: ListValue, budget: Budget): Value {
  const kept: Value[] = [];
  for (const item of list) {
    budget.charge(kept.length);
    if (!kept.some((other) => equals(item, other, budget))) kept.push(item);
  }
  return new ArrayList(kept);
}

function range(size: bigint, budget: Budget): Value {
  if (size > MAX_RANGE) throw new EvaluationError(`lists.range() size ${size} exceeds ${MAX_RANGE}`);
  budget.charge(Number(size));
  return new ArrayList(Array.from({ length: Math.max(0, Number(size)) }, (_, index) => BigInt(index)));
}

function containsAll(list: ListValue, wanted: ListValue, budget: Budget): boolean {
  return [...wanted].every((value) => positionOf(list, value, budget) >= 0n);
}

function intersects(a: ListValue, b: ListValue, budget: Budget): boolean {
  return [...a].some((value) => positionOf(b, value, budget) >= 0n);
}

/** Functions of lists, and lists as sets. */
export function lists(): Overload[] {
  const same = { ...overItems, size: ([list = 1]: readonly number[]) => list };
  return [
    ...COMPARABLE.flatMap((type) => [
      overload(`list<${type}>.isSorted(): bool`, isSorted, overItems),
      overload(
        `list<${type}>.min(): ${type}`,
        extreme('min', (order) => order < 0),
        overItems,
      ),
      overload(
        `list<${type}>.max(): ${type}`,
        extreme('max', (order) => order > 0),
        overItems,
      ),
    ]),
    overload('list<int>.sum(): int', (list: ListValue) => sum(list, 0n), overItems),
    overload('list<uint>.sum(): uint', (list: ListValue) => sum(list, new Uint(0n)), overItems),
    overload('list<double>.sum(): double', (list: ListValue) => sum(list, 0), overItems),
    overload('list<duration>.sum(): duration', (list: ListValue) => sum(list, new Duration(0n)), overItems),
    overload('list<T>.indexOf(T): int', positionOf, overItems),
    overload('list<T>.lastIndexOf(T): int', lastPositionOf, overItems),
    overload('list<T>.slice(int, int): list<T>', slice, same),
    overload('list<T>.flatten(): list<dyn>', (list: ListValue, budget: Budget) => flatten(list, 1n, budget), same),
    overload('list<T>.flatten(int): list<dyn>', flatten, same),
    overload('list<T>.distinct(): list<T>', distinct, same),
    overload('list<T>.reverse(): list<T>', (list: ListValue) => new ArrayList([...list].reverse()), same),
    overload('list<T>.sort(): list<T>', (list: ListValue) => new ArrayList([...list].sort(compareOrThrow)), same),
    overload('list<T>.first(): optional<T>', (list: ListValue) => end(list, 0)),
    overload('list<T>.last(): optional<T>', (list: ListValue) => end(list, list.size - 1)),
    overload('lists.range(int): list<int>', range, { size: () => Number(MAX_RANGE) }),
    overload('sets.contains(list<T>, list<T>): bool', containsAll, everyPair),
    overload(
      'sets.equivalent(list<T>, list<T>): bool',
      (a: ListValue, b: ListValue, budget: Budget) => containsAll(a, b, budget) && containsAll(b, a, budget),
      everyPair,
    ),
    overload('sets.intersects(list<T>, list<T>): bool', intersects, everyPair),
  ];
}

function end(list: ListValue, index: number): Value {
  return list.size === 0 ? Optional.none : new Optional(list.at(index));
}
