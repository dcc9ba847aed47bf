import type { Schema, SchemaResolver } from '#kube/api';
import { isRawNumber } from '../json/raw-number.ts';
import {
  anything,
  boolean,
  bytes,
  type Conform,
  double,
  int32,
  int64,
  intOrString,
  microTime,
  quantity,
  string,
  time,
} from './scalars.ts';

/** A field of a struct. Its type is compiled when a value comes by. */
interface Field {
  readonly conform: Conform;
  readonly nullable: boolean;
  /** Go writes no empty lists and maps where the field may be absent. */
  readonly omitEmpty: boolean;
}

/** What an absent value of a list or map is in Go; nulls in them become it. */
type Zero = () => unknown;

/** The Go struct that a schema stands in. */
export interface Owner {
  /** Its name in errors: `DeploymentSpec`. */
  readonly goName: string;
  /** Reached by a reference: it is written by Go. What stands inline may be a CRD's. */
  readonly isDefinition: boolean;
}

const compiled = new WeakMap<Schema, Conform>();

/** The check of a schema: made once, when first asked for. */
export function compileSchema(schema: Schema, resolve: SchemaResolver, owner: Owner): Conform {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = schema.$ref === undefined ? compileInline(schema, resolve, owner) : compileReference(schema, resolve);
  compiled.set(schema, made);
  return made;
}

/**
 * Definitions refer to themselves (schemas of schemas), so what is behind a reference is looked at only when needed.
 */
function compileReference(schema: Schema, resolve: SchemaResolver): Conform {
  const name = schema.$ref?.slice(schema.$ref.lastIndexOf('.') + 1) ?? '';
  if (name === 'Time') return time;
  if (name === 'MicroTime') return microTime;
  let conform: Conform | undefined;
  return (value, context, structName) => {
    conform ??= compileSchema(resolve(schema), resolve, { goName: name, isDefinition: true });
    return conform(value, context, structName);
  };
}

function compileInline(schema: Schema, resolve: SchemaResolver, owner: Owner): Conform {
  if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') return intOrString;
  switch (schema.type) {
    case 'object':
      return compileObject(schema, resolve, owner);
    case 'array':
      return schema.items === undefined ? anything : compileList(schema.items, resolve, owner);
    case 'string':
      if (schema.format === 'quantity') return quantity;
      if (schema.format === 'byte') return bytes;
      return string;
    case 'boolean':
      return boolean;
    case 'integer':
      return schema.format === 'int32' ? int32 : int64;
    case 'number':
      return double;
    default:
      return anything;
  }
}

function compileObject(schema: Schema, resolve: SchemaResolver, owner: Owner): Conform {
  const values = schema.additionalProperties;
  if (schema.properties === undefined && typeof values === 'object') return compileMap(values, resolve, owner);
  const keepsUnknown = schema['x-kubernetes-preserve-unknown-fields'] === true || values === true;
  return compileStruct(schema, resolve, owner, keepsUnknown);
}

function compileStruct(schema: Schema, resolve: SchemaResolver, owner: Owner, keepsUnknown: boolean): Conform {
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.set(name, compileField(name, property, schema, resolve, owner));
  }
  return (value, context, structName) => {
    if (!isObject(value)) throw context.mismatch(value, structName, `v1.${owner.goName}`);
    for (const key in value) {
      const field = fields.get(key);
      const child = value[key];
      if (context.isConformed(key, child)) continue;
      if (field === undefined) {
        if (keepsUnknown) continue;
        context.complain(key);
        delete value[key];
      } else if (child === null) {
        if (!field.nullable) delete value[key];
      } else {
        context.path.push(key);
        const kept = field.conform(child, context, owner.goName);
        if (kept !== child) value[key] = kept;
        context.path.pop();
        if (field.omitEmpty && isEmpty(kept)) delete value[key];
      }
    }
    return value;
  };
}

function compileField(name: string, schema: Schema, parent: Schema, resolve: SchemaResolver, owner: Owner): Field {
  const isCollection = schema.type === 'array' || (schema.type === 'object' && schema.properties === undefined);
  return {
    conform: compileSchema(schema, resolve, owner),
    nullable: schema.nullable === true,
    omitEmpty: isCollection && owner.isDefinition && parent.required?.includes(name) !== true,
  };
}

function compileMap(values: Schema, resolve: SchemaResolver, owner: Owner): Conform {
  const conform = compileSchema(values, resolve, owner);
  const zero = zeroOf(values);
  return (value, context, structName) => {
    if (!isObject(value)) throw context.mismatch(value, structName, `map[string]${goType(values)}`);
    for (const key in value) {
      const child = value[key] ?? (values.nullable === true ? null : zero());
      context.path.push({ key });
      const kept = child === null ? null : conform(child, context, structName);
      if (kept !== value[key]) value[key] = kept;
      context.path.pop();
    }
    return value;
  };
}

function compileList(items: Schema, resolve: SchemaResolver, owner: Owner): Conform {
  const conform = compileSchema(items, resolve, owner);
  const zero = zeroOf(items);
  return (value, context, structName) => {
    if (!Array.isArray(value)) throw context.mismatch(value, structName, `[]${goType(items)}`);
    for (let index = 0; index < value.length; index++) {
      const child = value[index] ?? (items.nullable === true ? null : zero());
      context.path.push(index);
      const kept = child === null ? null : conform(child, context, structName);
      if (kept !== value[index]) value[index] = kept;
      context.path.pop();
    }
    return value;
  };
}

function zeroOf(schema: Schema): Zero {
  if (schema.$ref?.endsWith('.Quantity')) return () => '0';
  switch (schema.type) {
    case 'string':
      return () => '';
    case 'integer':
    case 'number':
      return () => 0;
    case 'boolean':
      return () => false;
    case 'array':
    case undefined:
      return schema.$ref === undefined ? () => null : () => ({});
    default:
      return () => ({});
  }
}

/** How Go names the type, in errors: `v1.Container`, `string`, `[]string`. */
function goType(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('.').slice(-2).join('.');
  switch (schema.type) {
    case 'array':
      return `[]${goType(schema.items ?? {})}`;
    case 'object':
      return `map[string]${typeof schema.additionalProperties === 'object' ? goType(schema.additionalProperties) : 'interface {}'}`;
    case 'integer':
      return schema.format ?? 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    default:
      return schema.type ?? 'interface {}';
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object' || value === null) return false;
  for (const _key in value) return false;
  return true;
}
