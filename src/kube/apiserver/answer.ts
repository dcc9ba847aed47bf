import { groupVersion, type KubeObject, type Status } from '#kube/api';
import type { Endpoint } from './resources/catalog.ts';
import type { CachedEntry } from './store/mod.ts';

/** One object. Of stored ones the text is there already, and nothing is parsed to send it. */
export interface ObjectAnswer {
  readonly type: 'object';
  readonly code: number;
  /** Where it comes from, for Tables; undefined for kinds without columns (Status, Scale, reviews). */
  readonly endpoint: Endpoint | undefined;
  readonly json?: string;
  readonly object: () => KubeObject | Status;
}

/** A list. Entries are in the storage version; `convert` is there where they have to be shown in another. */
export interface ListAnswer {
  readonly type: 'list';
  readonly endpoint: Endpoint;
  readonly entries: readonly CachedEntry[];
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly convert?: (objects: readonly KubeObject[]) => Promise<KubeObject[]>;
}

/** A stream of changes. The HTTP side and the loopback client each give it a sink. */
export interface WatchAnswer {
  readonly type: 'watch';
  readonly endpoint: Endpoint;
  readonly start: (sink: WatchSink) => WatchHandle;
}

/** Anything else: the handler writes to the socket itself (proxy, exec), or sends text (log). */
export interface RawAnswer {
  readonly type: 'raw';
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answer = ObjectAnswer | ListAnswer | WatchAnswer | RawAnswer;

/** Where the events of one watch go. */
export interface WatchSink {
  /** The objects that are there at the start, before anything else; each is an ADDED. They may be very many: not to be gone through at once. */
  readonly onInitial: (entries: readonly CachedEntry[]) => void;
  /** Events of this watcher's view, in order. `chunk` is filled lazily by the sink, shared by all with the same form. */
  readonly onEvents: (events: readonly SinkEvent[]) => void;
  /** A bookmark: everything up to `revision` was sent. */
  readonly onBookmark: (revision: number, initialEventsEnd: boolean) => void;
  /** The end: an error that the client is told, or undefined at the timeout. */
  readonly onEnd: (error: Error | undefined) => void;
}

/** One event for one watcher. */
export interface SinkEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly entry: CachedEntry;
  /** The object before, where there was one. */
  readonly previous: CachedEntry | undefined;
  /** Shared bytes for a form, made once. */
  readonly chunk: (form: string, make: (type: SinkEvent['type'], entry: CachedEntry) => Buffer) => Buffer;
}

/** A running watch. */
export type WatchHandle = Disposable;

/** The answer of an object that was made for this request. */
export function objectAnswer(object: KubeObject | Status, code = 200, endpoint?: Endpoint): ObjectAnswer {
  return { type: 'object', code, endpoint, object: () => object };
}

/** The answer of a stored object, in the version of the endpoint. */
export function entryAnswer(endpoint: Endpoint, entry: CachedEntry, code = 200): ObjectAnswer | Promise<ObjectAnswer> {
  if (isInVersion(endpoint, entry)) {
    return { type: 'object', code, endpoint, json: entry.json, object: () => entry.object as KubeObject };
  }
  return converted(endpoint, entry, code);
}

async function converted(endpoint: Endpoint, entry: CachedEntry, code: number): Promise<ObjectAnswer> {
  const [object] = await convertTo(endpoint, [entry.copy()]);
  return objectAnswer(object as KubeObject, code, endpoint);
}

/** Is the stored text the answer as it stands? */
export function isInVersion({ row, version }: Endpoint, entry: CachedEntry): boolean {
  if (row.onRead !== undefined) return false;
  if (row.convert === undefined) return true;
  return entry.text.startsWith(`{"apiVersion":"${groupVersion({ group: row.group, version: version.name })}"`);
}

/** Stored objects in the version of the endpoint. They are the caller's own, before and after. */
export async function convertTo({ row, version }: Endpoint, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  if (row.onRead !== undefined) for (const object of objects) row.onRead(object);
  return row.convert === undefined ? [...objects] : await row.convert(objects, version.name);
}
