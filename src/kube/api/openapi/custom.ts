import type { ResourceDefinition, ResourceVersion } from '../resource.ts';
import type { Descriptions } from '../schema/mod.ts';
import type { Schema } from '../schema.ts';
import { builtinName, kindName, listKind, listName } from './names.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/**
 * The definitions that a CRD's version brings, by full name: its kind and the list of it. None for a built-in
 * resource.
 */
export function customDefinitions(
  row: ResourceDefinition,
  version: ResourceVersion,
  words: Descriptions,
): [name: string, schema: Schema][] {
  if (builtinName(row, version) !== undefined) return [];
  return [
    [kindName(row, version), kindSchema(row, version, words)],
    [listName(row, version), listSchema(row, version, words)],
  ];
}

/** The CRD's own schema, with what every object has. */
function kindSchema(row: ResourceDefinition, version: ResourceVersion, words: Descriptions): Schema {
  const own = withEmbedded(version.schema(), words);
  return { ...own, type: 'object', ...objectFields(own, words), ...groupVersionKind(row, version, row.kind) };
}

/** Whole objects within the object (`x-kubernetes-embedded-resource`) have what every object has, too. */
function withEmbedded(schema: Schema, words: Descriptions): Schema {
  const { properties, items, additionalProperties } = schema;
  const found = {
    ...schema,
    ...(items === undefined ? {} : { items: withEmbedded(items, words) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: withEmbedded(additionalProperties, words) }
      : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [name, withEmbedded(field, words)]),
          ),
        }),
  };
  return schema['x-kubernetes-embedded-resource'] === true ? { ...found, ...objectFields(found, words) } : found;
}

function objectFields({ properties }: Schema, words: Descriptions): Pick<Schema, 'properties'> {
  return { properties: { ...properties, ...typeFields(words), metadata: { $ref: `${META}.ObjectMeta` } } };
}

function listSchema(row: ResourceDefinition, version: ResourceVersion, words: Descriptions): Schema {
  return {
    type: 'object',
    description: `${listKind(row)} is a list of ${row.kind}`,
    required: ['items'],
    properties: {
      ...typeFields(words),
      items: {
        type: 'array',
        description: `List of ${row.plural}.`,
        items: { $ref: kindName(row, version) },
      },
      metadata: { $ref: `${META}.ListMeta` },
    },
    ...groupVersionKind(row, version, listKind(row)),
  };
}

/** `apiVersion` and `kind`, explained as in any built-in kind. */
function typeFields(words: Descriptions): Record<string, Schema> {
  const field = (name: string): Schema => {
    const description = words.of('io.k8s.api.core.v1.Pod', name);
    return { type: 'string', ...(description === undefined ? {} : { description }) };
  };
  return { apiVersion: field('apiVersion'), kind: field('kind') };
}

function groupVersionKind(row: ResourceDefinition, version: ResourceVersion, kind: string): Partial<Schema> {
  return { 'x-kubernetes-group-version-kind': [{ group: row.group, version: version.name, kind }] };
}
