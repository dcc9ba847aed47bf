import type { KubeObject, Schema, SchemaResolver, StatusError } from '#kube/api';
import { isStatusError } from '#kube/api';
import { applyObject } from '../apply-object.ts';
import type { FieldPath } from '../compare-objects.ts';
import { formatElement } from '../element.ts';
import { paths } from '../field-set.ts';
import { managersOf, trackUpdate } from '../track-update.ts';

const text: Schema = { type: 'string' };
const item: Schema = {
  type: 'object',
  properties: { name: text, value: text, number: { type: 'integer' }, inner: { $ref: 'Inner' }, set: setOf(text) },
};

function setOf(items: Schema): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'set' };
}

function listOf(items: Schema, ...keys: string[]): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

const definitions: Record<string, Schema> = {
  Inner: { type: 'object', properties: { a: text, b: text } },
  Recursive: { type: 'object', additionalProperties: { $ref: 'Recursive' } },
  'x.v1.ThingSpec': {
    type: 'object',
    required: ['needed'],
    properties: { replicas: { type: 'integer' }, needed: listOf(item, 'name'), pointer: { $ref: 'Inner' } },
  },
};

/** A kind with a field of every form. */
export const thing: Schema = {
  type: 'object',
  properties: {
    apiVersion: text,
    kind: text,
    metadata: {
      type: 'object',
      properties: {
        name: text,
        labels: { type: 'object', additionalProperties: text },
        annotations: { type: 'object', additionalProperties: text },
        finalizers: setOf(text),
      },
    },
    text,
    number: { type: 'integer' },
    flag: { type: 'boolean' },
    set: setOf(text),
    numbers: setOf({ type: 'integer' }),
    list: listOf(item, 'name'),
    ports: listOf(
      {
        type: 'object',
        properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: text },
      },
      'port',
      'protocol',
    ),
    atomicList: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
    plainList: { type: 'array', items: item },
    atomicMap: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
    map: { type: 'object', additionalProperties: text },
    maps: { type: 'object', additionalProperties: { type: 'object', additionalProperties: text } },
    recursive: { $ref: 'Recursive' },
    struct: { type: 'object', properties: { name: text, number: { type: 'integer' }, inner: { $ref: 'Inner' } } },
    free: { 'x-kubernetes-preserve-unknown-fields': true },
    open: { type: 'object', properties: { known: { $ref: 'Inner' } }, 'x-kubernetes-preserve-unknown-fields': true },
    spec: { $ref: 'x.v1.ThingSpec' },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
};
export const resolve: SchemaResolver = (schema) =>
  schema.$ref === undefined ? schema : (definitions[schema.$ref] as Schema);

const START_MS = Date.UTC(2024, 0, 1);

/** The fields of a Thing besides its metadata. */
export type Fields = Record<string, unknown>;

/** An item of `list`. */
export function named(name: string, more: Fields = {}): Fields {
  return { name, ...more };
}

/** What a step may say besides the fields. */
export interface StepOptions {
  readonly force?: boolean;
  readonly version?: string;
  readonly subresource?: string;
  readonly resetFields?: readonly FieldPath[];
}

/** One object as many managers write it: each write takes a second. */
export class History {
  live: KubeObject | undefined;
  nowMs = START_MS;

  /** Everything but metadata. */
  get fields(): Fields {
    const { apiVersion: _a, kind: _k, metadata: _m, ...fields } = this.live as KubeObject;
    return fields;
  }

  apply(manager: string, fields: Fields, options: StepOptions = {}): this {
    this.live = applyObject({
      ...this.#common(manager, options),
      live: this.live,
      applied: newThing(fields, options),
      force: options.force === true,
    });
    return this;
  }

  /** As `apply`; answers the 409 that must come of it. */
  conflict(manager: string, fields: Fields, options: StepOptions = {}): StatusError {
    try {
      this.apply(manager, fields, options);
    } catch (error) {
      if (isStatusError(error, 'Conflict')) return error;
      throw error;
    }
    throw new Error('there was no conflict');
  }

  update(manager: string, fields: Fields, options: StepOptions = {}): this {
    const updated = newThing(fields, options);
    trackUpdate({ ...this.#common(manager, options), live: this.live, updated });
    this.live = updated;
    return this;
  }

  /** Changes some fields and keeps the rest. */
  patch(manager: string, fields: Fields, options: StepOptions = {}): this {
    return this.update(manager, { ...structuredClone(this.fields), ...fields }, options);
  }

  patchOrCreate(manager: string, fields: Fields, options: StepOptions = {}): this {
    return this.live === undefined ? this.update(manager, fields, options) : this.patch(manager, fields, options);
  }

  /** Who owns what: paths by `apply:manager` or `update:manager`. */
  owners(): Record<string, string[]> {
    const owners: Record<string, string[]> = {};
    for (const { operation, manager, subresource, fields } of managersOf(this.live)) {
      const name = `${operation.toLowerCase()}:${manager}${subresource === '' ? '' : `/${subresource}`}`;
      owners[name] = [...paths(fields)].map((path) => path.map(formatElement).join('')).sort();
    }
    return owners;
  }

  /** `metadata.managedFields[].time` by manager. */
  times(): Record<string, number> {
    const entries = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(
      entries.map(({ manager = '', time = '' }) => [manager, (Date.parse(time) - START_MS) / 1000]),
    );
  }

  #common(manager: string, { version = 'v1', subresource = '', resetFields }: StepOptions) {
    this.nowMs += 1000;
    return { manager, apiVersion: version, subresource, nowMs: this.nowMs, schema: thing, resolve, resetFields };
  }
}

/** A Thing; `metadata` among the fields is merged in. */
export function newThing(fields: Fields, { version = 'v1' }: StepOptions = {}): KubeObject {
  const { metadata = {}, ...rest } = structuredClone(fields);
  return { apiVersion: version, kind: 'Thing', metadata: { name: 'x', ...(metadata as object) }, ...rest };
}
