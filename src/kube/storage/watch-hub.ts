import { internalError, isStatusError } from '#kube/api';
import type { Change, Watch, Watcher } from './contract.ts';

/** What an embedded storage remembers of its past; the hub brings watchers up to date from it. */
export interface PastChanges {
  /** The newest revision there is; `publish` may not have heard of it yet. */
  latest(): number;
  /**
   * The next changes below `prefix` after `revision`, a slice small enough for one turn of the event loop; it holds all of them
   * up to the revision `upTo`. Throws `Expired` where some are compacted.
   */
  read(prefix: string, revision: number): { changes: readonly Change[]; upTo: number };
}

/** One watcher and how far it was told. */
interface Subscription {
  readonly watcher: Watcher;
  told: number;
  /** It gets changes as they are published; before that it is fed from the past. */
  isLive: boolean;
  isOver: boolean;
  /** The revision that must be published before the next `onProgress`. */
  progressAt: number | undefined;
}

const SLASH = 0x2f;
/** How often live watchers hear of progress that nobody asked for. */
const PROGRESS_EVERY_REVISIONS = 1000;

/**
 * Tells the watchers of an embedded storage of its changes, gaplessly and once each. Live watchers are found by the prefixes of
 * a changed key, so that a write costs nothing for those it does not concern.
 */
export class WatchHub {
  readonly #past: PastChanges;
  readonly #live = new Map<string, Set<Subscription>>();
  readonly #all = new Set<Subscription>();
  /** Those with a `progressAt`. */
  readonly #waiting = new Set<Subscription>();
  #lengths: number[] = [];
  /** Every live prefix ends with a slash. */
  #areFolders = true;
  #published: number;
  #progressTold: number;
  readonly #queue: (readonly Change[])[] = [];
  #isDelivering = false;

  constructor(past: PastChanges) {
    this.#past = past;
    this.#published = past.latest();
    this.#progressTold = this.#published;
  }

  /** Everything up to this revision was told to the live watchers. */
  get published(): number {
    return this.#published;
  }

  /** Adds a watcher. It is never called before this returned. */
  watch(watcher: Watcher): Watch {
    const subscription: Subscription = {
      watcher,
      told: watcher.afterRevision,
      isLive: false,
      isOver: false,
      progressAt: undefined,
    };
    this.#all.add(subscription);
    if (subscription.told >= this.#past.latest()) this.#goLive(subscription);
    else queueMicrotask(() => this.#catchUp(subscription));
    return {
      requestProgress: () => {
        if (subscription.isOver) return;
        this.#awaitProgress(subscription, this.#past.latest());
        queueMicrotask(() => this.#tellProgress(subscription));
      },
      [Symbol.dispose]: () => this.#remove(subscription),
    };
  }

  /**
   * Tells of changes in the order of their revisions, all newer than what was published. A watcher that writes while it is told
   * makes the call nest: what it wrote comes after what all others have to be told first.
   */
  publish(changes: readonly Change[]): void {
    this.#queue.push(changes);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#deliver(next);
    } finally {
      this.#isDelivering = false;
    }
  }

  /** Says that the series of revisions went on to `revision` without a change. */
  advance(revision: number): void {
    this.#published = revision;
    this.#deliverProgress();
  }

  /** Ends every watch with `error`. */
  endAll(error: Error): void {
    for (const subscription of [...this.#all]) this.#end(subscription, error);
  }

  #deliver(changes: readonly Change[]): void {
    const last = changes.at(-1);
    if (last === undefined) return;
    this.#published = last.revision;
    for (const [subscription, its] of this.#concerned(changes)) this.#tell(subscription, its);
    this.#deliverProgress();
  }

  #concerned(changes: readonly Change[]): Map<Subscription, Change[]> {
    const found = new Map<Subscription, Change[]>();
    for (const change of changes) {
      for (const length of this.#lengths) {
        if (length > change.key.length) break;
        if (this.#areFolders && change.key.charCodeAt(length - 1) !== SLASH) continue;
        for (const subscription of this.#live.get(change.key.slice(0, length)) ?? []) {
          const its = found.get(subscription);
          if (its === undefined) found.set(subscription, [change]);
          else its.push(change);
        }
      }
    }
    return found;
  }

  #deliverProgress(): void {
    if (this.#published >= this.#progressTold + PROGRESS_EVERY_REVISIONS) {
      this.#progressTold = this.#published;
      for (const subscription of this.#all) this.#awaitProgress(subscription, this.#published);
    }
    for (const subscription of [...this.#waiting]) this.#tellProgress(subscription);
  }

  #awaitProgress(subscription: Subscription, revision: number): void {
    subscription.progressAt = revision;
    this.#waiting.add(subscription);
  }

  #tellProgress(subscription: Subscription): void {
    const { isLive, isOver, progressAt } = subscription;
    if (!isLive || isOver || progressAt === undefined || progressAt > this.#published) return;
    subscription.progressAt = undefined;
    this.#waiting.delete(subscription);
    this.#call(subscription, () => subscription.watcher.onProgress(this.#published));
  }

  #tell(subscription: Subscription, changes: readonly Change[]): void {
    const { told } = subscription;
    const fresh = (changes[0]?.revision ?? 0) > told ? changes : changes.filter((change) => change.revision > told);
    const last = fresh.at(-1);
    if (last === undefined || subscription.isOver) return;
    subscription.told = last.revision;
    this.#call(subscription, () => subscription.watcher.onChanges(fresh));
  }

  /** A watcher that throws loses its own watch, not the write that it was told of. */
  #call(subscription: Subscription, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#end(subscription, internalError(`a watcher of ${subscription.watcher.prefix} failed`, error));
    }
  }

  #catchUp(subscription: Subscription): void {
    if (subscription.isOver) return;
    try {
      const { changes, upTo } = this.#past.read(subscription.watcher.prefix, subscription.told);
      this.#tell(subscription, changes);
      subscription.told = Math.max(subscription.told, upTo);
    } catch (error) {
      this.#end(subscription, isStatusError(error) ? error : internalError('the history cannot be read', error));
      return;
    }
    if (subscription.isOver) return;
    if (subscription.told < this.#published) {
      setImmediate(() => this.#catchUp(subscription));
      return;
    }
    this.#goLive(subscription);
    this.#tellProgress(subscription);
  }

  #goLive(subscription: Subscription): void {
    subscription.isLive = true;
    const { prefix } = subscription.watcher;
    const same = this.#live.get(prefix);
    if (same !== undefined) {
      same.add(subscription);
      return;
    }
    this.#live.set(prefix, new Set([subscription]));
    this.#indexLengths();
  }

  #remove(subscription: Subscription): void {
    if (subscription.isOver) return;
    subscription.isOver = true;
    this.#all.delete(subscription);
    this.#waiting.delete(subscription);
    if (!subscription.isLive) return;
    const { prefix } = subscription.watcher;
    const same = this.#live.get(prefix);
    same?.delete(subscription);
    if (same?.size !== 0) return;
    this.#live.delete(prefix);
    this.#indexLengths();
  }

  #indexLengths(): void {
    const prefixes = [...this.#live.keys()];
    this.#lengths = [...new Set(prefixes.map((prefix) => prefix.length))].sort((a, b) => a - b);
    this.#areFolders = prefixes.every((prefix) => prefix.endsWith('/'));
  }

  #end(subscription: Subscription, error: Error): void {
    if (subscription.isOver) return;
    this.#remove(subscription);
    try {
      subscription.watcher.onEnd(error);
    } catch (failure) {
      process.emitWarning(`storage: onEnd of a watcher of ${subscription.watcher.prefix} threw: ${String(failure)}`);
    }
  }
}
