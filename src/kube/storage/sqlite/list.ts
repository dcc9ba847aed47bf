import { performance } from 'node:perf_hooks';
import type { Entry, Page } from '../contract.ts';
import { compareKeys } from '../keys.ts';
import type { Counts } from './counts.ts';
import { type Bounds, boundsOf, type Reader, type Reference } from './reader.ts';

/** What `Storage.list` is asked for. */
export interface ListOptions {
  prefix: string;
  after?: string;
  limit?: number;
  revision?: number;
  signal?: AbortSignal;
}

/** How long a list may hold the event loop before others have their turn. */
const SLICE_MS = 4;
/** Entries between two looks at the clock. */
const LOOK_EVERY = 16;

/**
 * Lists from one snapshot. A large range is read in slices of time with turns of the event loop between them; `pause` is
 * called for each turn and may throw to give up.
 */
export async function list(
  reader: Reader,
  options: ListOptions,
  counts: Counts,
  pause: () => Promise<void>,
): Promise<Page> {
  const { prefix, after = '', limit = 0 } = options;
  const bounds = boundsOf(prefix, after);
  const { revision, isNewest } = reader.listRevision(options.revision);
  const then = isNewest ? new Map<string, number>() : reader.differencesAt(revision, bounds);
  const entries: Entry[] = [];
  let sliceEndMs = performance.now() + SLICE_MS;
  for (const reference of referencesAt(reader, bounds, then)) {
    entries.push(reader.entry(reference));
    if (entries.length === limit) break;
    if (entries.length % LOOK_EVERY !== 0 || performance.now() < sliceEndMs) continue;
    await pause();
    sliceEndMs = performance.now() + SLICE_MS;
  }
  const last = entries.at(-1)?.key;
  if (limit === 0 || entries.length < limit || last === undefined) return { entries, revision, remaining: 0 };
  const known = counts.behind(prefix, after, revision);
  const remaining = known === undefined ? countBehind(reader, boundsOf(prefix, last), then) : known - entries.length;
  counts.remember(prefix, last, revision, remaining);
  if (isNewest && after === '') counts.watch(prefix, revision, entries.length + remaining);
  return { entries, revision, remaining };
}

/** Keys and revisions of values of a range as they were: today's merged with those that have gone since. */
function* referencesAt(reader: Reader, bounds: Bounds, then: ReadonlyMap<string, number>): Generator<Reference, void> {
  const left = new Map(then);
  const gone = [...then].filter(([, revision]) => revision > 0).sort(([a], [b]) => compareKeys(a, b));
  let next = 0;
  for (const now of reader.keys(bounds)) {
    for (let older = gone[next]; older !== undefined && compareKeys(older[0], now.key) < 0; older = gone[++next]) {
      if (left.delete(older[0])) yield { key: older[0], revision: older[1] };
    }
    const revision = then.get(now.key) ?? now.revision;
    left.delete(now.key);
    if (revision > 0) yield { key: now.key, revision };
  }
  for (const [key, revision] of gone.slice(next)) if (left.has(key)) yield { key, revision };
}

/** How many entries the range had. */
function countBehind(reader: Reader, bounds: Bounds, then: ReadonlyMap<string, number>): number {
  let count = reader.count(bounds);
  for (const [key, revision] of then) {
    if (compareKeys(key, bounds.lower) < 0) continue;
    count += Number(revision > 0) - Number(reader.get(key).entry !== undefined);
  }
  return count;
}
