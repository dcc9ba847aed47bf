import { type Descriptions, definition } from '../schema/mod.ts';
import type { Schema } from '../schema.ts';

const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** A schema in the terms of OpenAPI v2. */
export interface SchemaV2 {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly items?: SchemaV2;
  readonly additionalProperties?: SchemaV2 | boolean;
  readonly properties?: Readonly<Record<string, SchemaV2>>;
  readonly [keyword: string]: unknown;
}

/** A built-in definition, with its descriptions. */
export function builtinV2(name: string, words: Descriptions): SchemaV2 {
  const description = text(words.of(name));
  if (name === QUANTITY) return { ...description, type: 'string' };
  if (name === INT_OR_STRING) return { ...description, type: 'string', format: 'int-or-string' };
  const { properties, 'x-kubernetes-preserve-unknown-fields': _free, ...rest } = definition(name);
  const own = { ...description, ...rest } as SchemaV2;
  if (properties === undefined) return own;
  const fields = Object.entries(properties).map(([field, schema]) => [
    field,
    { ...text(words.of(name, field)), ...builtinField(schema) },
  ]);
  return { ...own, properties: Object.fromEntries(fields) };
}

/** Defaults are shown by v3 only. */
function builtinField(schema: Schema): SchemaV2 {
  const { $ref, items, additionalProperties, default: _default, ...rest } = schema as Schema & Record<string, unknown>;
  return {
    ...(rest as SchemaV2),
    ...($ref === undefined ? {} : { $ref: `#/definitions/${$ref}` }),
    ...(items === undefined ? {} : { items: builtinField(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: builtinField(additionalProperties) } : {}),
  };
}

/**
 * A schema of a CRD, as far as v2 can tell it. What v2 cannot (values of several types, null, unknown fields that
 * stay) is left open, so that old clients don't refuse what the server takes.
 */
export function customV2(schema: Schema): SchemaV2 {
  const { $ref, type, items, properties, additionalProperties, required, ...keywords } = schema;
  const { oneOf: _1, anyOf: _2, allOf: _3, not: _4, nullable, default: _5, example: _6, ...rest } = keywords;
  if ($ref !== undefined) return { ...(rest as SchemaV2), $ref: `#/definitions/${$ref}` };
  const isOpen =
    nullable === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['x-kubernetes-int-or-string'] === true;
  if (isOpen) return rest as SchemaV2;
  return {
    ...(rest as SchemaV2),
    ...(type === undefined ? {} : { type }),
    ...(required === undefined ? {} : { required }),
    ...(items === undefined ? {} : { items: customV2(items) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean' ? additionalProperties : customV2(additionalProperties),
        }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, customV2(field)])),
        }),
  };
}

function text(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}
