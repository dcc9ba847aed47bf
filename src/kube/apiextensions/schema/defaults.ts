import type { Schema } from '#kube/api';
import { cloneJson, setOwn } from '#kube/codec';
import { isObject } from './json-value.ts';

/** Fills in, in place, what a schema has defaults for. */
export type Defaulter = (value: unknown) => void;

/** Compiles the defaults of a structural schema; undefined when there are none. */
export function compileDefaults(schema: Schema): Defaulter | undefined {
  const { items, properties, additionalProperties: values } = schema;
  if (properties !== undefined) return compileFields(properties);
  if (typeof values === 'object') return compileEach(values, entriesOf);
  return items === undefined ? undefined : compileEach(items, itemsOf);
}

interface Field {
  readonly name: string;
  readonly default: unknown;
  readonly nullable: boolean;
  readonly inner: Defaulter | undefined;
}

function compileFields(properties: Readonly<Record<string, Schema>>): Defaulter | undefined {
  const fields = Object.entries(properties)
    .map(([name, field]): Field => {
      return { name, default: field.default, nullable: field.nullable === true, inner: compileDefaults(field) };
    })
    .filter((field) => field.default !== undefined || field.inner !== undefined);
  if (fields.length === 0) return undefined;
  return (value) => {
    if (!isObject(value)) return;
    for (const field of fields) applyField(value, field);
  };
}

function applyField(value: Record<string, unknown>, field: Field): void {
  const has = Object.hasOwn(value, field.name);
  if (field.default !== undefined && (!has || (value[field.name] === null && !field.nullable))) {
    setOwn(value, field.name, cloneJson(field.default));
  }
  if (field.inner !== undefined && Object.hasOwn(value, field.name)) field.inner(value[field.name]);
}

type Entries = (value: unknown) => Iterable<string | number>;

const entriesOf: Entries = (value) => (isObject(value) ? Object.keys(value) : []);
const itemsOf: Entries = (value) => (Array.isArray(value) ? value.keys() : []);

/** Items and values that are not there get no default; nulls that are not allowed do. */
function compileEach(schema: Schema, entries: Entries): Defaulter | undefined {
  const inner = compileDefaults(schema);
  if (inner === undefined && schema.default === undefined) return undefined;
  return (value) => {
    const collection = value as Record<string | number, unknown>;
    for (const key of entries(value)) {
      if (collection[key] === null && schema.nullable !== true && schema.default !== undefined) {
        collection[key] = cloneJson(schema.default);
      }
      inner?.(collection[key]);
    }
  };
}
