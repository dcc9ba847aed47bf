import { EvaluationError } from '../cel-error.ts';
import { compareOrThrow } from '../values/compare.ts';
import { ListValue, Uint, type Value } from '../values/value.ts';
import { intOrThrow } from './arithmetic.ts';
import { type Overload, overItems, overload } from './overload.ts';

const NUMBERS = ['int', 'uint', 'double'];
const MAX_ARGUMENTS = 8;

function best(isBetter: (order: number) => boolean, name: string): (...args: unknown[]) => Value {
  return (...args) => {
    // The last argument is the budget.
    const given = args.slice(0, -1) as Value[];
    const values = given[0] instanceof ListValue ? [...given[0]] : given;
    if (values.length === 0) throw new EvaluationError(`math.@${name}(list) argument must not be empty`);
    return values.reduce((found, value) => (isBetter(compareOrThrow(value, found)) ? value : found));
  };
}

function extremes(name: 'greatest' | 'least', isBetter: (order: number) => boolean): Overload[] {
  const run = best(isBetter, name === 'greatest' ? 'max' : 'min');
  return [
    ...NUMBERS.flatMap((type) => [
      overload(`math.${name}(list<${type}>): ${type}`, run, overItems),
      ...Array.from({ length: MAX_ARGUMENTS }, (_, count) =>
        overload(
          `math.${name}(${Array<string>(count + 1)
            .fill(type)
            .join(', ')}): ${type}`,
          run,
        ),
      ),
    ]),
    overload(`math.${name}(dyn, dyn): dyn`, run),
    overload(`math.${name}(dyn, dyn, dyn): dyn`, run),
  ];
}

function rounded(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

function shift(bits: bigint): bigint {
  if (bits < 0n) throw new EvaluationError(`math.bitShift negative offset: ${bits}`);
  return bits > 63n ? 64n : bits;
}

/** The functions of `math`. */
export function maths(): Overload[] {
  return [
    ...extremes('greatest', (order) => order > 0),
    ...extremes('least', (order) => order < 0),
    overload('math.ceil(double): double', Math.ceil),
    overload('math.floor(double): double', Math.floor),
    overload('math.round(double): double', rounded),
    overload('math.trunc(double): double', Math.trunc),
    overload('math.abs(int): int', (a: bigint) => intOrThrow(a < 0n ? -a : a)),
    overload('math.abs(uint): uint', (a: Uint) => a),
    overload('math.abs(double): double', Math.abs),
    overload('math.sign(int): int', (a: bigint) => (a > 0n ? 1n : a < 0n ? -1n : 0n)),
    overload('math.sign(uint): uint', (a: Uint) => new Uint(a.value > 0n ? 1n : 0n)),
    overload('math.sign(double): double', Math.sign),
    overload('math.sqrt(double): double', Math.sqrt),
    overload('math.sqrt(int): double', (a: bigint) => Math.sqrt(Number(a))),
    overload('math.isNaN(double): bool', (a: number) => Number.isNaN(a)),
    overload('math.isInf(double): bool', (a: number) => a === Infinity || a === -Infinity),
    overload('math.isFinite(double): bool', (a: number) => Number.isFinite(a)),
    overload('math.bitAnd(int, int): int', (a: bigint, b: bigint) => a & b),
    overload('math.bitOr(int, int): int', (a: bigint, b: bigint) => a | b),
    overload('math.bitXor(int, int): int', (a: bigint, b: bigint) => a ^ b),
    overload('math.bitNot(int): int', (a: bigint) => ~a),
    overload('math.bitShiftLeft(int, int): int', (a: bigint, b: bigint) => BigInt.asIntN(64, a << shift(b))),
    overload('math.bitShiftRight(int, int): int', (a: bigint, b: bigint) =>
      BigInt.asIntN(64, BigInt.asUintN(64, a) >> shift(b)),
    ),
  ];
}
