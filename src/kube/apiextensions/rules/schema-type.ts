import type { Schema } from '#kube/api';
import {
  BOOL,
  type CelType,
  celName,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  type ListType,
  MAX_REQUEST_SIZE,
  mapOf,
  type ObjectField,
  objectOf,
  STRING,
  TIMESTAMP,
} from '#kube/cel';

const METADATA: Schema = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 253 }, generateName: { type: 'string', maxLength: 253 } },
};

/**
 * The CEL type of a structural schema, with the sizes that it allows. Undefined where rules see nothing: what has no type, and unknown
 * fields that are preserved.
 */
export function celType(schema: Schema, name: string, isResource = false): CelType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return DYN;
  switch (schema.type) {
    case 'object':
      return objectType(schema, name, isResource || schema['x-kubernetes-embedded-resource'] === true);
    case 'array':
      return arrayType(schema, name);
    case 'string':
      return stringType(schema);
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    case 'boolean':
      return BOOL;
    default:
      return undefined;
  }
}

function objectType(schema: Schema, name: string, isResource: boolean): CelType {
  const { additionalProperties: values, properties, maxProperties } = schema;
  if (typeof values === 'object' && properties === undefined) {
    const value = celType(values, `${name}.@elem`);
    if (value !== undefined) return mapOf(STRING, value, maxProperties ?? countOf(smallestSize(values) + 6));
  }
  return objectOf(name, () => fieldsOf(schema, name, isResource));
}

function fieldsOf({ properties = {} }: Schema, name: string, isResource: boolean): Map<string, ObjectField> {
  const all = Object.entries(properties);
  if (isResource) {
    const implied: [string, Schema][] = [
      ['apiVersion', { type: 'string', maxLength: 256 }],
      ['kind', { type: 'string', maxLength: 256 }],
      ['metadata', METADATA],
    ];
    all.push(...implied.filter(([field]) => field === 'metadata' || !Object.hasOwn(properties, field)));
  }
  const fields = new Map<string, ObjectField>();
  for (const [jsonName, field] of all) {
    const type = celType(field, `${name}.${jsonName}`);
    if (type === undefined) continue;
    const escaped = celName(jsonName);
    if (escaped !== undefined) fields.set(escaped, { jsonName, type });
    if (escaped !== jsonName && !fields.has(jsonName)) fields.set(jsonName, { jsonName, type });
  }
  return fields;
}

function arrayType(schema: Schema, name: string): CelType | undefined {
  const { items, maxItems } = schema;
  const item = items === undefined ? undefined : celType(items, `${name}.@idx`);
  if (items === undefined || item === undefined) return undefined;
  const listType = listTypeOf(schema);
  return {
    kind: 'list',
    item,
    maxSize: maxItems ?? countOf(smallestSize(items) + 1),
    ...(listType === undefined ? {} : { listType }),
  };
}

function listTypeOf(schema: Schema): ListType | undefined {
  const type = schema['x-kubernetes-list-type'];
  return type === 'set' || type === 'map' ? { type, keys: schema['x-kubernetes-list-map-keys'] ?? [] } : undefined;
}

function stringType({ format, maxLength, enum: allowed }: Schema): CelType {
  switch (format) {
    case 'byte':
      return { kind: 'bytes', maxSize: maxLength ?? MAX_REQUEST_SIZE };
    case 'date-time':
    case 'date':
      return TIMESTAMP;
    case 'duration':
      return DURATION;
  }
  const longest = allowed?.reduce<number>((max, each) => Math.max(max, String(each).length), 0);
  return { kind: 'string', maxSize: maxLength ?? longest ?? MAX_REQUEST_SIZE };
}

/** How many values of a size a request has room for. */
export function countOf(size: number): number {
  return Math.floor((MAX_REQUEST_SIZE - 2) / Math.max(1, size));
}

/** The fewest characters that a value of a schema takes in JSON, where it must be there. */
export function smallestSize(schema: Schema): number {
  if (schema['x-kubernetes-int-or-string'] === true) return 1;
  switch (schema.type) {
    case 'boolean':
      return 4;
    case 'integer':
    case 'number':
      return 1;
    case 'object':
      return (schema.required ?? []).reduce((size, name) => {
        const field = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
        return size + name.length + 4 + (field === undefined ? 1 : smallestSize(field));
      }, 2);
    default:
      return 2;
  }
}
