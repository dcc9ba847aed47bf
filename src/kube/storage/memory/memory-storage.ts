import type { Change, Entry, Page, Storage, SwapResult, Value, Watch, Watcher } from '../contract.ts';
import { listExpired, storageClosed, tooLargeRevision, watchExpired } from '../errors.ts';
import { checkKey, checkPut, checkRange, checkRevision, compareKeys } from '../keys.ts';
import { SortedKeys } from '../sorted-keys.ts';
import { WatchHub } from '../watch-hub.ts';
import { Expiries } from './expiries.ts';
import { History, type HistoryLimits } from './history.ts';
import { countThen, differencesAt, entriesThen } from './past.ts';

/** The first revision, of a storage that was never written to; etcd begins with it too. */
const FIRST_REVISION = 1;
/** Changes that a watcher which is behind is told of in one turn of the event loop. */
const SLICE_LENGTH = 1000;

/** Keeps everything in this process's memory. Writes take effect, and watchers are told, before `put` and `delete` return. */
export class MemoryStorage implements Storage {
  readonly exclusive = true;
  readonly #entries = new Map<string, Entry>();
  readonly #keys = new SortedKeys();
  readonly #expiries = new Expiries((key) => this.#remove(key));
  readonly #hub: WatchHub;
  #history: History;
  readonly #limits: HistoryLimits;
  #isClosed = false;

  constructor({ historyChanges = 10_000, historyChars = 32 * 2 ** 20 }: Partial<HistoryLimits> = {}) {
    this.#limits = { historyChanges, historyChars };
    this.#history = new History(this.#limits, FIRST_REVISION);
    this.#hub = new WatchHub({
      latest: () => this.#history.newest,
      read: (prefix, revision) => this.#readPast(prefix, revision),
    });
  }

  async revision({ signal }: { signal?: AbortSignal } = {}): Promise<number> {
    this.#check(signal);
    return this.#history.newest;
  }

  async get(
    key: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ entry: Entry | undefined; revision: number }> {
    this.#check(signal);
    return { entry: this.#entries.get(key), revision: this.#history.newest };
  }

  async list(options: {
    prefix: string;
    after?: string;
    limit?: number;
    revision?: number;
    signal?: AbortSignal;
  }): Promise<Page> {
    this.#check(options.signal);
    const { prefix, after = '', limit = 0, revision = this.#history.newest } = options;
    checkRange(limit, revision);
    if (revision > this.#history.newest) throw tooLargeRevision(revision, this.#history.newest);
    if (revision < this.#history.compacted) throw listExpired();
    const then = differencesAt(this.#history, prefix, revision);
    const range = { prefix, after };
    const now = { keys: this.#keys, entries: this.#entries };
    const all = entriesThen(range, now, then, compareKeys);
    const entries = limit === 0 ? [...all] : all.take(limit).toArray();
    return { entries, revision, remaining: countThen(range, now, then, compareKeys) - entries.length };
  }

  async count(prefix: string): Promise<number> {
    this.#check();
    return this.#keys.count(prefix, '');
  }

  async put(
    key: string,
    value: Value,
    expected: number,
    { ttlSeconds }: { ttlSeconds?: number } = {},
  ): Promise<SwapResult> {
    this.#check();
    checkPut(key, value, expected, ttlSeconds);
    const previous = this.#entries.get(key);
    if ((previous?.modRevision ?? 0) !== expected) return this.#refusal(previous);
    const revision = this.#history.newest + 1;
    this.#entries.set(key, { key, value, modRevision: revision });
    if (previous === undefined) this.#keys.add(key);
    this.#expiries.set(key, ttlSeconds);
    this.#publish({ type: 'put', key, value, revision, previous });
    return { done: true, revision, previous };
  }

  async delete(key: string, expected: number): Promise<SwapResult> {
    this.#check();
    checkKey(key);
    checkRevision(expected);
    const previous = this.#entries.get(key);
    if (previous === undefined || previous.modRevision !== expected) return this.#refusal(previous);
    return { done: true, revision: this.#remove(key), previous };
  }

  watch(watcher: Watcher): Watch {
    this.#check();
    checkRevision(watcher.afterRevision);
    return this.#hub.watch(watcher);
  }

  async compact(revision: number): Promise<void> {
    this.#check();
    checkRevision(revision);
    if (revision > this.#history.newest) throw tooLargeRevision(revision, this.#history.newest);
    this.#history.compact(revision);
  }

  /** Lets the series of revisions go on after `revision`, which must be newer than the newest. All history is forgotten. */
  async advance(revision: number): Promise<void> {
    this.#check();
    checkRevision(revision);
    if (revision <= this.#history.newest) return;
    this.#history = new History(this.#limits, revision);
    this.#hub.advance(revision);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#expiries[Symbol.dispose]();
    this.#hub.endAll(storageClosed());
    this.#entries.clear();
  }

  #check(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.#isClosed) throw storageClosed();
  }

  #refusal(current: Entry | undefined): SwapResult {
    return { done: false, current, revision: this.#history.newest };
  }

  #remove(key: string): number {
    const previous = this.#entries.get(key);
    const revision = this.#history.newest + 1;
    this.#entries.delete(key);
    this.#keys.delete(key);
    this.#expiries.set(key, undefined);
    this.#publish({ type: 'delete', key, value: undefined, revision, previous });
    return revision;
  }

  #publish(change: Change): void {
    this.#history.push(change);
    this.#hub.publish([change]);
  }

  #readPast(prefix: string, revision: number): { changes: readonly Change[]; upTo: number } {
    if (revision < this.#history.compacted) throw watchExpired();
    const upTo = Math.min(this.#history.newest, revision + SLICE_LENGTH);
    const changes: Change[] = [];
    for (let at = revision + 1; at <= upTo; at++) {
      const change = this.#history.at(at);
      if (change?.key.startsWith(prefix)) changes.push(change);
    }
    return { changes, upTo };
  }
}
