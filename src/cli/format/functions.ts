/** Functions of Go templates, and those that docker adds; values are printed as Go prints them. */
import { CliError } from '../errors.ts';

type TemplateFunction = (...args: unknown[]) => unknown;

/** The text of a value as Go's fmt prints it: `[a b]`, `map[k:v]`, `<no value>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${pairs.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
}

/** Truth in Go templates: not false, 0, "", nil, nor an empty collection. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** `json`: compact; functions of row objects are left out. */
export function goJson(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function index(collection: unknown, ...keys: unknown[]): unknown {
  return keys.reduce((current: unknown, key) => {
    if (Array.isArray(current) && typeof key === 'number') {
      if (key < 0 || key >= current.length) throw new CliError(`template: index ${key} out of range`);
      return current[key];
    }
    if (typeof current !== 'object' || current === null) throw new CliError(`template: can't index ${goText(current)}`);
    const name = String(key);
    return Object.hasOwn(current, name) ? (current as Record<string, unknown>)[name] : undefined;
  }, collection);
}

function length(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return value === null || value === undefined ? 0 : Object.keys(value as object).length;
}

function slice(value: unknown, start: unknown = 0, end?: unknown): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new CliError(`template: can't slice ${goText(value)}`);
  return value.slice(Number(start), end === undefined ? undefined : Number(end));
}

/** fmt.Sprintf with the verbs that templates use; a width and a minus sign pad. */
function printf(format: unknown, ...args: unknown[]): string {
  let next = 0;
  return String(format).replaceAll(/%(-?)(0?)(\d*)(?:\.(\d+))?([a-z%])/gi, (_, left, zero, width, digits, verb) => {
    if (verb === '%') return '%';
    const value = args[next++];
    const text = verbText(verb, value, digits);
    return left === '-' ? text.padEnd(Number(width)) : text.padStart(Number(width), zero === '0' ? '0' : ' ');
  });
}

function verbText(verb: string, value: unknown, digits: string | undefined): string {
  if (verb === 'q') return JSON.stringify(goText(value));
  if (verb === 'f') return Number(value).toFixed(Number(digits ?? 6));
  if (verb === 'x') return typeof value === 'number' ? value.toString(16) : Buffer.from(goText(value)).toString('hex');
  return digits === undefined ? goText(value) : goText(value).slice(0, Number(digits));
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

/** By name; a pipeline gives its value as the last argument. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  json: goJson,
  prettyjson: (value) => JSON.stringify(value ?? null, null, 2),
  upper: (value) => text(value).toUpperCase(),
  lower: (value) => text(value).toLowerCase(),
  title: (value) => text(value).replaceAll(/\b\p{L}/gu, (letter) => letter.toUpperCase()),
  trim: (value) => text(value).trim(),
  split: (value, separator) => text(value).split(text(separator)),
  join: (list, separator) => (Array.isArray(list) ? list.map(goText).join(text(separator)) : ''),
  pad: (value, before, after) => ' '.repeat(Number(before)) + text(value) + ' '.repeat(Number(after)),
  truncate: (value, size) => text(value).slice(0, Number(size)),
  println: (...args) => `${args.map(goText).join(' ')}\n`,
  print: (...args) => args.map(goText).join(''),
  printf,
  len: length,
  index,
  slice,
  not: (value) => !isTrue(value),
  and: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (...args) => args.find(isTrue) ?? args.at(-1),
  eq: (first, ...others) => others.some((other) => first === other),
  ne: (a, b) => a !== b,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
};
