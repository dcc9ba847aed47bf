import type { KubeObject } from '#kube/api';
import { isRawNumber } from '#kube/codec';
import { deepEqual } from './deep-equal.ts';

/**
 * Puts what is equal in `current` in its place in `next`, so that all who compare the two from here on are done with most of it at a
 * glance, and the text of an update that changes nothing is the same again. Nobody may change parts of `next` in place after this.
 */
export function shareUnchanged(next: KubeObject, current: KubeObject): void {
  const { metadata } = next;
  shareFields(next, current);
  // The server's own fields are still to come.
  next.metadata = metadata;
}

type JsonObject = Record<string, unknown>;

/** Shares what it can of `next`; answers whether all of it was equal. */
function shareFields(next: object, current: object): boolean {
  const [to, from] = [next as JsonObject, current as JsonObject];
  let equal = true;
  let more = 0;
  for (const key in to) {
    const value = to[key];
    if (value === undefined) continue;
    more++;
    const old = Object.hasOwn(from, key) ? from[key] : undefined;
    if (value === old) continue;
    // Their parts may be those of other objects already: copies share them.
    if (key === 'managedFields' ? deepEqual(value, old) : isEqual(value, old)) to[key] = old;
    else equal = false;
  }
  for (const key in from) if (from[key] !== undefined) more--;
  return equal && more === 0;
}

function isEqual(value: unknown, old: unknown): boolean {
  if (typeof value !== 'object' || typeof old !== 'object' || value === null || old === null) return false;
  if (isRawNumber(value) || isRawNumber(old))
    return isRawNumber(value) && isRawNumber(old) && value.rawJSON === old.rawJSON;
  if (!Array.isArray(value)) return !Array.isArray(old) && shareFields(value, old);
  return Array.isArray(old) && shareItems(value, old);
}

function shareItems(next: unknown[], current: readonly unknown[]): boolean {
  let equal = next.length === current.length;
  for (let at = 0; at < next.length && at < current.length; at++) {
    if (next[at] === current[at]) continue;
    if (isEqual(next[at], current[at])) next[at] = current[at];
    else equal = false;
  }
  return equal;
}
