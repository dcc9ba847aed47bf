import { badRequest } from '#kube/api';
import type { Value } from './contract.ts';

/** First halves of surrogate pairs: the only characters that UTF-16 orders other than UTF-8 does. */
const ASTRAL = /[\ud800-\udbff]/;

/** Byte order of the keys' UTF-8: what every adapter lists in. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  // V8 knows that a string of Latin-1 can't match: for usual keys the tests cost next to nothing.
  if (ASTRAL.test(a) || ASTRAL.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** The smallest key that is greater than all that start with `prefix`; undefined where there is none (the prefix is empty). */
export function prefixEnd(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0) ?? 0;
    if (point < 0x10ffff) return points.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1);
  }
  return undefined;
}

/** Refuses what could not be kept byte by byte: empty keys and half surrogate pairs, which UTF-8 cannot hold. */
export function checkKey(key: string): void {
  if (key === '' || !key.isWellFormed()) throw badRequest(`storage: ${JSON.stringify(key)} is not a key`);
}

/** Refuses a write that is not well-formed, before anything of it happened. */
export function checkPut(key: string, value: Value, expected: number, ttlSeconds: number | undefined): void {
  checkKey(key);
  checkRevision(expected);
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw badRequest(`storage: the value of ${key} has half a surrogate pair, which UTF-8 cannot hold`);
  }
  if (ttlSeconds !== undefined && !(ttlSeconds > 0 && Number.isFinite(ttlSeconds))) {
    throw badRequest(`storage: ${ttlSeconds} is not a time to live in seconds for ${key}`);
  }
}

/** Refuses what is not a revision. */
export function checkRevision(revision: number): void {
  if (!Number.isSafeInteger(revision) || revision < 0) throw badRequest(`storage: ${revision} is not a revision`);
}

/** Refuses limits and revisions of a list that are none. */
export function checkRange(limit: number, revision: number | undefined): void {
  if (!Number.isSafeInteger(limit) || limit < 0) throw badRequest(`storage: ${limit} is not a limit`);
  if (revision !== undefined) checkRevision(revision);
}
