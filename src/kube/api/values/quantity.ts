/** How a quantity is written: `1Gi`, `1G`, `1e9`. Kept through arithmetic, as upstream keeps it. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

/** An exact amount of a resource in billionths, the smallest step there is. Never changed: operations make new ones. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const NANOS_PER_UNIT = 1_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;
const NANO_DIGITS = 9;
/** Upstream's cap: larger amounts count as this many units. */
const MAX_NANOS = (2n ** 63n - 1n) * NANOS_PER_UNIT;
/** No amount below the cap has more digits before its point. */
const MAX_DIGITS = 20;
/** Decimal places of a number times 2^60 that may still reach a billionth. */
const BINARY_PLACES = 30;

const SYNTAX =
  /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?[0-9]{1,9}|)$/;

const DECIMAL_EXPONENTS = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const DECIMAL_SUFFIXES = new Map([...DECIMAL_EXPONENTS].map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Nothing. */
export const ZERO: Quantity = { nanos: 0n, format: 'DecimalSI' };

/** What every client sends again and again: bounded, and emptied when full. */
const parsed = new Map<string, Quantity | undefined>();
const MAX_PARSED = 2048;
const MAX_CACHED_LENGTH = 24;

/** Parses `100m`, `1.5Gi`, `1e3`; undefined for what is no quantity. Sub-nano parts round away from zero. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const key = typeof text === 'number' ? String(text) : text;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const quantity = parse(key);
  if (key.length <= MAX_CACHED_LENGTH) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(key, quantity);
  }
  return quantity;
}

function parse(text: string): Quantity | undefined {
  const found = SYNTAX.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = '', fraction = '', bare, suffix = ''] = found;
  const places = bare ?? fraction;
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return signed(sign, binaryNanos(whole, places, binary), 'BinarySI');
  const exponent = DECIMAL_EXPONENTS.get(suffix);
  if (exponent !== undefined) return signed(sign, decimalNanos(whole, places, exponent), 'DecimalSI');
  return signed(sign, decimalNanos(whole, places, Number(suffix.slice(1))), 'DecimalExponent');
}

function signed(sign: string | undefined, magnitude: bigint, format: QuantityFormat): Quantity {
  const capped = magnitude > MAX_NANOS ? MAX_NANOS : magnitude;
  // A fraction of one is never shown in powers of two.
  const shown = format === 'BinarySI' && capped > 0n && capped < NANOS_PER_UNIT ? 'DecimalSI' : format;
  return { nanos: sign === '-' ? -capped : capped, format: shown };
}

/** Works on digits, so that neither an exponent nor a long number can cost more than its own length. */
function decimalNanos(whole: string, places: string, exponent: number): bigint {
  const digits = (whole + places).replace(/^0+/, '');
  if (digits === '') return 0n;
  const point = digits.length - places.length + exponent + NANO_DIGITS;
  if (point > MAX_DIGITS + NANO_DIGITS) return MAX_NANOS;
  if (point <= 0) return 1n;
  if (point >= digits.length) return BigInt(digits.padEnd(point, '0'));
  const nanos = BigInt(digits.slice(0, point));
  return /[1-9]/.test(digits.slice(point)) ? nanos + 1n : nanos;
}

function binaryNanos(whole: string, places: string, power: number): bigint {
  const units = whole.replace(/^0+/, '');
  if (units.length > MAX_DIGITS) return MAX_NANOS;
  const kept = places.slice(0, BINARY_PLACES);
  const scale = 10n ** BigInt(kept.length);
  const scaled = BigInt(`${units}${kept}` || '0') * 1024n ** BigInt(power) * NANOS_PER_UNIT;
  return scaled / scale + (scaled % scale === 0n ? 0n : 1n);
}

/** The one way to write this amount: `1000m` is `1`, `1024Mi` is `1Gi`, `0.5Gi` is `512Mi`. What clients see. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const units = nanos / NANOS_PER_UNIT;
  const isWhole = units * NANOS_PER_UNIT === nanos;
  if (format === 'BinarySI' && isWhole && (units >= 1024n || units <= -1024n)) return formatBinary(units);
  return formatDecimal(nanos, format === 'DecimalExponent');
}

function formatBinary(units: bigint): string {
  let [left, power] = [units, 0];
  while (left % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    left /= 1024n;
    power++;
  }
  return `${left}${BINARY_SUFFIXES[power]}`;
}

function formatDecimal(nanos: bigint, asExponent: boolean): string {
  let [left, exponent] = [nanos, -NANO_DIGITS];
  while (left % 1000n === 0n && exponent < 18) {
    left /= 1000n;
    exponent += 3;
  }
  if (asExponent) return exponent === 0 ? String(left) : `${left}e${exponent}`;
  return `${left}${DECIMAL_SUFFIXES.get(exponent) ?? ''}`;
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos === b.nanos ? 0 : a.nanos < b.nanos ? -1 : 1;
}

/** The sum, in the format of the first that is not zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The difference, in the format of the first that is not zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** Whole units, rounded up: bytes of memory. */
export function unitsOf(quantity: Quantity): bigint {
  return ceilingDivide(quantity.nanos, NANOS_PER_UNIT);
}

/** Thousandths, rounded up: millicores. */
export function millisOf(quantity: Quantity): bigint {
  return ceilingDivide(quantity.nanos, NANOS_PER_MILLI);
}

function ceilingDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value > 0n && quotient * by !== value ? quotient + 1n : quotient;
}

/** A whole number of units? */
export function isWholeQuantity(quantity: Quantity): boolean {
  return quantity.nanos % NANOS_PER_UNIT === 0n;
}

/** The amount rounded away from zero to thousandths, which is the finest that resources of nodes and pods are kept in. */
export function roundUpToMilli(quantity: Quantity): Quantity {
  const rest = quantity.nanos % NANOS_PER_MILLI;
  if (rest === 0n) return quantity;
  const up = rest > 0n ? NANOS_PER_MILLI - rest : -NANOS_PER_MILLI - rest;
  return { nanos: quantity.nanos + up, format: quantity.format };
}
