import { groupVersion, internalError, type KubeObject } from '#kube/api';
import { convertTo, type SinkEvent, type WatchSink } from '../answer.ts';
import type { Endpoint } from '../resources/catalog.ts';
import { CachedEntry, SeenEvent, toText } from '../store/mod.ts';
import { nextTurn } from '../turns.ts';

/** Objects that are converted at once. */
const PIECE = 200;
/** Batches that may wait for a conversion webhook before the watcher is told to come back. */
const MAX_WAITING = 1024;

/** A sink for watchers of a version that isn't stored: what comes is converted, which may take time, and passed on in order. */
export function convertingSink(endpoint: Endpoint, sink: WatchSink): WatchSink {
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
          sink.onInitial(await convertedEntries(endpoint, entries.slice(at, at + PIECE)));
          if (at + PIECE < entries.length) await nextTurn();
        }
      }),
    onEvents: (events) => enqueue(async () => sink.onEvents(await converted(endpoint, events))),
    onBookmark: (revision, initialEventsEnd) => enqueue(() => sink.onBookmark(revision, initialEventsEnd)),
    onEnd: (error) => enqueue(() => end(error)),
  };
}

async function converted(endpoint: Endpoint, events: readonly SinkEvent[]): Promise<SinkEvent[]> {
  const entries = await convertedEntries(
    endpoint,
    events.map(({ entry }) => entry),
  );
  return events.map(({ type }, index) => new SeenEvent(type, entries[index] as CachedEntry));
}

async function convertedEntries(endpoint: Endpoint, entries: readonly CachedEntry[]): Promise<CachedEntry[]> {
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
