import { errorMessage, log } from '#base';
import { expired, internalError, type KubeObject, unavailable } from '#kube/api';
import { type Change, SortedKeys, type Storage, tooLargeRevision, type Watch } from '#kube/storage';
import { CachedEntry } from './entry.ts';
import { CacheEvent } from './event.ts';
import { History } from './history.ts';
import { SharedViews } from './shared-views.ts';
import { textOf } from './text.ts';
import { Waiters } from './waiters.ts';

/** Who is told what happens to a resource's objects, in order; see `ResourceCache.follow`. */
export interface Follower {
  /** Called with events of rising revisions; must be quick. One that throws is ended with its error. */
  readonly onEvents: (events: readonly CacheEvent[]) => void;
  /** The cache lost its storage and has started anew: the follower has to list again. */
  readonly onEnd: (error: Error) => void;
}

/** Which of the objects below a prefix are wanted; all of them by default. */
export interface Portion {
  readonly matches?: ((entry: CachedEntry) => boolean) | undefined;
  readonly limit?: number;
  readonly after?: string;
}

/** An object and its text while they are being written. */
interface Expected {
  readonly text: string;
  readonly object: KubeObject;
}

/** How long a read waits for a cache to catch up with the storage before it gives up. */
const FRESH_TIMEOUT_MS = 3_000;

/**
 * All objects below one prefix as the storage has them, and the latest changes (upstream's watch cache): lists and watches are answered
 * from here, so a thousand watchers cost the storage one. Starts when it is first needed; a storage that breaks off is listed again.
 */
export class ResourceCache implements Disposable {
  readonly prefix: string;
  /** What the events of the moment are to those who follow. */
  readonly views = new SharedViews();
  readonly #storage: Storage;
  readonly #entries = new Map<string, CachedEntry>();
  readonly #keys = new SortedKeys();
  readonly #history = new History();
  readonly #followers = new Set<Follower>();
  readonly #waiters = new Waiters();
  /** Objects whose write is under way, by their keys: what was made here need not be parsed again. */
  readonly #written = new Map<string, Expected>();
  #watch: Watch | undefined;
  #ready: Promise<void> | undefined;
  #revision = 0;
  #disposed = false;

  constructor(storage: Storage, prefix: string) {
    this.#storage = storage;
    this.prefix = prefix;
  }

  /** Everything up to this revision is known. */
  get revision(): number {
    return this.#revision;
  }

  /** True while the entries can be trusted without asking the storage. */
  get current(): boolean {
    return this.#storage.exclusive && this.#watch !== undefined;
  }

  /** True where it has broken off and nobody has loaded it again yet: who follows it now would hear of nothing. */
  get isLost(): boolean {
    return this.#watch === undefined && !this.#disposed;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Resolves when the entries are loaded. */
  ready(): Promise<void> {
    this.#ready ??= this.#load().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  /** Resolves when all writes that were acknowledged before the call are known; answers the revision. */
  async fresh(signal?: AbortSignal): Promise<number> {
    await this.ready();
    const newest = await this.#storage.revision(signal === undefined ? {} : { signal });
    // Also storage of our own may show a commit a moment before it tells of it.
    await this.reach(newest);
    return this.#revision;
  }

  /** Resolves when everything up to `revision` is known; a 504 when that takes too long, as for revisions of the future. */
  async reach(revision: number): Promise<void> {
    await this.ready();
    if (this.#revision >= revision) return;
    this.#watch?.requestProgress();
    if (await this.#waiters.wait(revision, FRESH_TIMEOUT_MS)) return;
    throw tooLargeRevision(revision, this.#revision);
  }

  /** One object. Only to be trusted while `current`. */
  get(key: string): CachedEntry | undefined {
    return this.#entries.get(key);
  }

  /** The objects below a prefix that match, in the order of their keys: the first `limit` of those behind the key `after`. */
  below(prefix: string, { matches, limit = Number.POSITIVE_INFINITY, after = '' }: Portion = {}): CachedEntry[] {
    const found: CachedEntry[] = [];
    if (this.#entries.size === 0) return found;
    for (const key of this.#keys.range(prefix, after)) {
      if (found.length >= limit) break;
      const entry = this.#entries.get(key) as CachedEntry;
      if (matches === undefined || matches(entry)) found.push(entry);
    }
    return found;
  }

  /** How many objects there are below a prefix, behind the key `after`. */
  count(prefix: string, after = ''): number {
    return this.#keys.count(prefix, after);
  }

  /** The events after `revision`, oldest first; undefined where history does not reach back so far. */
  eventsAfter(revision: number): CacheEvent[] | undefined {
    return this.#history.after(revision);
  }

  /**
   * Says that `object` is being written under `key` as `text`: its event carries the object, which nobody may change from now on. The
   * answer takes it back when the write is over. Of several writes of one key the last is expected.
   */
  expect(key: string, text: string, object: KubeObject): Disposable {
    const written: Expected = { text, object };
    this.#written.set(key, written);
    return {
      [Symbol.dispose]: () => {
        if (this.#written.get(key) === written) this.#written.delete(key);
      },
    };
  }

  /** True when the resource is no longer served: what is here will never change. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Tells `follower` of all events from now on, until the answer is disposed. */
  follow(follower: Follower): Disposable {
    if (this.#disposed) follower.onEnd(this.#gone());
    else this.#followers.add(follower);
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
    this.#waiters.giveUp();
    this.#endFollowers(this.#gone());
  }

  #gone(): Error {
    return unavailable(`the objects below ${this.prefix} are no longer served`);
  }

  async #load(): Promise<void> {
    const page = await this.#storage.list({ prefix: this.prefix });
    if (this.#disposed) return;
    // Whoever came after the cache broke off does not know what happened until now.
    this.#endFollowers(expired(`the watch cache of ${this.prefix} starts anew`));
    this.#entries.clear();
    for (const { key, value, modRevision } of page.entries) {
      this.#entries.set(key, new CachedEntry(key, textOf(value), modRevision));
    }
    this.#keys.load(page.entries.map(({ key }) => key));
    this.#history.reset(page.revision);
    this.#revision = page.revision;
    this.#watch = this.#storage.watch({
      prefix: this.prefix,
      afterRevision: page.revision,
      onChanges: (changes) => this.#take(changes),
      onProgress: (revision) => this.#advance(revision),
      onEnd: (error) => this.#lost(error),
    });
  }

  #take(changes: readonly Change[]): void {
    const events = changes.map((change) => this.#apply(change));
    const last = changes.at(-1);
    for (const follower of this.#followers) this.#tell(follower, events);
    this.views.clear();
    for (const event of events) event.forgetSeen();
    if (last !== undefined) this.#advance(last.revision);
  }

  /** One follower's fault (an object that cannot be shown in its form) is not the others'. */
  #tell(follower: Follower, events: readonly CacheEvent[]): void {
    try {
      follower.onEvents(events);
    } catch (error) {
      log.error('a watcher failed', { prefix: this.prefix, error });
      this.#followers.delete(follower);
      follower.onEnd(internalError(errorMessage(error), error));
    }
  }

  #apply(change: Change): CacheEvent {
    const { key, revision } = change;
    const previous = this.#entries.get(key);
    let current: CachedEntry | undefined;
    if (change.value === undefined) {
      this.#entries.delete(key);
      this.#keys.delete(key);
    } else {
      const text = textOf(change.value);
      current = new CachedEntry(key, text, revision, this.#object(key, text, revision));
      this.#entries.set(key, current);
      if (previous === undefined) this.#keys.add(key);
    }
    const event = new CacheEvent(revision, current, previous);
    this.#history.add(event);
    return event;
  }

  #object(key: string, text: string, revision: number): KubeObject | undefined {
    const written = this.#written.get(key);
    if (written === undefined || written.text !== text) return undefined;
    this.#written.delete(key);
    written.object.metadata.resourceVersion = String(revision);
    return written.object;
  }

  #advance(revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    this.#waiters.reached(revision);
  }

  /** The storage broke off: nobody may go on from what might have a gap. The next reader loads again. */
  #lost(error: Error): void {
    this.#watch = undefined;
    this.#ready = undefined;
    this.#endFollowers(expired(`the watch cache of ${this.prefix} starts anew: ${error.message}`));
  }

  #endFollowers(error: Error): void {
    const followers = [...this.#followers];
    this.#followers.clear();
    for (const follower of followers) follower.onEnd(error);
  }
}
