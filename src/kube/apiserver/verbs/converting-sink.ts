import { groupVersion, internalError, type KubeObject } from '#kube/api';
import { convertTo, type SinkEvent, type WatchSink } from '../answer.ts';
import type { Endpoint } from '../resources/catalog.ts';
import { CachedEntry, SeenEvent, toText } from '../store/mod.ts';
import { nextTurn } from '../turns.ts';

/** Objects that are converted at once. */
const PIECE = 200;
/** Batches that may wait for a conversion webhook before the watcher is told to come back. */
const MAX_WAITING = 1024;

/**
 * A sink for watchers of a version that isn't stored: what comes is converted, which may take time, and passed on in order: what the
 * watcher's selectors find once it is converted.
 */
export function convertingSink(
  endpoint: Endpoint,
  sink: WatchSink,
  matches: (entry: CachedEntry) => boolean = everything,
): WatchSink {
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;
  let ended = false;
  const end = (error: Error | undefined) => {
    if (ended) return;
    ended = true;
    sink.onEnd(error);
  };
  const enqueue = (work: () => Promise<void> | void) => {
    if (ended) return;
    if (++waiting > MAX_WAITING) return end(internalError(`conversions to ${endpoint.version.name} cannot keep up`));
    tail = tail
      .then(() => (ended ? undefined : work()))
      .catch((error: unknown) => end(error instanceof Error ? error : internalError(String(error))))
      .finally(() => waiting--);
  };
  return {
    onInitial: (entries) =>
      enqueue(async () => {
        for (let at = 0; at < entries.length && !ended; at += PIECE) {
          sink.onInitial((await convertedEntries(endpoint, entries.slice(at, at + PIECE))).filter(matches));
          if (at + PIECE < entries.length) await nextTurn();
        }
      }),
    onEvents: (events) =>
      enqueue(async () => {
        const seen = await convertedEvents(endpoint, events, matches);
        if (seen.length > 0) sink.onEvents(seen);
      }),
    onBookmark: (revision, initialEventsEnd) => enqueue(() => sink.onBookmark(revision, initialEventsEnd)),
    onEnd: (error) => enqueue(() => end(error)),
  };
}

function everything(): boolean {
  return true;
}

/** What the events are to a watcher who looks at the converted objects: they may enter and leave its view by what conversion makes of them. */
async function convertedEvents(
  endpoint: Endpoint,
  events: readonly SinkEvent[],
  matches: (entry: CachedEntry) => boolean,
): Promise<SinkEvent[]> {
  const befores = events.map(({ type, entry, previous }) =>
    type === 'MODIFIED' && matches !== everything ? previous?.at(entry.revision) : undefined,
  );
  const now = events.map(({ entry }) => entry);
  const all = await convertedEntries(endpoint, [...now, ...befores.filter((entry) => entry !== undefined)]);
  const shownBefore = all.splice(now.length);
  return events.flatMap(({ type }, index) => {
    const entry = all[index] as CachedEntry;
    const before = befores[index] === undefined ? undefined : shownBefore.shift();
    return eventFor(type, entry, before, matches);
  });
}

function eventFor(
  type: SinkEvent['type'],
  entry: CachedEntry,
  before: CachedEntry | undefined,
  matches: (entry: CachedEntry) => boolean,
): SinkEvent[] {
  const is = matches(entry);
  if (before === undefined) return is ? [new SeenEvent(type, entry)] : [];
  const was = matches(before);
  if (is) return [new SeenEvent(was ? 'MODIFIED' : 'ADDED', entry)];
  return was ? [new SeenEvent('DELETED', before)] : [];
}

/** Stored entries in the endpoint's version. */
export async function convertedEntries(endpoint: Endpoint, entries: readonly CachedEntry[]): Promise<CachedEntry[]> {
  const objects = await convertTo(
    endpoint,
    entries.map((entry) => entry.copy()),
  );
  return entries.map(
    ({ key, revision }, index) => new CachedEntry(key, toText(objects[index] as KubeObject), revision),
  );
}

/** The apiVersion of an endpoint's objects. */
export function apiVersionOf({ row, version }: Endpoint): string {
  return groupVersion({ group: row.group, version: version.name });
}
