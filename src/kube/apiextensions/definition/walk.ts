import type { Schema } from '#kube/api';
import type { Path } from '#kube/api/values';

/** A schema inside of another, and where it stands. */
export interface Inner {
  readonly schema: Schema;
  readonly path: Path;
  /** `properties`, `items` and `additionalProperties` describe values; the rest only restricts them. */
  readonly kind: 'property' | 'items' | 'additionalProperties' | 'junctor';
  /** The name of a property. */
  readonly name: string;
}

/** The schemas right inside of one. */
export function innerSchemas(schema: Schema, path: Path): Inner[] {
  const { properties, additionalProperties: values, items } = schema;
  const inner: Inner[] = [];
  if (typeof values === 'object') {
    inner.push({ schema: values, path: path.child('additionalProperties'), kind: 'additionalProperties', name: '' });
  }
  for (const [name, property] of Object.entries(properties ?? {}))
    inner.push({ schema: property, path: path.child('properties').key(name), kind: 'property', name });
  if (items !== undefined) inner.push({ schema: items, path: path.child('items'), kind: 'items', name: '' });
  return [...inner, ...junctorSchemas(schema, path)];
}

/** The schemas in `not`, `allOf`, `oneOf` and `anyOf`. */
export function junctorSchemas(schema: Schema, path: Path): Inner[] {
  const inner: Inner[] = [];
  if (schema.not !== undefined) inner.push({ schema: schema.not, path: path.child('not'), kind: 'junctor', name: '' });
  for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [index, each] of (schema[junctor] ?? []).entries())
      inner.push({ schema: each, path: path.child(junctor).index(index), kind: 'junctor', name: '' });
  }
  return inner;
}
