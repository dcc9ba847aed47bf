import { formatQuantity, parseQuantity } from '#kube/api/values';
import { isRawNumber } from '../json/raw-number.ts';
import type { ConformContext } from './context.ts';

/** Checks a value and answers what is to stand in its place: nearly always the value itself. Throws a 400. */
export type Conform = (value: unknown, context: ConformContext, owner: string) => unknown;

const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);
const QUANTITY_SYNTAX = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SECONDS = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/;
const MICROSECONDS = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$/;
const RFC3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Go's `string`. */
export const string: Conform = (value, context, owner) => {
  if (typeof value !== 'string') throw context.mismatch(value, owner, 'string');
  return value;
};

/** Go's `bool`. */
export const boolean: Conform = (value, context, owner) => {
  if (typeof value !== 'boolean') throw context.mismatch(value, owner, 'bool');
  return value;
};

/** Go's `float64`: numbers beyond 2^53 are rounded. */
export const double: Conform = (value, context, owner) => {
  if (typeof value === 'number') return value;
  if (isRawNumber(value)) return Number(value.rawJSON);
  throw context.mismatch(value, owner, 'float64');
};

/** Go's `int32`. */
export const int32: Conform = (value, context, owner) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value > MAX_INT32 || value < MIN_INT32) {
    throw context.mismatch(nameNumber(value), owner, 'int32');
  }
  return value;
};

/** Go's `int64`: what a JavaScript number cannot hold stays the text that it was. */
export const int64: Conform = (value, context, owner) => {
  if (Number.isSafeInteger(value) || isRawNumber(value)) return value;
  throw context.mismatch(value, owner, 'int64');
};

/** A number that is too large is named in the error; any other kind of value is told by its type. */
function nameNumber(value: unknown): unknown {
  return typeof value === 'number' ? { rawJSON: String(value) } : value;
}

/** `IntOrString`. */
export const intOrString: Conform = (value, context, owner) => {
  return typeof value === 'string' ? value : int32(value, context, owner);
};

/** Quantities come out in their one canonical form, as from upstream: `1000m` as `1`, the number 1 as `"1"`. */
export const quantity: Conform = (value, context, owner) => {
  if (typeof value !== 'string' && typeof value !== 'number') throw context.mismatch(value, owner, 'string');
  const canonical = canonicalQuantity(value);
  if (canonical === undefined) throw context.error(`quantities must match the regular expression ${QUANTITY_SYNTAX}`);
  return canonical;
};

/** What clients send again and again: bounded, and emptied when full. */
const canonicalForms = new Map<string | number, string | undefined>();
const MAX_CANONICAL_FORMS = 2048;
const MAX_CACHED_LENGTH = 24;

function canonicalQuantity(value: string | number): string | undefined {
  const known = canonicalForms.get(value);
  if (known !== undefined) return known;
  const parsed = parseQuantity(value);
  const canonical = parsed === undefined ? undefined : formatQuantity(parsed);
  if (typeof value === 'number' || value.length <= MAX_CACHED_LENGTH) {
    if (canonicalForms.size >= MAX_CANONICAL_FORMS) canonicalForms.clear();
    canonicalForms.set(value, canonical);
  }
  return canonical;
}

/** Times come out in UTC and whole seconds. */
export const time: Conform = (value, context, owner) => {
  if (typeof value !== 'string') throw context.mismatch(value, owner, 'string');
  return SECONDS.test(value) && isReal(value) ? value : `${toUtc(value, context).slice(0, 19)}Z`;
};

/** As `time`, with microseconds. */
export const microTime: Conform = (value, context, owner) => {
  if (typeof value !== 'string') throw context.mismatch(value, owner, 'string');
  if (MICROSECONDS.test(value) && isReal(value)) return value;
  const fraction = RFC3339.exec(value)?.[7] ?? '';
  return `${toUtc(value, context).slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
};

function toUtc(text: string, context: ConformContext): string {
  if (!RFC3339.test(text) || !isReal(text)) {
    const layout = '2006-01-02T15:04:05Z07:00';
    throw context.error(`parsing time ${JSON.stringify(text)} as "${layout}": cannot parse it`);
  }
  return new Date(text.replace(',', '.')).toISOString();
}

/** Date takes the 31st of February for a day in March, and 24:00 for the next day; Go doesn't. */
function isReal(text: string): boolean {
  const day = Number(text.slice(8, 10));
  const daysOfMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  if (day > daysOfMonth || text.startsWith('24', 11)) return false;
  return !Number.isNaN(Date.parse(text.replace(',', '.')));
}

/** Binary data as base64, which Go refuses in any other form than the padded one. */
export const bytes: Conform = (value, context, owner) => {
  if (typeof value !== 'string') throw context.mismatch(value, owner, '[]uint8');
  if (BASE64.test(value)) return value;
  const compact = value.replace(/[\r\n]/g, '');
  if (!BASE64.test(compact)) throw context.error(`illegal base64 data at input byte ${badBase64At(compact)}`);
  return compact;
};

function badBase64At(text: string): number {
  const at = text.search(/[^A-Za-z0-9+/]/);
  return at < 0 ? text.length - (text.length % 4) : at;
}

/** Where the schema says nothing. */
export const anything: Conform = (value) => value;
