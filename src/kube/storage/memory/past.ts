import type { Entry } from '../contract.ts';
import type { SortedKeys } from '../sorted-keys.ts';
import type { History } from './history.ts';

/**
 * What was different below `prefix` at `revision`: for each key that changed since, what was there then (undefined: nothing).
 * The first change after `revision` knows that.
 */
export function differencesAt(history: History, prefix: string, revision: number): Map<string, Entry | undefined> {
  const then = new Map<string, Entry | undefined>();
  for (let at = history.newest; at > revision; at--) {
    const change = history.at(at);
    if (change?.key.startsWith(prefix)) then.set(change.key, change.previous);
  }
  return then;
}

/** The entries of the range as they were, in order: today's keys and those that have gone since are merged. */
export function* entriesThen(
  range: { prefix: string; after: string },
  now: { keys: SortedKeys; entries: ReadonlyMap<string, Entry> },
  then: ReadonlyMap<string, Entry | undefined>,
  compare: (a: string, b: string) => number,
): Generator<Entry, void> {
  const gone = [...then.values()]
    .filter((entry) => entry !== undefined)
    .filter(({ key }) => !now.entries.has(key) && compare(key, range.after) > 0)
    .sort((a, b) => compare(a.key, b.key));
  let next = 0;
  for (const key of now.keys.range(range.prefix, range.after)) {
    for (let entry = gone[next]; entry !== undefined && compare(entry.key, key) < 0; entry = gone[++next]) yield entry;
    const entry = then.has(key) ? then.get(key) : now.entries.get(key);
    if (entry !== undefined) yield entry;
  }
  yield* gone.slice(next);
}

/** How many entries `entriesThen` would give. */
export function countThen(
  range: { prefix: string; after: string },
  now: { keys: SortedKeys; entries: ReadonlyMap<string, Entry> },
  then: ReadonlyMap<string, Entry | undefined>,
  compare: (a: string, b: string) => number,
): number {
  let count = now.keys.count(range.prefix, range.after);
  for (const [key, entry] of then) {
    if (compare(key, range.after) <= 0) continue;
    count += Number(entry !== undefined) - Number(now.entries.has(key));
  }
  return count;
}
