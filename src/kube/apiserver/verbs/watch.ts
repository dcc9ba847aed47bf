import { badRequest, expired, forbiddenField, invalidObject } from '#kube/api';
import type { Change, Storage } from '#kube/storage';
import type { WatchAnswer, WatchHandle, WatchSink } from '../answer.ts';
import { CachedEntry, CacheEvent, type SharedViews, seenBy, textOf, type WatchedView } from '../store/mod.ts';
import { convertingSink } from './converting-sink.ts';
import { wholeNumber } from './list.ts';
import type { Target } from './target.ts';
import { type View, viewOf } from './view.ts';

/** How long a watch lasts when the client doesn't say: between one and two of these, so that clients don't all come back at once. */
const DEFAULT_TIMEOUT_MS = 30 * 60_000;
/** Bookmarks come about this often. */
const BOOKMARK_INTERVAL_MS = 60_000;

interface WatchOptions {
  /** Undefined: the newest. */
  readonly after: number | undefined;
  /** Send the present objects first, as ADDED. */
  readonly initial: boolean;
  /** And a bookmark that tells where these end (WatchList). */
  readonly initialEnd: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

/** Watches a collection: answers when the start is certain, so that a revision that is too old is a plain 410. */
export async function watch(target: Target, storage: Storage): Promise<WatchAnswer> {
  const { query, signal } = target.request;
  const options = watchOptions(query);
  const view = { ...viewOf(target.endpoint, target.store, target.namespace, query, target.name), name: nameOf(target) };
  const { cache } = target.store;
  if (options.after === undefined) await cache.fresh(signal);
  else if (options.initial) await cache.reach(options.after);
  else await cache.ready();
  const { endpoint } = target;
  const start = (sink: WatchSink) => {
    const needsConversion = endpoint.row.convert !== undefined || endpoint.row.onRead !== undefined;
    return new RunningWatch(
      target,
      storage,
      view,
      options,
      needsConversion ? convertingSink(endpoint, sink, view.matchesShown) : sink,
    );
  };
  return { type: 'watch', endpoint, start };
}

/** Who asks for the same sees the same. */
function nameOf({ endpoint: { row, version }, namespace, name, request: { query } }: Target): string {
  const { group, plural } = row;
  return JSON.stringify([
    group,
    version.name,
    plural,
    namespace,
    name,
    query.get('labelSelector'),
    query.get('fieldSelector'),
  ]);
}

/** Reads and checks the parameters of a watch. */
function watchOptions(query: URLSearchParams): WatchOptions {
  const revision = query.get('resourceVersion') ?? '';
  if (revision !== '' && !/^\d{1,15}$/.test(revision)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(revision.slice(0, 64))}: must be a decimal number`,
    );
  }
  const sendInitial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  checkInitialEvents(sendInitial, match);
  const timeoutSeconds = wholeNumber(query, 'timeoutSeconds') ?? 0;
  const fromNow = revision === '' || revision === '0';
  return {
    after: revision === '' ? undefined : Number(revision),
    initial: sendInitial === null ? fromNow : isTrue(sendInitial),
    initialEnd: isTrue(sendInitial),
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutMs: timeoutSeconds > 0 ? timeoutSeconds * 1000 : DEFAULT_TIMEOUT_MS * (1 + Math.random()),
  };
}

function checkInitialEvents(sendInitial: string | null, match: string): void {
  const refuse = (field: string, detail: string) =>
    invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [forbiddenField(field, detail)]);
  if (sendInitial === null) {
    if (match !== '')
      throw refuse(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
  } else if (match !== 'NotOlderThan') {
    throw refuse('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
}

/** A boolean query parameter, as Go reads it. */
export function isTrue(text: string | null): boolean {
  return text === 'true' || text === '1' || text === 't' || text === 'T' || text === 'TRUE' || text === 'True';
}

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

/** One watch, from its start to its timeout, its client's leaving, or an error. */
class RunningWatch implements WatchHandle {
  readonly #sink: WatchSink;
  readonly #view: View & WatchedView;
  readonly #options: WatchOptions;
  readonly #target: Target;
  /** Everything up to this revision is known to the watcher. */
  #revision: number;
  #source: Disposable | undefined;
  #ended = false;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(target: Target, storage: Storage, view: View & WatchedView, options: WatchOptions, sink: WatchSink) {
    this.#target = target;
    this.#view = view;
    this.#options = options;
    this.#sink = sink;
    const { cache } = target.store;
    // Revision 0 is any: without the objects that are there, it is now.
    this.#revision = options.initial || !options.after ? cache.revision : options.after;
    this.#source = this.#follow(storage);
    if (!this.#ended) this.#startTimers();
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#source?.[Symbol.dispose]();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #follow(storage: Storage): Disposable {
    const past = this.#target.store.cache.eventsAfter(this.#revision);
    if (past === undefined) return this.#followStorage(storage);
    if (this.#options.initial) this.#sendInitial();
    else this.#take(past);
    return this.#followCache();
  }

  #followCache(): Disposable {
    const { cache } = this.#target.store;
    // As those are told who follow it when it breaks off.
    if (cache.isLost) {
      this.#end(expired(`the watch cache of ${cache.prefix} starts anew`));
      return NOTHING;
    }
    return cache.follow({
      onEvents: (events) => this.#take(events, cache.views),
      onEnd: (error) => this.#end(error),
    });
  }

  /** The cache does not remember so far back (it may be younger than the client): storage tells of what was until now. */
  #followStorage(storage: Storage): Disposable {
    const { cache } = this.#target.store;
    const source = storage.watch({
      prefix: this.#view.prefix,
      afterRevision: this.#revision,
      onChanges: (changes) => this.#take(changes.map(eventOf)),
      onProgress: (revision) => {
        this.#revision = Math.max(this.#revision, revision);
        if (!cache.isLost && !this.#handOver()) source.requestProgress();
      },
      onEnd: (error) => this.#end(error),
    });
    source.requestProgress();
    return source;
  }

  /** Goes on from the cache, if it knows everything from here on; the storage has enough to do. */
  #handOver(): boolean {
    const past = this.#target.store.cache.eventsAfter(this.#revision);
    if (past === undefined) return false;
    this.#source?.[Symbol.dispose]();
    this.#take(past);
    if (!this.#ended) this.#source = this.#followCache();
    return true;
  }

  #sendInitial(): void {
    const { cache } = this.#target.store;
    const { key, prefix, matches } = this.#view;
    const only = key === undefined ? undefined : cache.get(key);
    const entries = key === undefined ? cache.below(prefix) : only === undefined ? [] : [only];
    const seen = matches === undefined ? entries : entries.filter(matches);
    this.#sink.onInitial(seen);
    if (this.#options.initialEnd) this.#sink.onBookmark(this.#revision, true);
  }

  /** Tells of what is new of these events; they come with `views` where other watchers are told of the same. */
  #take(events: readonly CacheEvent[], views?: SharedViews): void {
    // What is told at once may be of one revision: keys of etcd whose shared lease has ended.
    const known = this.#revision;
    const last = events.at(-1);
    if (last === undefined || last.revision <= known) return;
    this.#revision = last.revision;
    const isAllNew = (events[0] as CacheEvent).revision > known;
    const fresh = isAllNew ? events : events.filter(({ revision }) => revision > known);
    const seen = isAllNew && views !== undefined ? views.seen(events, this.#view) : seenBy(fresh, this.#view);
    if (seen.length > 0) this.#sink.onEvents(seen);
  }

  #startTimers(): void {
    const { timeoutMs, bookmarks } = this.#options;
    this.#timers.push(setTimeout(() => this.#finish(), timeoutMs));
    if (!bookmarks) return;
    const timer = setInterval(() => this.#bookmark(), BOOKMARK_INTERVAL_MS * (0.75 + Math.random() / 2));
    this.#timers.push(timer);
  }

  #bookmark(): void {
    const { cache } = this.#target.store;
    if (cache.eventsAfter(this.#revision)?.length === 0) this.#revision = Math.max(this.#revision, cache.revision);
    this.#sink.onBookmark(this.#revision, false);
  }

  /** The time is over: a last bookmark spares the client a list. */
  #finish(): void {
    if (this.#options.bookmarks) this.#bookmark();
    this.#end(undefined);
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this[Symbol.dispose]();
    this.#sink.onEnd(error);
  }
}

function eventOf({ key, value, revision, previous }: Change): CacheEvent {
  const current = value === undefined ? undefined : new CachedEntry(key, textOf(value), revision);
  if (current === undefined && previous === undefined) throw expired(`the deletion of ${key} is compacted; list again`);
  const before =
    previous === undefined ? undefined : new CachedEntry(key, textOf(previous.value), previous.modRevision);
  return new CacheEvent(revision, current, before);
}
