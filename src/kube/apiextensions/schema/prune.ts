import type { Schema } from '#kube/api';
import { isObject } from './json-value.ts';
import { embeddedSchema } from './resource-fields.ts';

/** Unknown fields that are told of; the rest is dropped in silence. */
const MAX_TOLD = 100;

/** Where the walk is, and what it met. */
interface Walk {
  readonly path: (string | number)[];
  readonly unknown: string[];
}

type Prune = (value: unknown, walk: Walk) => void;

/** Drops, in place, what a schema does not know; answers the paths of it (`spec.containers[0].bar`). */
export type Pruner = (value: unknown) => string[];

/**
 * Compiles the pruning of a structural schema: unknown fields go, unless `x-kubernetes-preserve-unknown-fields` keeps them, and nulls
 * go where the schema neither allows them nor has a default in their place.
 */
export function compilePruner(schema: Schema): Pruner {
  const prune = compile(schema);
  return (value) => {
    const walk: Walk = { path: [], unknown: [] };
    prune(value, walk);
    return walk.unknown;
  };
}

const compiled = new WeakMap<Schema, Prune>();

function compile(schema: Schema): Prune {
  let prune = compiled.get(schema);
  if (prune === undefined) {
    prune = makePrune(schema);
    compiled.set(schema, prune);
  }
  return prune;
}

function makePrune(given: Schema): Prune {
  const schema = embeddedSchema(given);
  const { items, additionalProperties: values } = schema;
  const ofFields = compileFields(schema);
  const ofItems = items === undefined ? undefined : compile(items);
  const ofValues = typeof values === 'object' ? compileValues(values) : undefined;
  const keepsAll = values === true && schema.properties === undefined;
  return (value, walk) => {
    if (Array.isArray(value)) {
      if (ofItems === undefined) return;
      for (let index = 0; index < value.length; index++) descend(ofItems, value[index], index, walk);
    } else if (isObject(value)) {
      if (ofValues !== undefined && schema.properties === undefined) ofValues(value, walk);
      else if (!keepsAll) ofFields(value, walk);
    }
  };
}

function compileFields({ properties = {}, ...schema }: Schema): (value: Record<string, unknown>, walk: Walk) => void {
  const fields = new Map(Object.entries(properties).map(([name, field]) => [name, compileField(field)]));
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true;
  return (value, walk) => {
    for (const name in value) {
      const field = fields.get(name);
      if (field === undefined) {
        if (keeps) continue;
        tell(name, walk);
        delete value[name];
      } else if (value[name] === null && field.dropsNull) delete value[name];
      else descend(field.prune, value[name], name, walk);
    }
  };
}

function compileValues(schema: Schema): (value: Record<string, unknown>, walk: Walk) => void {
  const { prune, dropsNull } = compileField(schema);
  return (value, walk) => {
    for (const name in value) {
      if (value[name] === null && dropsNull) delete value[name];
      else descend(prune, value[name], name, walk);
    }
  };
}

function compileField(schema: Schema): { readonly prune: Prune; readonly dropsNull: boolean } {
  return { prune: compile(schema), dropsNull: schema.nullable !== true && schema.default === undefined };
}

function descend(prune: Prune, value: unknown, step: string | number, walk: Walk): void {
  if (typeof value !== 'object' || value === null) return;
  walk.path.push(step);
  prune(value, walk);
  walk.path.pop();
}

function tell(name: string, { path, unknown }: Walk): void {
  if (unknown.length >= MAX_TOLD) return;
  let text = '';
  for (const step of [...path, name])
    text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${step}`;
  unknown.push(text);
}
