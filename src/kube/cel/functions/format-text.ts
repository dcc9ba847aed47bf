import { EvaluationError } from '../cel-error.ts';
import type { Budget } from '../evaluate/budget.ts';
import { formatDuration, formatTimestamp } from '../values/time.ts';
import { nameOfType } from '../values/type-of.ts';
import { Duration, ListValue, MapValue, Timestamp, TypeValue, Uint, type Value } from '../values/value.ts';
import { formatDouble } from './conversions.ts';

const VERB = /%(?:(%)|(?:\.(\d{1,3}))?([a-zA-Z]))/g;
const DEFAULT_PRECISION = 6;

/** `'%s is %d'.format([…])`. */
export function formatText(template: string, args: ListValue, budget: Budget): string {
  let next = 0;
  return template.replace(VERB, (_all, percent: string | undefined, precision: string | undefined, verb: string) => {
    if (percent !== undefined) return '%';
    if (next >= args.size) throw new EvaluationError(`index ${next} out of range`);
    const text = print(args.at(next++), verb, precision === undefined ? DEFAULT_PRECISION : Number(precision), budget);
    budget.charge(text.length * 0.1);
    return text;
  });
}

function print(value: Value, verb: string, precision: number, budget: Budget): string {
  switch (verb) {
    case 's':
      return plain(value, budget);
    case 'd':
      return integerOf(value, 'decimal').toString();
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : integerOf(value, 'binary').toString(2);
    case 'o':
      return integerOf(value, 'octal').toString(8);
    case 'x':
      return hex(value);
    case 'X':
      return hex(value).toUpperCase();
    case 'f':
      return numberOf(value, 'fixed-point').toFixed(precision);
    case 'e':
      return numberOf(value, 'scientific')
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    default:
      throw new EvaluationError(`unrecognized formatting clause "${verb}"`);
  }
}

function integerOf(value: Value, clause: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw wrong(value, clause, 'only integers');
}

function numberOf(value: Value, clause: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw wrong(value, clause, 'only doubles, ints and uints');
}

function hex(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integerOf(value, 'hex').toString(16);
}

function wrong(value: Value, clause: string, allowed: string): EvaluationError {
  return new EvaluationError(
    `error during formatting: ${clause} clause can be used on ${allowed}, was given ${nameOfType(value)}`,
  );
}

function plain(value: Value, budget: Budget): string {
  budget.charge(1);
  if (typeof value === 'number') return formatDouble(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof ListValue) return `[${[...value].map((item) => plain(item, budget)).join(', ')}]`;
  if (value instanceof MapValue) {
    const entries = [...value.keys()].map((key) => [plain(key, budget), plain(value.get(key) as Value, budget)]);
    return `{${entries
      .map(([key, text]) => `${key}: ${text}`)
      .sort()
      .join(', ')}}`;
  }
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  throw wrong(value, 'string', 'strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps');
}
