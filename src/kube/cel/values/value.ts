import type { CelType } from '../types/type.ts';

/**
 * CEL values in JavaScript: null, booleans, strings, bigints (int), numbers (double), Uint8Arrays (bytes), and the classes of this folder
 * for all others.
 */
export type Value =
  | null
  | boolean
  | string
  | bigint
  | number
  | Uint8Array
  | Uint
  | Duration
  | Timestamp
  | ListValue
  | MapValue
  | Optional
  | TypeValue
  | Opaque;

/** An unsigned integer of 64 bits. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** A length of time. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A moment, since 1970 in UTC. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** What `type()` answers. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value that may not be there. */
export class Optional {
  static readonly none = new Optional(undefined);
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** A value that only functions know how to handle: a URL, a quantity. */
export abstract class Opaque {
  abstract readonly typeName: string;
  abstract equals(other: Opaque): boolean;
}

/** A list; where its items come from JSON, they are converted when they are asked for. */
export abstract class ListValue {
  abstract readonly size: number;
  abstract at(index: number): Value;
  /** How items are told apart in sets and list maps. */
  readonly listType: Extract<CelType, { kind: 'list' }>['listType'];

  constructor(listType?: Extract<CelType, { kind: 'list' }>['listType']) {
    this.listType = listType;
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let index = 0; index < this.size; index++) yield this.at(index);
  }
}

/** A list of values that an expression made. */
export class ArrayList extends ListValue {
  readonly items: readonly Value[];
  constructor(items: readonly Value[], listType?: ListValue['listType']) {
    super(listType);
    this.items = items;
  }
  get size(): number {
    return this.items.length;
  }
  at(index: number): Value {
    return this.items[index] as Value;
  }
}

/** A map, or an object, whose keys are its fields. */
export abstract class MapValue {
  abstract readonly size: number;
  /** Undefined where there is no such key. */
  abstract get(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;
  /** The name of an object's type; undefined for maps. */
  readonly objectType: string | undefined = undefined;
}

/** A map that an expression made. Numbers that are equal are the same key, whatever their type. */
export class EntryMap extends MapValue {
  readonly #entries = new Map<string, { readonly key: Value; readonly value: Value }>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    const text = keyText(key);
    return text === undefined ? undefined : this.#entries.get(text)?.value;
  }

  keys(): Iterable<Value> {
    return this.#entries.values().map(({ key }) => key);
  }

  /** Answers false when the key is there already, or is of a type that keys cannot have. */
  add(key: Value, value: Value): boolean {
    const text = keyText(key);
    if (text === undefined || this.#entries.has(text)) return false;
    this.#entries.set(text, { key, value });
    return true;
  }
}

function keyText(key: Value): string | undefined {
  switch (typeof key) {
    case 'string':
      return `s${key}`;
    case 'boolean':
      return `b${key}`;
    case 'bigint':
      return `n${key}`;
    case 'number':
      return Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
    default:
      return key instanceof Uint ? `n${key.value}` : undefined;
  }
}
