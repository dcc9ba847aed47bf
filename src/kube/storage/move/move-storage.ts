import { HakoError } from '#base';
import { isStatusError } from '#kube/api';
import type { Change, Entry, Storage, Value } from '../contract.ts';
import type { OpenedStorage } from '../open.ts';

/** Keys that are copied at a time. */
const PAGE_LENGTH = 500;
/** Writes under way at once. */
const WRITES_AT_ONCE = 32;
/** Times that the source may be compacted below a copy before it is given up. */
const EXPIRED_MAX = 10;
/** Where upstream keeps events, the only objects that go by themselves, and for how long. */
const EVENTS_PREFIX = '/registry/events/';
const EVENT_SECONDS = 3600;

/** What is moved, and over what. */
export interface MoveOptions {
  /** Only these keys. Default: all. */
  prefix?: string;
  /** Overwrites what the target has, and removes what the source has not. Default: a target with keys is refused. */
  force?: boolean;
  signal?: AbortSignal;
  /** Time to live of a key in the target, as storage does not tell what is left of it. Default: an hour for events. */
  ttlSecondsOf?: (key: string) => number | undefined;
}

/** What a move has come to. */
export interface MoveResult {
  /** Keys that both have now. */
  readonly keys: number;
  /** The revision of the source whose state the target has. */
  readonly sourceRevision: number;
  readonly targetRevision: number;
  /** False where revisions of the target may be lower than those that clients have seen: they must list anew. */
  readonly isMonotonic: boolean;
}

/**
 * Copies all keys with their values, byte by byte, then compares every key. The source may be in use: what is written to it
 * meanwhile is copied too, until a comparison finds it unchanged; writes after that are not in the target, so stop the servers of
 * the source before their clients are given the target.
 * Throws HakoError `conflict` for a target that is not empty, `internal` where the copies differ.
 */
export async function moveStorage(
  source: Storage,
  target: OpenedStorage,
  options: MoveOptions = {},
): Promise<MoveResult> {
  const { prefix = '', force = false, signal, ttlSecondsOf = eventTtl } = options;
  const present = await target.count(prefix);
  if (present > 0 && !force) {
    throw new HakoError('conflict', `the target has ${present} keys already: choose an empty one, or force it`);
  }
  const revision = await source.revision();
  // Before the first write, so that no object of the target has an older revision than it had.
  await target.advance?.(revision);
  const copyOptions = { prefix, ttlSecondsOf, ...(signal && { signal }) };
  let copied = 0;
  for (let expired = 0; ; ) {
    signal?.throwIfAborted();
    try {
      copied = await copyOnce(source, target, copyOptions, copied);
      const { keys, problem } = await compare(source, target, prefix, copied);
      if ((await source.revision()) > copied) continue;
      if (problem !== undefined) throw new HakoError('internal', `${problem}: nobody else may write to the target`);
      const targetRevision = await target.revision();
      return { keys, sourceRevision: copied, targetRevision, isMonotonic: targetRevision >= copied };
    } catch (error) {
      // The source was compacted meanwhile: everything is looked at anew.
      if (!isStatusError(error, 'Expired') || ++expired > EXPIRED_MAX) throw error;
      copied = 0;
    }
  }
}

interface CopyOptions {
  prefix: string;
  signal?: AbortSignal;
  ttlSecondsOf: (key: string) => number | undefined;
}

/** Makes the target what the source is at one revision; values that it has already are left alone. Answers the revision. */
async function copyOnce(source: Storage, target: Storage, options: CopyOptions, after: number): Promise<number> {
  const { prefix, ttlSecondsOf, signal } = options;
  if (after > 0) {
    const changed = await changedKeys(source, prefix, after);
    if (changed !== undefined) {
      for (const key of changed.keys) await copyKey(source, target, key, ttlSecondsOf);
      return changed.revision;
    }
  }
  let revision: number | undefined;
  let last = '';
  for (;;) {
    const range = { prefix, after: last, limit: PAGE_LENGTH, ...(revision === undefined ? {} : { revision }) };
    const page = await source.list({ ...range, ...(signal && { signal }) });
    revision ??= page.revision;
    await inParallel(page.entries, (entry) => write(target, entry.key, entry.value, ttlSecondsOf(entry.key)));
    const until = page.remaining === 0 ? undefined : page.entries.at(-1)?.key;
    await removeOthers(target, prefix, last, until, new Set(page.entries.map((entry) => entry.key)));
    if (until === undefined) return revision;
    last = until;
  }
}

/** The keys that changed after `revision`; undefined where the source does not remember. */
async function changedKeys(
  source: Storage,
  prefix: string,
  after: number,
): Promise<{ keys: Set<string>; revision: number } | undefined> {
  const revision = await source.revision();
  const keys = new Set<string>();
  const told = Promise.withResolvers<void>();
  const note = (changes: readonly Change[]) => {
    for (const { key } of changes) keys.add(key);
  };
  using watch = source.watch({
    prefix,
    afterRevision: after,
    onChanges: note,
    onProgress: (progress) => {
      if (progress >= revision) told.resolve();
    },
    onEnd: told.reject,
  });
  watch.requestProgress();
  try {
    await told.promise;
    return { keys, revision };
  } catch (error) {
    if (isStatusError(error, 'Expired')) return undefined;
    throw error;
  }
}

async function copyKey(
  source: Storage,
  target: Storage,
  key: string,
  ttlSecondsOf: CopyOptions['ttlSecondsOf'],
): Promise<void> {
  const { entry } = await source.get(key);
  if (entry === undefined) await remove(target, key);
  else await write(target, key, entry.value, ttlSecondsOf(key));
}

async function write(target: Storage, key: string, value: Value, ttlSeconds: number | undefined): Promise<void> {
  for (let expected = 0; ; ) {
    const result = await target.put(key, value, expected, ttlSeconds === undefined ? {} : { ttlSeconds });
    if (result.done || (result.current !== undefined && isSame(result.current.value, value))) return;
    expected = result.current?.modRevision ?? 0;
  }
}

async function remove(target: Storage, key: string): Promise<void> {
  for (;;) {
    const { entry } = await target.get(key);
    if (entry === undefined || (await target.delete(key, entry.modRevision)).done) return;
  }
}

/** Removes from the target what lies between two keys and is not to be there. */
async function removeOthers(
  target: Storage,
  prefix: string,
  after: string,
  until: string | undefined,
  wanted: ReadonlySet<string>,
): Promise<void> {
  for (let last = after; ; ) {
    const page = await target.list({ prefix, after: last, limit: PAGE_LENGTH });
    for (const { key } of page.entries) {
      if (until !== undefined && Buffer.compare(Buffer.from(key), Buffer.from(until)) > 0) return;
      if (!wanted.has(key)) await remove(target, key);
      last = key;
    }
    if (page.remaining === 0) return;
  }
}

/** Reads both, and tells how many keys they have or how they differ. */
async function compare(
  source: Storage,
  target: Storage,
  prefix: string,
  revision: number,
): Promise<{ keys: number; problem?: string }> {
  let keys = 0;
  for (let after = ''; ; ) {
    const [from, to] = await Promise.all([
      source.list({ prefix, after, limit: PAGE_LENGTH, revision }),
      target.list({ prefix, after, limit: PAGE_LENGTH }),
    ]);
    const wrong = firstDifference(from.entries, to.entries);
    if (wrong !== undefined) return { keys, problem: `the copy of ${wrong} differs from its source` };
    keys += from.entries.length;
    const last = from.entries.at(-1);
    if (from.remaining !== to.remaining) return { keys, problem: 'source and target have not as many keys' };
    if (from.remaining === 0 || last === undefined) return { keys };
    after = last.key;
  }
}

function firstDifference(from: readonly Entry[], to: readonly Entry[]): string | undefined {
  for (let index = 0; index < Math.max(from.length, to.length); index++) {
    const [ours, theirs] = [from[index], to[index]];
    if (ours === undefined || theirs === undefined) return (ours ?? theirs)?.key;
    if (ours.key !== theirs.key || !isSame(ours.value, theirs.value)) return ours.key;
  }
  return undefined;
}

function isSame(a: Value, b: Value): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : Buffer.compare(a, b) === 0;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, worker));
}

function eventTtl(key: string): number | undefined {
  return key.startsWith(EVENTS_PREFIX) ? EVENT_SECONDS : undefined;
}
