import { compareQuantities, formatQuantity, isWholeQuantity, parseQuantity, type Quantity } from '#kube/api/values';
import { EvaluationError } from '../cel-error.ts';
import { Opaque } from '../values/value.ts';
import { type Overload, overFirst, overload } from './overload.ts';

const NANOS = 1_000_000_000n;
const MAX_INT = 2n ** 63n - 1n;

class QuantityValue extends Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && other.quantity.nanos === this.quantity.nanos;
  }

  override toString(): string {
    return formatQuantity(this.quantity);
  }
}

function parse(text: string): QuantityValue {
  const quantity = parseQuantity(text);
  if (quantity === undefined)
    throw new EvaluationError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  return new QuantityValue(quantity);
}

function isInteger({ quantity }: QuantityValue): boolean {
  const units = quantity.nanos / NANOS;
  return isWholeQuantity(quantity) && units <= MAX_INT && units >= -MAX_INT;
}

function asInteger(value: QuantityValue): bigint {
  if (!isInteger(value)) throw new EvaluationError('cannot convert value to integer');
  return value.quantity.nanos / NANOS;
}

function sum({ quantity }: QuantityValue, nanos: bigint): QuantityValue {
  return new QuantityValue({ ...quantity, nanos: quantity.nanos + nanos });
}

const order = (a: QuantityValue, b: QuantityValue) => compareQuantities(a.quantity, b.quantity);

/** `quantity('1Gi')` and what can be done with it. */
export function quantities(): Overload[] {
  return [
    overload('quantity(string): Quantity', parse, overFirst),
    overload('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined, overFirst),
    overload('Quantity.sign(): int', ({ quantity: { nanos } }: QuantityValue) =>
      nanos > 0n ? 1n : nanos < 0n ? -1n : 0n,
    ),
    overload('Quantity.isInteger(): bool', isInteger),
    overload('Quantity.asInteger(): int', asInteger),
    overload('Quantity.asApproximateFloat(): double', ({ quantity }: QuantityValue) => Number(quantity.nanos) / 1e9),
    overload('Quantity.compareTo(Quantity): int', (a: QuantityValue, b: QuantityValue) =>
      BigInt(Math.sign(order(a, b))),
    ),
    overload('Quantity.isGreaterThan(Quantity): bool', (a: QuantityValue, b: QuantityValue) => order(a, b) > 0),
    overload('Quantity.isLessThan(Quantity): bool', (a: QuantityValue, b: QuantityValue) => order(a, b) < 0),
    overload('Quantity.add(Quantity): Quantity', (a: QuantityValue, b: QuantityValue) => sum(a, b.quantity.nanos)),
    overload('Quantity.add(int): Quantity', (a: QuantityValue, b: bigint) => sum(a, b * NANOS)),
    overload('Quantity.sub(Quantity): Quantity', (a: QuantityValue, b: QuantityValue) => sum(a, -b.quantity.nanos)),
    overload('Quantity.sub(int): Quantity', (a: QuantityValue, b: bigint) => sum(a, -b * NANOS)),
  ];
}
