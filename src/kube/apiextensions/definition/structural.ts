import type { Schema } from '#kube/api';
import type { FieldErrors, Path } from '#kube/api/values';
import { linearRegex } from '#kube/cel';
import { jsonEqual } from '../schema/json-value.ts';
import { junctorSchemas } from './walk.ts';

type Level = 'root' | 'item' | 'field';

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];
const EMPTY: Record<Level, string> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/**
 * Complaints about what makes a schema not structural: every value has one type, said outside of junctors, and junctors only restrict
 * what is specified.
 */
export function validateStructural(schema: Schema, path: Path, errors: FieldErrors): void {
  validateInvariants(schema, 'root', path, errors);
  validateCompleteness(schema, path, errors);
}

function validateInvariants(schema: Schema, level: Level, path: Path, errors: FieldErrors): void {
  const { properties = {}, items, additionalProperties: values, type } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (type === 'array' && items === undefined) errors.required(path.child('items'), 'must be specified');
  if (items !== undefined) validateInvariants(items, 'item', path.child('items'), errors);
  for (const [name, property] of Object.entries(properties))
    validateInvariants(property, 'field', path.child('properties').key(name), errors);
  if (values !== undefined) {
    const at = path.child('additionalProperties');
    if (level === 'root') errors.forbidden(at, 'must not be used at the root');
    if (typeof values === 'object') validateInvariants(values, 'field', at, errors);
    if (isEmbedded) errors.forbidden(at, 'must not be used if x-kubernetes-embedded-resource is set');
  }
  validateExtensions(schema, path, errors);
  validateJunctors(schema, path, errors);
  validateType(schema, level, path, errors);
  if (level === 'root' || isEmbedded) validateResource(schema, path, errors);
  const metadata = Object.hasOwn(properties, 'metadata') ? properties.metadata : undefined;
  if (level === 'root' && metadata !== undefined)
    validateMetadata(metadata, path.child('properties').key('metadata'), errors);
}

function validateExtensions(schema: Schema, path: Path, errors: FieldErrors): void {
  if (schema['x-kubernetes-int-or-string'] !== true) return;
  for (const extension of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const) {
    if (schema[extension] === true)
      errors.invalid(path.child(extension), true, 'must be false if x-kubernetes-int-or-string is true');
  }
}

function validateType(schema: Schema, level: Level, path: Path, errors: FieldErrors): void {
  const at = path.child('type');
  const { type = '' } = schema;
  if (schema['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    if (type === '') errors.required(at, detail);
    else errors.invalid(at, type, detail);
  } else if (
    type === '' &&
    schema['x-kubernetes-int-or-string'] !== true &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  ) {
    errors.required(at, EMPTY[level]);
  }
  if (level === 'root' && type !== '' && type !== 'object') errors.invalid(at, type, 'must be object at the root');
}

function validateResource(schema: Schema, path: Path, errors: FieldErrors): void {
  const { properties = {} } = schema;
  for (const [name, type] of [
    ['kind', 'string'],
    ['apiVersion', 'string'],
    ['metadata', 'object'],
  ] as const) {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (field !== undefined && field.type !== type)
      errors.invalid(path.child('properties').key(name).child('type'), field.type ?? '', `must be ${type}`);
  }
  if (schema['x-kubernetes-embedded-resource'] !== true) return;
  if (schema['x-kubernetes-preserve-unknown-fields'] !== true && Object.keys(properties).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.required(path.child('properties'), detail);
  }
}

/** The metadata of the root: only the names may be restricted. */
function validateMetadata(metadata: Schema, path: Path, errors: FieldErrors): void {
  const { type: _t, default: _d, description: _c, properties = {}, ...rest } = metadata;
  const onlyNames = Object.keys(properties).every((name) => name === 'name' || name === 'generateName');
  if (onlyNames && Object.keys(rest).length === 0) return;
  errors.forbidden(
    path,
    'must not specify anything other than name and generateName, but metadata is implicitly specified',
  );
}

function validateJunctors(schema: Schema, path: Path, errors: FieldErrors, isNested = false): void {
  const skipsAnyOf = !isNested && jsonEqual(schema.anyOf, INT_OR_STRING);
  const skipsFirst = !isNested && jsonEqual(schema.allOf?.[0]?.anyOf, INT_OR_STRING);
  for (const inner of junctorSchemas(schema, path)) {
    const place = inner.path.toString();
    if (skipsAnyOf && place.startsWith(`${path}.anyOf[`)) continue;
    const skips = skipsFirst && place === `${path}.allOf[0]`;
    validateNested(skips ? { ...inner.schema, anyOf: [] } : inner.schema, inner.path, errors);
  }
  if (schema.pattern === undefined || schema.pattern === '') return;
  try {
    linearRegex(schema.pattern);
  } catch (error) {
    const detail = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
    errors.invalid(path.child('pattern'), schema.pattern, detail);
  }
}

const FORBIDDEN: readonly (readonly [keyof Schema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function validateNested(schema: Schema, path: Path, errors: FieldErrors): void {
  validateJunctors(schema, path, errors, true);
  if (schema.items !== undefined) validateNested(schema.items, path.child('items'), errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    validateNested(property, path.child('properties').key(name), errors);
  for (const [field, detail] of FORBIDDEN) {
    const value = schema[field];
    const isEmpty =
      value === undefined || value === '' || value === false || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) errors.forbidden(path.child(field), detail);
  }
  if (Object.hasOwn(schema.properties ?? {}, 'metadata'))
    errors.forbidden(path.child('properties').key('metadata'), 'must not be specified in a nested context');
}

/** What junctors speak of must be specified outside of them. */
function validateCompleteness(schema: Schema, path: Path, errors: FieldErrors): void {
  for (const inner of junctorSchemas(schema, path)) validateSpecified(inner.schema, inner.path, schema, path, errors);
  if (schema.items !== undefined) validateCompleteness(schema.items, path.child('items'), errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    validateCompleteness(property, path.child('properties').key(name), errors);
  if (typeof schema.additionalProperties === 'object')
    validateCompleteness(schema.additionalProperties, path.child('additionalProperties'), errors);
}

function validateSpecified(nested: Schema, at: Path, schema: Schema, path: Path, errors: FieldErrors): void {
  for (const inner of junctorSchemas(nested, at)) validateSpecified(inner.schema, inner.path, schema, path, errors);
  const compare = (part: Schema, partAt: Path, found: Schema | undefined, foundAt: Path) => {
    if (found === undefined) errors.required(foundAt, `because it is defined in ${partAt}`);
    else validateSpecified(part, partAt, found, foundAt, errors);
  };
  if (nested.items !== undefined) compare(nested.items, at.child('items'), schema.items, path.child('items'));
  for (const [name, property] of Object.entries(nested.properties ?? {})) {
    const found = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
    compare(property, at.child('properties').key(name), found, path.child('properties').key(name));
  }
}
