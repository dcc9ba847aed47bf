import type { Schema } from '#kube/api';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const STRING: Schema = Object.freeze({ type: 'string' });
/** What is inside of metadata is checked elsewhere. */
const ANYTHING: Schema = Object.freeze({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });

/** The schema of an embedded resource with the fields that every object has, though nobody wrote them down; others as they are. */
export function embeddedSchema(schema: Schema): Schema {
  return schema['x-kubernetes-embedded-resource'] === true ? withTypeFields(schema, ANYTHING) : schema;
}

/** The root schema of a kind with `apiVersion`, `kind` and any `metadata`. */
export function rootSchema(schema: Schema): Schema {
  return withTypeFields(schema, ANYTHING);
}

function withTypeFields(schema: Schema, metadata: Schema): Schema {
  const { properties } = schema;
  return { ...schema, properties: { apiVersion: STRING, kind: STRING, ...properties, metadata } };
}

/**
 * The schema as the rest of the server is to see it (OpenAPI, server-side apply): every resource in it has the built-in `metadata`, so
 * that its lists and maps merge as those of built-in kinds do.
 */
export function publishedSchema(schema: Schema, gvk: { group: string; version: string; kind: string }): Schema {
  return {
    ...withTypeFields(withBuiltinMetadata(schema), { $ref: OBJECT_META }),
    type: 'object',
    'x-kubernetes-group-version-kind': [gvk],
  };
}

function withBuiltinMetadata(schema: Schema): Schema {
  const { properties, items, additionalProperties: values } = schema;
  const inner: Schema = {
    ...schema,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, withBuiltinMetadata(v)])) }),
    ...(items === undefined ? {} : { items: withBuiltinMetadata(items) }),
    ...(typeof values === 'object' ? { additionalProperties: withBuiltinMetadata(values) } : {}),
  };
  return schema['x-kubernetes-embedded-resource'] === true ? withTypeFields(inner, { $ref: OBJECT_META }) : inner;
}
