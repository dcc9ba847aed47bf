import type { CelType, ObjectField } from '../types/type.ts';
import { DYN } from '../types/type.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './time.ts';
import { Duration, ListValue, MapValue, Optional, Timestamp, TypeValue, Uint, type Value } from './value.ts';

const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): value is { readonly rawJSON: string } };

/** The digits of an integer beyond 2^53, which is kept as it was written. */
function rawText(value: object): string | undefined {
  return isRawJSON(value) ? value.rawJSON : undefined;
}

/** A value of JSON as its schema's type sees it. Objects and lists are wrapped, not copied: fields are converted when they are read. */
export function fromJson(json: unknown, type: CelType): Value {
  switch (typeof json) {
    case 'string':
      return fromText(json, type);
    case 'boolean':
      return json;
    case 'bigint':
      return json;
    case 'number':
      return fromNumber(json, type);
    case 'object':
      return json === null ? null : fromObject(json, type);
    default:
      return null;
  }
}

function fromText(text: string, type: CelType): Value {
  switch (type.kind) {
    case 'timestamp':
      return parseTimestamp(text) ?? parseTimestamp(`${text}T00:00:00Z`) ?? text;
    case 'duration':
      return parseDuration(text) ?? text;
    case 'bytes':
      return Buffer.from(text, 'base64');
    default:
      return text;
  }
}

function fromNumber(json: number, type: CelType): Value {
  if (type.kind === 'double') return json;
  return Number.isInteger(json) && Math.abs(json) < 2 ** 63 ? BigInt(json) : json;
}

function fromObject(json: object, type: CelType): Value {
  if (Array.isArray(json)) return new JsonList(json, type);
  const raw = rawText(json);
  if (raw !== undefined) return type.kind === 'double' ? Number(raw) : BigInt(raw);
  return type.kind === 'object'
    ? new JsonObject(json as Record<string, unknown>, type.name, type.fields())
    : new JsonMap(json as Record<string, unknown>, type.kind === 'map' ? type.value : DYN);
}

class JsonList extends ListValue {
  readonly #json: readonly unknown[];
  readonly #item: CelType;

  constructor(json: readonly unknown[], type: CelType) {
    super(type.kind === 'list' ? type.listType : undefined);
    this.#json = json;
    this.#item = type.kind === 'list' ? type.item : DYN;
  }

  get size(): number {
    return this.#json.length;
  }

  at(index: number): Value {
    return fromJson(this.#json[index], this.#item);
  }
}

class JsonMap extends MapValue {
  readonly #json: Record<string, unknown>;
  readonly #value: CelType;
  #size: number | undefined;

  constructor(json: Record<string, unknown>, value: CelType) {
    super();
    this.#json = json;
    this.#value = value;
  }

  get size(): number {
    this.#size ??= Object.keys(this.#json).length;
    return this.#size;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#json, key)) return undefined;
    return fromJson(this.#json[key], this.#value);
  }

  keys(): Iterable<Value> {
    return Object.keys(this.#json);
  }
}

/** An object with a schema: only fields that the schema has are there. */
class JsonObject extends MapValue {
  override readonly objectType: string;
  readonly #json: Record<string, unknown>;
  readonly #fields: ReadonlyMap<string, ObjectField>;

  constructor(json: Record<string, unknown>, typeName: string, fields: ReadonlyMap<string, ObjectField>) {
    super();
    this.objectType = typeName;
    this.#json = json;
    this.#fields = fields;
  }

  get size(): number {
    return [...this.keys()].length;
  }

  get(key: Value): Value | undefined {
    const field = typeof key === 'string' ? this.#fields.get(key) : undefined;
    if (field === undefined || !Object.hasOwn(this.#json, field.jsonName)) return undefined;
    return fromJson(this.#json[field.jsonName], field.type);
  }

  *keys(): Generator<Value> {
    for (const [name, { jsonName }] of this.#fields) if (Object.hasOwn(this.#json, jsonName)) yield name;
  }
}

/** A value as JSON, for those who want an expression's result: ints become numbers where that is exact. */
export function toJson(value: Value): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ListValue) return [...value].map(toJson);
  if (value instanceof MapValue) {
    return Object.fromEntries([...value.keys()].map((key) => [String(toJson(key)), toJson(value.get(key) as Value)]));
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Uint) return toJson(value.value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  return value instanceof TypeValue ? value.name : String(value);
}
