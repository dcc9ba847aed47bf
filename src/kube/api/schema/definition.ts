import { HakoError } from '#base';
import type { Schema } from '../schema.ts';
import { buildDefinition } from './build.ts';
import { SPECIAL } from './special.ts';
import { META_PACKAGE, packageOf, structure } from './structure.ts';

const built = new Map<string, Schema>();
/** What a reference with extensions of its own beside it stands for. */
const overlaid = new WeakMap<Schema, Schema>();

/**
 * The schema of a built-in definition by its full name (`io.k8s.api.core.v1.PodSpec`): the same object each time, made
 * when first asked for. `properties` has no prototype. Throws a HakoError (`internal`) for a name that nobody defined.
 */
export function definition(name: string): Schema {
  const known = built.get(name);
  if (known !== undefined) return known;
  const made = SPECIAL.get(name) ?? make(name);
  if (made === undefined) throw new HakoError('internal', `No definition is called ${name}`);
  built.set(name, made);
  return made;
}

/** The full names of all definitions, unordered. */
export function definitionNames(): string[] {
  const names = [...structure()].flatMap(([home, { definitions }]) =>
    Object.keys(definitions).map((name) => `${home}.${name}`),
  );
  return [...names, ...SPECIAL.keys()];
}

/** A `SchemaResolver` (see there). Extensions that stand beside a `$ref` win over the definition's. */
export function resolveSchema(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const target = definition(schema.$ref);
  return hasExtensions(schema) ? overlay(schema, target) : target;
}

function hasExtensions(schema: Schema): boolean {
  return schema['x-kubernetes-map-type'] !== undefined || schema['x-kubernetes-patch-strategy'] !== undefined;
}

function overlay(schema: Schema, target: Schema): Schema {
  const known = overlaid.get(schema);
  if (known !== undefined) return known;
  const { $ref: _ref, description: _description, default: _default, ...extensions } = schema;
  const made = { ...target, ...extensions };
  overlaid.set(schema, made);
  return made;
}

/**
 * The full name of a kind's definition, or undefined when there is none. The kinds of no group (Status, DeleteOptions,
 * WatchEvent …) are found under every group's version.
 */
export function definitionNameOfKind(gvk: { group: string; version: string; kind: string }): string | undefined {
  const home = packageOf(gvk.group, gvk.version);
  if (home !== undefined && structure().get(home)?.kinds.includes(gvk.kind)) return `${home}.${gvk.kind}`;
  return structure().get(META_PACKAGE)?.kinds.includes(gvk.kind) ? `${META_PACKAGE}.${gvk.kind}` : undefined;
}

/** The schema of a built-in kind. Throws a HakoError (`internal`) when it isn't one. */
export function schemaOfKind(gvk: { group: string; version: string; kind: string }): Schema {
  const name = definitionNameOfKind(gvk);
  if (name === undefined) throw new HakoError('internal', `${gvk.group}/${gvk.version} has no kind ${gvk.kind}`);
  return definition(name);
}

function make(name: string): Schema | undefined {
  const dot = name.lastIndexOf('.');
  const home = structure().get(name.slice(0, dot));
  const type = name.slice(dot + 1);
  if (home === undefined || !Object.hasOwn(home.definitions, type)) return undefined;
  return buildDefinition(name.slice(0, dot), home, type);
}
