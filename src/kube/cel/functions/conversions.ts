import { EvaluationError } from '../cel-error.ts';
import {
  formatDuration,
  formatTimestamp,
  NANOS,
  parseDuration,
  parseTimestamp,
  timestampOrThrow,
} from '../values/time.ts';
import { nameOfType } from '../values/type-of.ts';
import { type Duration, type Timestamp, TypeValue, type Uint, type Value } from '../values/value.ts';
import { intOrThrow, uintOrThrow } from './arithmetic.ts';
import { type Overload, overFirst, overload } from './overload.ts';

const INT = /^[+-]?\d{1,20}$/;
const DOUBLE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?:inf|infinity|nan)$/i;
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function intOf(text: string): bigint {
  if (!INT.test(text)) throw new EvaluationError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return intOrThrow(BigInt(text.replace(/^\+/, '')));
}

function doubleOf(text: string): number {
  if (!DOUBLE.test(text))
    throw new EvaluationError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  return /n/i.test(text) ? named(text.toLowerCase()) : Number(text);
}

function named(text: string): number {
  if (text.endsWith('nan')) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function whole(value: number, range: string): bigint {
  if (!Number.isFinite(value)) throw new EvaluationError(range);
  return BigInt(Math.trunc(value));
}

function boolOf(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new EvaluationError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** Doubles as Go prints them. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const absolute = Math.abs(value);
  if (absolute !== 0 && (absolute < 1e-4 || absolute >= 1e21)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return String(value);
}

function text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string', { cause });
  }
}

function momentOf(value: string): Timestamp {
  const moment = parseTimestamp(value);
  if (moment === undefined) throw new EvaluationError(`invalid timestamp ${JSON.stringify(value)}`);
  return moment;
}

function lengthOfTime(value: string): Duration {
  const duration = parseDuration(value);
  if (duration === undefined) throw new EvaluationError(`time: invalid duration ${JSON.stringify(value)}`);
  return duration;
}

/** `int(x)` and the like, `type(x)` and `dyn(x)`. */
export function conversions(): Overload[] {
  return [
    overload('int(int): int', (a: bigint) => a),
    overload('int(uint): int', (a: Uint) => intOrThrow(a.value)),
    overload('int(double): int', (a: number) => intOrThrow(whole(a, 'integer overflow'))),
    overload('int(string): int', intOf, overFirst),
    overload('int(timestamp): int', (a: Timestamp) => a.nanos / NANOS),
    overload('int(duration): int', (a: Duration) => a.nanos),
    overload('uint(uint): uint', (a: Uint) => a),
    overload('uint(int): uint', (a: bigint) => uintOrThrow(a)),
    overload('uint(double): uint', (a: number) => uintOrThrow(whole(a, 'unsigned integer overflow'))),
    overload('uint(string): uint', (a: string) => uintOrThrow(intOf(a)), overFirst),
    overload('double(double): double', (a: number) => a),
    overload('double(int): double', (a: bigint) => Number(a)),
    overload('double(uint): double', (a: Uint) => Number(a.value)),
    overload('double(string): double', doubleOf, overFirst),
    overload('string(string): string', (a: string) => a),
    overload('string(bool): string', (a: boolean) => String(a)),
    overload('string(int): string', (a: bigint) => String(a), { size: () => 20 }),
    overload('string(uint): string', (a: Uint) => String(a.value), { size: () => 20 }),
    overload('string(double): string', formatDouble, { size: () => 24 }),
    overload('string(bytes): string', text, overFirst),
    overload('string(timestamp): string', formatTimestamp, { size: () => 40 }),
    overload('string(duration): string', formatDuration, { size: () => 24 }),
    overload('bytes(bytes): bytes', (a: Uint8Array) => a),
    overload('bytes(string): bytes', (a: string) => Buffer.from(a, 'utf8'), overFirst),
    overload('bool(bool): bool', (a: boolean) => a),
    overload('bool(string): bool', boolOf),
    overload('timestamp(timestamp): timestamp', (a: Timestamp) => a),
    overload('timestamp(string): timestamp', momentOf),
    overload('timestamp(int): timestamp', (a: bigint) => timestampOrThrow(a * NANOS)),
    overload('duration(duration): duration', (a: Duration) => a),
    overload('duration(string): duration', lengthOfTime),
    overload('type(T): type', (a: Value) => new TypeValue(nameOfType(a))),
    overload('dyn(T): dyn', (a: Value) => a),
  ];
}
