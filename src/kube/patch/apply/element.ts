/**
 * Path elements of field sets, in the words of structured-merge-diff: `f:name` is a field, `k:{"name":"x"}` the item of
 * a keyed list, `v:"x"` the item of a set, `i:0` a position. Two elements are the same if their texts are.
 */
import { isJsonObject, type JsonObject } from '../values.ts';

/** A key of a list-type map: by it, or by its default, items are told apart. */
export interface ListKey {
  readonly name: string;
  /** Its JSON text with colon, ready to be written: `"name":`. */
  readonly label: string;
  readonly fallback: unknown;
}

/** `v:"x"`: the element of a set's item; undefined for what cannot be in a set. */
export function valueElement(item: unknown): string | undefined {
  return item === null || typeof item === 'object' || item === undefined ? undefined : `v:${toJson(item)}`;
}

/**
 * `k:{"containerPort":80,"protocol":"TCP"}`; keys that are absent and have no default are left out, undefined if all
 * are.
 */
export function keyElement(item: unknown, keys: readonly ListKey[]): string | undefined {
  if (!isJsonObject(item)) return undefined;
  let text = '';
  for (const { name, label, fallback } of keys) {
    const value = keyValue(item, name) ?? fallback;
    if (value === undefined) continue;
    text += `${text === '' ? 'k:{' : ','}${label}${toJson(value)}`;
  }
  return text === '' ? undefined : `${text}}`;
}

function keyValue(item: JsonObject, name: string): unknown {
  const value = item[name];
  return value === undefined || Object.hasOwn(item, name) ? value : undefined;
}

const ESCAPED = /[<>&\u2028\u2029]/g;
/** What is its own JSON between quotes, as nearly all keys of lists are. */
const PLAIN = /^[\w ./:@-]*$/;

/** JSON as Go's encoder writes it, which escapes what is special in HTML. */
export function toJson(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  const text = JSON.stringify(value);
  return text.replace(ESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What an element is read as: its kind, and its name, keys, value or position. */
export type ParsedElement =
  | { readonly kind: 'f'; readonly name: string }
  | { readonly kind: 'k'; readonly keys: [string, unknown][] }
  | { readonly kind: 'v'; readonly value: unknown }
  | { readonly kind: 'i'; readonly index: number };

/** Reads an element; undefined for one that isn't any. */
function parseElement(element: string): ParsedElement | undefined {
  if (element[1] !== ':') return undefined;
  const text = element.slice(2);
  switch (element[0]) {
    case 'f':
      return { kind: 'f', name: text };
    case 'i':
      return /^[0-9]{1,9}$/.test(text) ? { kind: 'i', index: Number(text) } : undefined;
    case 'k': {
      const keys = parseJson(text);
      return isJsonObject(keys) ? { kind: 'k', keys: sortedEntries(keys) } : undefined;
    }
    case 'v': {
      const value = parseJson(text);
      return value === undefined ? undefined : { kind: 'v', value };
    }
    default:
      return undefined;
  }
}

function sortedEntries(object: JsonObject): [string, unknown][] {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The one way to write an element; undefined for one that isn't any. */
export function canonicalElement(element: string): string | undefined {
  if (element.startsWith('f:')) return element;
  const parsed = parseElement(element);
  switch (parsed?.kind) {
    case 'k':
      return `k:{${parsed.keys.map(([name, value]) => `${toJson(name)}:${toJson(value)}`).join(',')}}`;
    case 'v':
      return `v:${toJson(parsed.value)}`;
    case 'i':
      return `i:${parsed.index}`;
    default:
      return undefined;
  }
}

/** `.spec`, `[name="x"]`, `[="x"]`, `[0]`: how conflicts name a path, element by element. */
export function formatElement(element: string): string {
  const parsed = parseElement(element);
  switch (parsed?.kind) {
    case 'f':
      return `.${parsed.name}`;
    case 'k':
      return `[${parsed.keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    case 'v':
      return `[=${JSON.stringify(parsed.value)}]`;
    case 'i':
      return `[${parsed.index}]`;
    default:
      return `[${element}]`;
  }
}

/** Most elements of lists: one key, or none, and a string without escapes. They are compared without being parsed. */
const SIMPLE = /^(?:k:\{"([^"\\]*)":|v:)"([^"\\]*)"\}?$/;

const KINDS = '.fkvi';

/** Upstream's order: fields, keys, values, positions; keys and values by what they are, numbers before strings. */
export function compareElements(a: string, b: string): number {
  if (a === b) return 0;
  const [kind, other] = [a[0] as string, b[0] as string];
  if (kind !== other) return KINDS.indexOf(kind) - KINDS.indexOf(other);
  if (kind === 'f') return a < b ? -1 : 1;
  const [simple, otherSimple] = [SIMPLE.exec(a), SIMPLE.exec(b)];
  if (simple !== null && otherSimple !== null && simple[1] === otherSimple[1]) {
    return compareValues(simple[2], otherSimple[2]);
  }
  const [left, right] = [parseElement(a), parseElement(b)];
  if (left?.kind === 'i' && right?.kind === 'i') return left.index - right.index;
  if (left?.kind === 'v' && right?.kind === 'v') return compareValues(left.value, right.value);
  if (left?.kind === 'k' && right?.kind === 'k') return compareKeys(left.keys, right.keys);
  return a < b ? -1 : 1;
}

function compareKeys(a: [string, unknown][], b: [string, unknown][]): number {
  for (const [at, [name, value]] of a.entries()) {
    const other = b[at];
    if (other === undefined) return 1;
    if (name !== other[0]) return name < other[0] ? -1 : 1;
    const order = compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The order of two items of a keyed list; an absent key comes as a missing one does in `compareElements`. */
export function compareByKeys(a: JsonObject, b: JsonObject, keys: readonly ListKey[]): number {
  for (const { name, fallback } of keys) {
    const [left, right] = [keyValue(a, name) ?? fallback, keyValue(b, name) ?? fallback];
    if (left === right) continue;
    // Where keys are missing, the next key's name decides: as texts do, which this rare case is left to.
    if (left === undefined || right === undefined)
      return compareElements(keyElement(a, keys) ?? '', keyElement(b, keys) ?? '');
    return compareValues(left, right);
  }
  return 0;
}

const TYPES = ['number', 'string', 'boolean', 'object'];

/** The order of scalars: numbers, strings, booleans. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return TYPES.indexOf(typeof a) - TYPES.indexOf(typeof b);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  const [left, right] = typeof a === 'string' ? [a, b as string] : [JSON.stringify(a), JSON.stringify(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}
