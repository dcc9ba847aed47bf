/**
 * JSON text, or bytes where it is encrypted. Adapters give back what was put: text as text, bytes as bytes. etcd knows bytes only:
 * there, what is UTF-8 and does not begin with `k8s\0` or `k8s:enc:` is text. Half surrogate pairs, which UTF-8 cannot hold, are
 * refused in keys and values (BadRequest).
 */
export type Value = string | Uint8Array;

/** One key as it was at some revision. */
export interface Entry {
  readonly key: string;
  readonly value: Value;
  /** Revision of the write that made this value; what clients see as resourceVersion. */
  readonly modRevision: number;
}

/**
 * One change, in the order of revisions. Every revision has exactly one change (a transaction of ours writes one key), except that
 * in etcd keys whose shared lease ends go together, with one revision, in one call of `onChanges`.
 */
export interface Change {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** The new value; of a delete undefined. */
  readonly value: Value | undefined;
  /** Revision of this change; of a delete, the revision of the deletion. */
  readonly revision: number;
  /** What was there before; undefined for a key that was not, and where history before it is compacted. */
  readonly previous: Entry | undefined;
}

/** What a compare-and-swap gave: the new revision, or what is there instead. */
export type SwapResult =
  | { readonly done: true; readonly revision: number; readonly previous: Entry | undefined }
  | { readonly done: false; readonly current: Entry | undefined; readonly revision: number };

/** A page of keys in byte order of the key, all as of `revision`. */
export interface Page {
  readonly entries: readonly Entry[];
  /** The revision that the page shows. */
  readonly revision: number;
  /** How many keys of the range follow after this page; 0: it was the last. */
  readonly remaining: number;
}

/**
 * Who is told of changes below a prefix. Called synchronously and in order, never before `watch` returned; may itself write, watch and
 * dispose. Must not take long, and not throw: a watcher that throws loses its watch (`onEnd` with InternalError).
 */
export interface Watcher {
  /** Only keys that start with this. */
  readonly prefix: string;
  /** Changes after this revision are told: the revision of the list that the watcher started from. It may lie in the future. */
  readonly afterRevision: number;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Everything up to this revision was told. Comes after `requestProgress`, and now and then. */
  readonly onProgress: (revision: number) => void;
  /** The watch is over: StatusError `Expired` (410) where history after `afterRevision` is compacted, others where storage is lost. */
  readonly onEnd: (error: Error) => void;
}

/** A running watch; disposing it ends it without `onEnd`, and nothing more is told. */
export interface Watch extends Disposable {
  /** Asks for an `onProgress` with a revision not older than that of the moment of the call. */
  requestProgress(): void;
}

/**
 * A revisioned key-value store: what the API server keeps its objects in, and all that it knows of it. Keys are upstream's
 * (`/registry/pods/default/web`). Revisions are positive integers, one series for all keys, that grow with every write.
 *
 * Promises of writes resolve when the write is durable, and after the watchers of this instance that are up to date were told of it,
 * where storage is embedded; an etcd adapter's watchers hear of it soon.
 * Reads show the newest commit, which may be a moment ahead of what watchers were told: never behind.
 * All reject with the reason of an aborted signal, or with a StatusError: `BadRequest` for what is no key, revision, limit or time,
 * `Expired` for compacted revisions, `ServiceUnavailable` where storage is away or closed (a write may have been done nevertheless), and
 * `InternalError` (message names the cause, such as a full disk) where a write failed: then nothing was written.
 */
export interface Storage extends AsyncDisposable {
  /**
   * True where every write goes through this instance (memory, SQLite): a watcher that is told before the promise resolves is never
   * behind, so reads may be answered from what it knows. False for etcd, where others write too.
   */
  readonly exclusive: boolean;
  /** The newest revision, linearizable: not older than any write that was acknowledged before the call. */
  revision(options?: { signal?: AbortSignal }): Promise<number>;
  /** One key, linearizable. `revision` is that of the store. */
  get(key: string, options?: { signal?: AbortSignal }): Promise<{ entry: Entry | undefined; revision: number }>;
  /**
   * The keys that start with `prefix` and are greater than `after`, at most `limit` (0: all), as of `revision`
   * (undefined: the newest, linearizable; newer than the newest: StatusError `Timeout` with "Too large resource version").
   */
  list(options: {
    prefix: string;
    after?: string;
    limit?: number;
    revision?: number;
    signal?: AbortSignal;
  }): Promise<Page>;
  /** How many keys start with `prefix`. */
  count(prefix: string): Promise<number>;
  /**
   * Writes if the key's modRevision is `expected` (0: the key is not there). With `ttlSeconds` the key goes after that time, as a
   * delete with its own revision, unless it is written again before.
   */
  put(key: string, value: Value, expected: number, options?: { ttlSeconds?: number }): Promise<SwapResult>;
  /** Removes if the key's modRevision is `expected`; 0 never removes anything. */
  delete(key: string, expected: number): Promise<SwapResult>;
  watch(watcher: Watcher): Watch;
  /**
   * Forgets history before `revision`: lists at, and watches that start from, a revision before it end with `Expired`; watches that
   * are up to date go on. Current values stay. An older revision than the last changes nothing, a future one is refused as in `list`.
   * Embedded storage also forgets by itself what exceeds its limits.
   */
  compact(revision: number): Promise<void>;
}
