import type { Schema } from '#kube/api';
import { linearRegex } from '#kube/cel';
import { isRawNumber } from '#kube/codec';
import { formatCheck } from './formats.ts';
import { canonicalText, isObject, jsonEqual } from './json-value.ts';
import type { Check } from './junctors.ts';
import { oldItemOf } from './old-items.ts';

/** Compiles what a schema says of values of each type; a value of another type is none of their business. */
export function checksOfType(schema: Schema, compile: (schema: Schema) => Check): Check[] {
  return [
    ...enumCheck(schema),
    ...stringChecks(schema),
    ...numberChecks(schema),
    ...listChecks(schema, compile),
    ...objectChecks(schema, compile),
  ];
}

function enumCheck({ enum: allowed, nullable }: Schema): Check[] {
  if (allowed === undefined || allowed.length === 0) return [];
  const texts = new Set(allowed.filter((each) => typeof each === 'string'));
  return [
    (value, path, complaints) => {
      if (typeof value === 'string' ? texts.has(value) : allowed.some((each) => jsonEqual(each, value))) return;
      if (value === null && nullable === true) return;
      complaints.notSupported(path, value, allowed);
    },
  ];
}

/** Characters as Go counts them; asked only where the number of UTF-16 units leaves it open. */
function lengthOf(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}

function stringChecks({ minLength = 0, maxLength, pattern, format }: Schema): Check[] {
  const isFormatted = formatCheck(format);
  const regex = pattern === undefined || pattern === '' ? undefined : linearRegex(pattern);
  if (minLength === 0 && maxLength === undefined && regex === undefined && isFormatted === undefined) return [];
  return [
    (value, path, complaints) => {
      if (typeof value !== 'string') return;
      if (maxLength !== undefined && value.length > maxLength && lengthOf(value) > maxLength)
        complaints.tooLong(path, maxLength);
      if (value.length < minLength * 2 && lengthOf(value) < minLength)
        complaints.invalid(path, value, `should be at least ${minLength} chars long`);
      if (regex?.test(value) === false) complaints.invalid(path, value, `should match '${pattern}'`);
      if (isFormatted?.(value) === false) complaints.wrongType(path, format as string, value);
    },
  ];
}

const INTEGERS: ReadonlyMap<string, readonly [min: bigint, max: bigint]> = new Map([
  ['int32', [-(2n ** 31n), 2n ** 31n - 1n]],
  ['int64', [-(2n ** 63n), 2n ** 63n - 1n]],
]);

function numberChecks({ minimum, maximum, multipleOf, format, type, ...schema }: Schema): Check[] {
  const { exclusiveMinimum = false, exclusiveMaximum = false } = schema;
  const range = type === 'integer' ? INTEGERS.get(format ?? '') : undefined;
  if (minimum === undefined && maximum === undefined && multipleOf === undefined && range === undefined) return [];
  return [
    (value, path, complaints) => {
      const number = numberOf(value);
      if (number === undefined) return;
      if (minimum !== undefined && (exclusiveMinimum ? number <= minimum : number < minimum))
        complaints.invalid(path, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
      if (maximum !== undefined && (exclusiveMaximum ? number >= maximum : number > maximum))
        complaints.invalid(path, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
      if (multipleOf !== undefined && multipleOf !== 0 && !isMultiple(number, multipleOf))
        complaints.invalid(path, value, `should be a multiple of ${multipleOf}`);
      if (range !== undefined && Number.isInteger(number) && (number < range[0] || number > range[1]))
        complaints.invalid(path, value, `must be of type integer with format ${format}`);
    },
  ];
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return isRawNumber(value) ? Number(value.rawJSON) : undefined;
}

/** Of fractions: 0.3 is a multiple of 0.1, though their quotient is not quite 3. */
function isMultiple(number: number, factor: number): boolean {
  const times = number / factor;
  return Number.isInteger(times) || Math.abs(times - Math.round(times)) < 1e-9;
}

function listChecks(schema: Schema, compile: (schema: Schema) => Check): Check[] {
  const { items, minItems, maxItems, uniqueItems } = schema;
  const check = items === undefined ? undefined : compile(items);
  if (check === undefined && minItems === undefined && maxItems === undefined) return [];
  return [
    (value, path, complaints, old) => {
      if (!Array.isArray(value)) return;
      if (minItems !== undefined && value.length < minItems)
        complaints.invalid(path, value, `should have at least ${minItems} items`);
      if (maxItems !== undefined && value.length > maxItems) complaints.tooMany(path, value.length, maxItems);
      if (uniqueItems === true && new Set(value.map(canonicalText)).size < value.length)
        complaints.invalid(path, value, "shouldn't contain duplicates");
      if (check === undefined) return;
      const oldOf = oldItemOf(schema, old);
      for (let index = 0; index < value.length; index++) {
        if (complaints.isFull) return;
        check(value[index], path.index(index), complaints, oldOf(value[index], index));
      }
    },
  ];
}

function objectChecks(schema: Schema, compile: (schema: Schema) => Check): Check[] {
  const { properties, additionalProperties: values, required = [], minProperties, maxProperties } = schema;
  const fields = new Map(Object.entries(properties ?? {}).map(([name, field]) => [name, compile(field)]));
  const rest = typeof values === 'object' ? compile(values) : undefined;
  const bounded = minProperties !== undefined || maxProperties !== undefined;
  if (fields.size === 0 && rest === undefined && required.length === 0 && !bounded) return [];
  return [
    (value, path, complaints, old) => {
      if (!isObject(value)) return;
      if (bounded) checkSize(schema, Object.keys(value).length, value, path, complaints);
      for (const name of required) if (!Object.hasOwn(value, name)) complaints.required(path.child(name));
      const before = isObject(old) ? old : undefined;
      for (const name in value) {
        if (complaints.isFull) return;
        const check = fields.get(name) ?? rest;
        const was = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined;
        check?.(value[name], path.child(name), complaints, was);
      }
    },
  ];
}

function checkSize(
  { minProperties, maxProperties }: Schema,
  count: number,
  value: unknown,
  path: Parameters<Check>[1],
  complaints: Parameters<Check>[2],
): void {
  if (minProperties !== undefined && count < minProperties)
    complaints.invalid(path, value, `should have at least ${minProperties} properties`);
  if (maxProperties !== undefined && count > maxProperties) complaints.tooMany(path, count, maxProperties);
}
