/** JSON objects as patches see them: keys are chosen by users, so only own properties count. */
export type JsonObject = Record<string, unknown>;

/** Is it a JSON object: neither null, nor a list, nor a number that is kept as text (those have no prototype)? */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value);
}

function isRaw(value: object): boolean {
  return Object.getPrototypeOf(value) === null && (JSON as unknown as RawJson).isRawJSON(value);
}

interface RawJson {
  isRawJSON(value: unknown): boolean;
}

/** The value of an own property. */
export function getOwn(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Sets a key that a user chose: `__proto__` becomes a property like any other. */
export function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else object[key] = value;
}

/** Are two JSON values the same, but for the order of keys? */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!jsonEqual(a[index], b[index])) return false;
    return true;
  }
  return !Array.isArray(b) && sameFields(a as JsonObject, b as JsonObject);
}

function sameFields(a: JsonObject, b: JsonObject): boolean {
  let fields = 0;
  for (const key in a) {
    const [left, right] = [a[key], b[key]];
    if (left === undefined) continue;
    // What is inherited is never equal to JSON, but for Object.prototype itself.
    if (left !== right && ((key === '__proto__' && !Object.hasOwn(b, key)) || !jsonEqual(left, right))) return false;
    fields++;
  }
  for (const key in b) if (b[key] !== undefined) fields--;
  return fields === 0;
}

/** A deep copy that keeps numbers which are kept as text; `structuredClone` refuses those, and is slower. */
export function deepCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(deepCopy);
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const key in value) setOwn(copy, key, deepCopy(value[key]));
  return copy;
}
