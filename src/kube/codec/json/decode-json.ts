import { badRequest } from '#kube/api';
import { type JsonScan, scanJson } from './scan.ts';
import { parseStrictly } from './strict-parse.ts';

/** A document and what was odd about it. */
export interface Decoded {
  readonly value: unknown;
  /** The paths of keys that stand twice (`spec.containers[0].name`): the last one counts. At most 100. */
  readonly duplicates: string[];
}

/** How deep objects and lists may nest. The deepest of real kinds, a schema of schemas, stays far below. */
export const MAX_DEPTH = 512;

/**
 * Parses a JSON body. Integers beyond 2^53 are kept exactly (see `isRawNumber`); `__proto__` is a key like any other.
 * Throws a 400 for what isn't JSON or nests too deep.
 */
export function decodeJson(text: string): Decoded {
  const scan = scanJson(text);
  if (scan.depth > MAX_DEPTH) throw badRequest(`the body of the request nests deeper than ${MAX_DEPTH} levels`);
  const value = parse(text);
  return needsCare(scan, value) ? parseStrictly(text) : { value, duplicates: [] };
}

/** The JSON text of a value; large integers come out as they came in. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badRequest(`the body of the request is not JSON: ${(cause as SyntaxError).message}`, cause);
  }
}

/** Fewer keys in the value than in the text: some stood twice. */
function needsCare(scan: JsonScan, value: unknown): boolean {
  return scan.largeNumbers || countKeys(value) !== scan.keys;
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item);
    return count;
  }
  for (const key in value) {
    const child = (value as Record<string, unknown>)[key];
    count += typeof child === 'object' ? countKeys(child) + 1 : 1;
  }
  return count;
}
