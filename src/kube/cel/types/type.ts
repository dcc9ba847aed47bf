/** The type of a CEL value. Types that come from a schema know how large their values can be. */
export type CelType = (
  | { readonly kind: SimpleKind }
  | { readonly kind: 'list'; readonly item: CelType; readonly listType?: ListType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | ObjectType
  | { readonly kind: 'optional'; readonly of: CelType }
  | { readonly kind: 'opaque'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string }
) & {
  /** Characters, items or entries at most. */
  readonly maxSize?: number;
};

/** Types without parameters. */
export type SimpleKind =
  | 'dyn'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'null'
  | 'duration'
  | 'timestamp'
  | 'type'
  | 'error';

/** How the items of a list are told apart, which equality and `+` go by. */
export interface ListType {
  readonly type: 'set' | 'map';
  readonly keys: readonly string[];
}

/** An object with known fields. */
export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  /** By the name that expressions use. Asked when needed: types may refer to themselves. */
  readonly fields: () => ReadonlyMap<string, ObjectField>;
}

/** A field; `jsonName` is what it is called in JSON. */
export interface ObjectField {
  readonly jsonName: string;
  readonly type: CelType;
}

const simple = (kind: SimpleKind): CelType => Object.freeze({ kind });

export const DYN = simple('dyn');
export const BOOL = simple('bool');
export const INT = simple('int');
export const UINT = simple('uint');
export const DOUBLE = simple('double');
export const STRING = simple('string');
export const BYTES = simple('bytes');
export const NULL = simple('null');
export const DURATION = simple('duration');
export const TIMESTAMP = simple('timestamp');
export const TYPE = simple('type');
export const ERROR = simple('error');

/** `list(item)`; `maxSize` is what estimates of cost go by. */
export const listOf = (item: CelType, maxSize?: number): CelType =>
  maxSize === undefined ? { kind: 'list', item } : { kind: 'list', item, maxSize };
/** `map(key, value)`; `maxSize` is what estimates of cost go by. */
export const mapOf = (key: CelType, value: CelType, maxSize?: number): CelType =>
  maxSize === undefined ? { kind: 'map', key, value } : { kind: 'map', key, value, maxSize };
/** `optional_type(of)`. */
export const optionalOf = (of: CelType): CelType => ({ kind: 'optional', of });
/** A type that only functions look into, under its CEL name. */
export const opaque = (name: string): CelType => ({ kind: 'opaque', name });

/** An object of a schema. Its fields are made when somebody asks for them first: kinds may contain themselves. */
export function objectOf(name: string, makeFields: () => ReadonlyMap<string, ObjectField>): CelType {
  let fields: ReadonlyMap<string, ObjectField> | undefined;
  return {
    kind: 'object',
    name,
    fields: () => {
      fields ??= makeFields();
      return fields;
    },
  };
}

/** A type as messages name it: `list(string)`, `map(string, int)`, `optional_type(int)`. */
export function typeName(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeName(type.item)})`;
    case 'map':
      return `map(${typeName(type.key)}, ${typeName(type.value)})`;
    case 'optional':
      return `optional_type(${typeName(type.of)})`;
    case 'object':
    case 'opaque':
    case 'parameter':
      return type.name;
    case 'duration':
      return 'google.protobuf.Duration';
    case 'timestamp':
      return 'google.protobuf.Timestamp';
    case 'error':
      return '!error!';
    default:
      return type.kind;
  }
}

/** What the parameters of one signature stand for. */
export type Bindings = Map<string, CelType>;

/** May a value of type `from` be given where `to` is wanted? Binds the parameters of `to`. */
export function isAssignable(to: CelType, from: CelType, bindings: Bindings): boolean {
  if (to.kind === 'dyn' || from.kind === 'dyn' || to.kind === 'error' || from.kind === 'error') {
    if (to.kind === 'parameter') return bind(to.name, from, bindings);
    return true;
  }
  if (to.kind === 'parameter') return bind(to.name, from, bindings);
  if (from.kind === 'parameter') return true;
  if (from.kind === 'null' && ['null', 'object', 'opaque', 'duration', 'timestamp'].includes(to.kind)) return true;
  if (to.kind === 'null' && ['object', 'opaque', 'duration', 'timestamp'].includes(from.kind)) return true;
  if (to.kind === 'list') return from.kind === 'list' && isAssignable(to.item, from.item, bindings);
  if (to.kind === 'map') {
    if (from.kind !== 'map') return false;
    return isAssignable(to.key, from.key, bindings) && isAssignable(to.value, from.value, bindings);
  }
  if (to.kind === 'optional') return from.kind === 'optional' && isAssignable(to.of, from.of, bindings);
  if (to.kind === 'object' || to.kind === 'opaque') return from.kind === to.kind && from.name === to.name;
  return to.kind === from.kind;
}

function bind(name: string, type: CelType, bindings: Bindings): boolean {
  const bound = bindings.get(name);
  if (bound === undefined || isUndetermined(bound)) {
    if (bound === undefined || bound.kind === 'parameter' || isAssignable(bound, type, bindings)) {
      bindings.set(name, type);
      return true;
    }
  }
  if (bound !== undefined && bound.kind === 'null' && isAssignable(type, bound, bindings)) {
    bindings.set(name, type);
    return true;
  }
  return bound !== undefined && isAssignable(bound, type, bindings);
}

/** The type of `[]` and `{}`: anything may still become of them. */
function isUndetermined(type: CelType): boolean {
  if (type.kind === 'list') return type.item.kind === 'parameter' || isUndetermined(type.item);
  if (type.kind === 'map') return type.value.kind === 'parameter' || isUndetermined(type.value);
  if (type.kind === 'optional') return type.of.kind === 'parameter' || isUndetermined(type.of);
  return false;
}

/** A type with its parameters replaced by what they stand for; `dyn` for those that stand for nothing. */
export function substitute(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case 'parameter':
      return bindings.get(type.name) ?? DYN;
    case 'list':
      return { ...type, item: substitute(type.item, bindings) };
    case 'map':
      return { ...type, key: substitute(type.key, bindings), value: substitute(type.value, bindings) };
    case 'optional':
      return optionalOf(substitute(type.of, bindings));
    default:
      return type;
  }
}

/** The common type of two: one of them if the other fits, `dyn` otherwise. */
export function join(a: CelType, b: CelType): CelType {
  if (a.kind === 'parameter') return b;
  if (b.kind === 'parameter') return a;
  if (a.kind === 'dyn' || b.kind === 'dyn') return DYN;
  if (isUndetermined(a) && isAssignable(b, a, new Map())) return b;
  if (a.kind === 'null') return isAssignable(b, a, new Map()) ? b : DYN;
  return isAssignable(a, b, new Map()) ? a : DYN;
}
