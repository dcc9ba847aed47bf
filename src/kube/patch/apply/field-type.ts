import type { Schema, SchemaResolver } from '#kube/api';
import type { JsonObject } from '../values.ts';
import { compareByKeys, compareValues, keyElement, type ListKey, valueElement } from './element.ts';

/**
 * How the values of a schema are owned: as one (`leaf`), by field (`map`), by item (`list`), or as their form says
 * (`deduced`).
 */
export type FieldType = LeafType | MapType | ListType | DeducedType;

/** A scalar, or a list or map that is taken as one value. */
export interface LeafType {
  readonly kind: 'leaf';
}

/** Values of no schema: maps are owned by field, all the rest as one. */
export interface DeducedType {
  readonly kind: 'deduced';
}

const LEAF: LeafType = { kind: 'leaf' };
/** What nobody described. */
export const DEDUCED: DeducedType = { kind: 'deduced' };

/** A struct, a map, or something of both. */
export class MapType {
  readonly kind = 'map';
  readonly fields = new Map<string, Field>();
  readonly #values: Schema | undefined;
  readonly #resolve: SchemaResolver;

  constructor(schema: Schema, resolve: SchemaResolver) {
    this.#resolve = resolve;
    const { additionalProperties, properties = {}, required } = schema;
    this.#values = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    for (const [rank, name] of Object.keys(properties).sort().entries()) {
      const place = { name, rank, required: required?.includes(name) === true };
      this.fields.set(name, new Field(place, properties[name] as Schema, resolve));
    }
  }

  /** The type of what is no field. */
  get values(): FieldType {
    return this.#values === undefined ? DEDUCED : fieldTypeOf(this.#values, this.#resolve);
  }
}

/** A list whose items are told apart by keys, or a set of scalars. */
export class ListType {
  readonly kind = 'list';
  readonly #items: Schema;
  readonly #keyNames: readonly string[];
  readonly #resolve: SchemaResolver;
  #keys: readonly ListKey[] | undefined;

  constructor(items: Schema, keyNames: readonly string[], resolve: SchemaResolver) {
    this.#items = items;
    this.#keyNames = [...keyNames].sort();
    this.#resolve = resolve;
  }

  get items(): FieldType {
    return fieldTypeOf(this.#items, this.#resolve);
  }

  /** The path element of an item; undefined for one that has no keys. */
  elementOf(item: unknown): string | undefined {
    if (this.#keyNames.length === 0) return valueElement(item);
    this.#keys ??= this.#readKeys();
    return keyElement(item, this.#keys);
  }

  get keyNames(): readonly string[] {
    return this.#keyNames;
  }

  /** Are the items maps that keys tell apart? */
  get isKeyed(): boolean {
    return this.#keyNames.length > 0;
  }

  /** The order of two items that have path elements, which is that of their elements. */
  compareItems(a: unknown, b: unknown): number {
    if (this.#keyNames.length === 0) return compareValues(a, b);
    this.#keys ??= this.#readKeys();
    return compareByKeys(a as JsonObject, b as JsonObject, this.#keys);
  }

  #readKeys(): ListKey[] {
    const properties = this.#resolve(this.#items).properties ?? {};
    return this.#keyNames.map((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return { name, label: `${JSON.stringify(name)}:`, fallback: property?.default };
    });
  }
}

/**
 * Structs that stand in others by value, so that in Go they are never absent; and so do all specs, statuses and
 * strategies.
 */
const BY_VALUE: ReadonlySet<string> = new Set([
  'CustomResourceDefinitionNames',
  'DaemonEndpoint',
  'DeviceClaim',
  'EventSource',
  'NodeDaemonEndpoints',
  'NodeSystemInfo',
  'ObjectMeta',
  'PriorityLevelConfigurationReference',
  'ResourcePool',
  'VolumeAttachmentSource',
  'VolumeResourceRequirements',
]);

function isByValue(reference: string | undefined): boolean {
  const type = reference?.slice(reference.lastIndexOf('.') + 1) ?? '';
  return /(?:Spec|Status|Strategy)$/.test(type) || BY_VALUE.has(type);
}

/** Where a field stands in its struct. */
interface FieldPlace {
  readonly name: string;
  readonly rank: number;
  readonly required: boolean;
}

/** A field that a schema names. */
export class Field {
  readonly name: string;
  /** Its place among the struct's fields in order. */
  readonly rank: number;
  /** Its path element. */
  readonly element: string;
  /** A struct of a built-in kind that is there even when the JSON does not show it: nobody owns its being there. */
  readonly byValue: boolean;
  /** A list that Go writes as null when it has none: nobody owns its being there either. */
  readonly alwaysList: boolean;
  readonly #schema: Schema;
  readonly #resolve: SchemaResolver;
  #type: FieldType | undefined;

  constructor({ name, rank, required }: FieldPlace, schema: Schema, resolve: SchemaResolver) {
    this.name = name;
    this.rank = rank;
    this.element = `f:${name}`;
    this.byValue = isByValue(schema.$ref);
    this.alwaysList = required && schema.type === 'array';
    this.#schema = schema;
    this.#resolve = resolve;
  }

  get type(): FieldType {
    this.#type ??= fieldTypeOf(this.#schema, this.#resolve);
    return this.#type;
  }
}

const known = new WeakMap<Schema, FieldType>();

/** How the values of a schema are owned. Made once for each schema, what is below it when it is needed. */
export function fieldTypeOf(schema: Schema, resolve: SchemaResolver): FieldType {
  const resolved = resolve(schema);
  let type = known.get(resolved);
  if (type === undefined) {
    type = build(resolved, resolve);
    known.set(resolved, type);
  }
  return type;
}

function build(schema: Schema, resolve: SchemaResolver): FieldType {
  if (schema['x-kubernetes-int-or-string'] === true) return LEAF;
  switch (schema.type) {
    case 'array':
      return buildList(schema, resolve);
    case 'object':
      return schema['x-kubernetes-map-type'] === 'atomic' ? LEAF : new MapType(schema, resolve);
    case undefined:
      return schema.properties === undefined ? DEDUCED : new MapType(schema, resolve);
    default:
      return LEAF;
  }
}

function buildList(schema: Schema, resolve: SchemaResolver): FieldType {
  const { items, 'x-kubernetes-list-type': type, 'x-kubernetes-list-map-keys': keys } = schema;
  if (items === undefined) return LEAF;
  if (type === 'set') return new ListType(items, [], resolve);
  if (type === 'map' && keys !== undefined && keys.length > 0) return new ListType(items, keys, resolve);
  return LEAF;
}
