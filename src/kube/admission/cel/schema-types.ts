import type { Schema, SchemaResolver } from '#kube/api';
import {
  BOOL,
  BYTES,
  type CelType,
  celName,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  type ObjectField,
  objectOf,
  STRING,
  TIMESTAMP,
} from '#kube/cel';

const BY_FORMAT: Readonly<Record<string, CelType>> = {
  byte: BYTES,
  date: TIMESTAMP,
  'date-time': TIMESTAMP,
  duration: DURATION,
  // Numbers and texts both are written as they are.
  'int-or-string': DYN,
};

/** The CEL type of what a schema describes, built-in kinds and their `$ref`s included; what may be anything is `dyn`. */
export function schemaCelType(given: Schema, name: string, resolve: SchemaResolver): CelType {
  const schema = given.$ref === undefined ? given : resolve(given);
  if (schema['x-kubernetes-int-or-string'] === true) return DYN;
  switch (schema.type) {
    case 'object':
      return objectType(schema, name, resolve);
    case 'array':
      return listOf(schema.items === undefined ? DYN : schemaCelType(schema.items, `${name}.@idx`, resolve));
    case 'string':
      return BY_FORMAT[schema.format ?? ''] ?? STRING;
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    case 'boolean':
      return BOOL;
    default:
      return DYN;
  }
}

function objectType(schema: Schema, name: string, resolve: SchemaResolver): CelType {
  const { properties, additionalProperties: values } = schema;
  if (typeof values === 'object' && properties === undefined) {
    return mapOf(STRING, schemaCelType(values, `${name}.@elem`, resolve));
  }
  if (properties === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true) return DYN;
  return objectOf(name, () => fieldsOf(properties, name, resolve));
}

function fieldsOf(
  properties: Readonly<Record<string, Schema>>,
  name: string,
  resolve: SchemaResolver,
): Map<string, ObjectField> {
  const fields = new Map<string, ObjectField>();
  for (const [jsonName, schema] of Object.entries(properties)) {
    const escaped = celName(jsonName);
    if (escaped === undefined) continue;
    const field = { jsonName, type: schemaCelType(schema, `${name}.${jsonName}`, resolve) };
    fields.set(escaped, field);
    if (escaped !== jsonName) fields.set(jsonName, field);
  }
  return fields;
}
