import { type Descriptions, definition } from '../schema/mod.ts';
import type { Schema } from '../schema.ts';

/** What OpenAPI says of definitions whose JSON is of several types. */
const V3_SPECIAL: Readonly<Record<string, object>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
};

/** A built-in definition as a component of OpenAPI v3, with its descriptions. */
export function builtinV3(name: string, words: Descriptions): object {
  const { properties, 'x-kubernetes-preserve-unknown-fields': _free, ...rest } = definition(name);
  const description = text(words.of(name));
  if (Object.hasOwn(V3_SPECIAL, name)) return { ...description, ...V3_SPECIAL[name] };
  if (properties === undefined) return { ...description, ...rest };
  const fields = Object.entries(properties).map(([field, schema]) => [
    field,
    withReferences({ ...text(words.of(name, field)), ...schema }),
  ]);
  return { ...description, ...rest, properties: Object.fromEntries(fields) };
}

/** A schema of a CRD as it stands in OpenAPI v3: the same, with references made to components. */
export function customV3(schema: Schema): object {
  return withReferences(schema);
}

/** References become `#/components/schemas/…`; what stands beside one needs `allOf` in OpenAPI 3.0. */
function withReferences(schema: Schema): object {
  const { $ref, ...rest } = schema;
  if ($ref !== undefined) {
    const reference = { $ref: `#/components/schemas/${$ref}` };
    return Object.keys(rest).length === 0 ? reference : { allOf: [reference], ...rest };
  }
  return {
    ...rest,
    ...(schema.items === undefined ? {} : { items: withReferences(schema.items) }),
    ...(typeof schema.additionalProperties === 'object'
      ? { additionalProperties: withReferences(schema.additionalProperties) }
      : {}),
    ...(schema.properties === undefined ? {} : { properties: withReferencesIn(schema.properties) }),
  };
}

function withReferencesIn(properties: Readonly<Record<string, Schema>>): object {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, withReferences(schema)]));
}

function text(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}
