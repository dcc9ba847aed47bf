import { getOwn, isJsonObject, jsonEqual } from '../values.ts';
import { noMergeKey } from './errors.ts';

/**
 * What tells an item of a list apart: a scalar is itself, a map is the value of its merge key. Throws a 400 for a map
 * without.
 */
export function identityOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return item;
  if (!isJsonObject(item) || !Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  return item[mergeKey];
}

/** Positions by identity. Merge keys are scalars nearly always; others are found by comparing. */
export class Positions {
  readonly #scalars = new Map<unknown, number>();
  readonly #others: { identity: unknown; at: number }[] = [];

  constructor(items: readonly unknown[], mergeKey: string) {
    items.forEach((item, at) => {
      const identity = isJsonObject(item) && mergeKey !== '' ? getOwn(item, mergeKey) : item;
      if (this.of(identity) >= 0) return;
      if (typeof identity === 'object' && identity !== null) this.#others.push({ identity, at });
      else this.#scalars.set(identity, at);
    });
  }

  /** The position of the first item of this identity, or -1. */
  of(identity: unknown): number {
    if (typeof identity !== 'object' || identity === null) return this.#scalars.get(identity) ?? -1;
    return this.#others.find((other) => jsonEqual(other.identity, identity))?.at ?? -1;
  }
}

/**
 * The order of a merged list: what `wanted` names (the client's list or its `$setElementOrder`) comes in that order,
 * the server's other items keep theirs and are put between as the live list has them.
 */
export function orderItems(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const wantedAt = new Positions(wanted, mergeKey);
  const liveAt = new Positions(live, mergeKey);
  const placed = merged.map((item) => {
    const identity = identityOf(item, mergeKey);
    return { item, wanted: wantedAt.of(identity), live: liveAt.of(identity) };
  });
  const named = placed.filter((one) => one.wanted >= 0).sort((a, b) => a.wanted - b.wanted);
  const others = placed.filter((one) => one.wanted < 0).sort((a, b) => a.live - b.live);
  const result: unknown[] = [];
  let next = 0;
  for (const { item, live: at } of named) {
    for (let other = others[next]; other !== undefined && at >= 0 && other.live >= 0 && other.live < at; ) {
      result.push(other.item);
      other = others[++next];
    }
    result.push(item);
  }
  return [...result, ...others.slice(next).map(({ item }) => item)];
}
