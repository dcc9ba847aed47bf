import { setImmediate as turn } from 'node:timers/promises';
import { internalError } from '#kube/api';
import type { Change, Entry, Page, Storage, SwapResult, Value, Watch, Watcher } from '../contract.ts';
import { storageClosed, tooLargeRevision, watchExpired } from '../errors.ts';
import { checkKey, checkPut, checkRange, checkRevision } from '../keys.ts';
import { WatchHub } from '../watch-hub.ts';
import { backup } from './backup.ts';
import { Counts } from './counts.ts';
import { lockInstance } from './instance-lock.ts';
import { type ListOptions, list } from './list.ts';
import type { Expiration, Outcome, SqliteLimits, Write } from './protocol.ts';
import { boundsOf, Reader } from './reader.ts';
import { ReaderPool } from './reader-pool.ts';
import { type QueuedWrite, WriteQueue } from './write-queue.ts';

/** Revisions that a watcher which is behind is taken through in one turn of the event loop. */
const SLICE_REVISIONS = 500;
/** Or as many as can be read in this time: values may be large. */
const SLICE_MS = 5;

/**
 * Keeps everything in one SQLite file. A worker writes, in groups, and answers when they are durable; this thread reads, each
 * read from the newest commit.
 */
export class SqliteStorage implements Storage {
  readonly exclusive = true;
  readonly #path: string;
  readonly #lock: Disposable;
  readonly #reader: Reader;
  readonly #lists: ReaderPool;
  readonly #counts: Counts;
  readonly #hub: WatchHub;
  readonly #queue: WriteQueue;
  #closing: Promise<void> | undefined;

  private constructor(path: string, lock: Disposable, queue: WriteQueue) {
    this.#path = path;
    this.#lock = lock;
    this.#queue = queue;
    this.#reader = new Reader(path);
    this.#lists = new ReaderPool(path);
    this.#counts = new Counts(this.#reader.newest().newest);
    this.#hub = new WatchHub({
      latest: () => this.#reader.newest().newest,
      read: (prefix, revision) => this.#readPast(prefix, revision),
    });
    queue.listen({
      onOutcomes: (done) => this.#onOutcomes(done),
      onExpirations: (expirations) => this.#publish(expirations.map(expirationChange)),
      onRestart: () => this.#tellMissed(),
      onLost: (error) => this.#hub.endAll(error),
    });
  }

  /**
   * Opens or makes the file. Rejects with HakoError `conflict` where another server, or this process already, serves it.
   * By default the last 20,000 changes are remembered, or as many as superseded no more than 256 MiB of values.
   */
  static async open(path: string, limits: Partial<SqliteLimits> = {}): Promise<SqliteStorage> {
    await using opening = new AsyncDisposableStack();
    const lock = opening.use(lockInstance(path));
    const { historyChanges = 20_000, historyBytes = 256 * 2 ** 20 } = limits;
    const data = { path, limits: { historyChanges, historyBytes } };
    const queue = opening.use(await WriteQueue.open(data));
    const storage = new SqliteStorage(path, lock, queue);
    opening.move();
    return storage;
  }

  async revision({ signal }: { signal?: AbortSignal } = {}): Promise<number> {
    this.#check(signal);
    return this.#reader.newest().newest;
  }

  async get(
    key: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ entry: Entry | undefined; revision: number }> {
    this.#check(signal);
    return this.#reader.get(key);
  }

  async list(options: ListOptions): Promise<Page> {
    this.#check(options.signal);
    checkRange(options.limit ?? 0, options.revision);
    const pause = async () => {
      await turn();
      this.#check(options.signal);
    };
    return this.#lists.run((reader) => list(reader, options, this.#counts, pause));
  }

  async count(prefix: string): Promise<number> {
    this.#check();
    return this.#inSnapshot(() => {
      const { newest } = this.#reader.newest();
      const count = this.#counts.behind(prefix, '', newest) ?? this.#reader.count(boundsOf(prefix, ''));
      this.#counts.watch(prefix, newest, count);
      return count;
    });
  }

  async put(
    key: string,
    value: Value,
    expected: number,
    { ttlSeconds }: { ttlSeconds?: number } = {},
  ): Promise<SwapResult> {
    this.#check();
    checkPut(key, value, expected, ttlSeconds);
    return swapResult(await this.#queue.push({ kind: 'put', key, value, expected, ttlSeconds }, value));
  }

  async delete(key: string, expected: number): Promise<SwapResult> {
    this.#check();
    checkKey(key);
    checkRevision(expected);
    return swapResult(await this.#queue.push({ kind: 'delete', key, expected }, ''));
  }

  watch(watcher: Watcher): Watch {
    this.#check();
    checkRevision(watcher.afterRevision);
    return this.#hub.watch(watcher);
  }

  async compact(revision: number): Promise<void> {
    this.#check();
    checkRevision(revision);
    await this.#administer({ kind: 'compact', revision });
  }

  /** Lets the series of revisions go on after `revision`, or after the newest. All history is forgotten. */
  async advance(revision: number): Promise<void> {
    this.#check();
    checkRevision(revision);
    this.#advance(await this.#administer({ kind: 'advance', revision }));
  }

  /** Writes a consistent copy to `file`, which appears when it is complete and durable; the storage goes on meanwhile. */
  async backup(file: string): Promise<void> {
    this.#check();
    await backup(this.#path, file);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
    this.#hub.endAll(storageClosed());
    this.#lists[Symbol.dispose]();
    this.#reader.close();
    this.#lock[Symbol.dispose]();
  }

  #check(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw storageClosed();
  }

  async #administer(write: Write): Promise<number> {
    const outcome = await this.#queue.push(write, '');
    if ('failure' in outcome) throw internalError(outcome.failure);
    return 'newest' in outcome ? outcome.newest : outcome.revision;
  }

  #onOutcomes(done: readonly { queued: QueuedWrite; outcome: Outcome }[]): void {
    const changes: Change[] = [];
    for (const { queued, outcome } of done) {
      const change = changeOf(queued.write, outcome);
      if (change !== undefined) changes.push(change);
    }
    this.#publish(changes);
    for (const { queued, outcome } of done) {
      if ('failure' in outcome) queued.reject(failureError(queued.write, outcome));
      else queued.resolve(outcome);
    }
  }

  #publish(changes: readonly Change[]): void {
    this.#counts.apply(changes);
    this.#hub.publish(changes);
  }

  #advance(revision: number): void {
    this.#counts.advance(revision);
    this.#hub.advance(revision);
  }

  /** Tells what was committed by a worker that died before it could say so. */
  #tellMissed(): void {
    const { newest } = this.#reader.newest();
    while (this.#hub.published < newest) {
      const { changes, upTo } = this.#readPast('', this.#hub.published);
      this.#publish(changes);
      this.#advance(upTo);
    }
  }

  #readPast(prefix: string, revision: number): { changes: readonly Change[]; upTo: number } {
    return this.#inSnapshot(() => {
      const { newest, compacted } = this.#reader.newest();
      if (revision < compacted) throw watchExpired();
      const upTo = Math.min(newest, revision + SLICE_REVISIONS);
      return this.#reader.changes(prefix, revision, upTo, SLICE_MS);
    });
  }

  #inSnapshot<T>(work: () => T): T {
    this.#reader.begin();
    try {
      return work();
    } finally {
      this.#reader.end();
    }
  }
}

function swapResult(outcome: Outcome): SwapResult {
  if ('done' in outcome) return outcome;
  throw internalError('the storage gave the answer to something else');
}

function failureError(write: Write, { failure, tooLargeFor }: Extract<Outcome, { failure: string }>): Error {
  const asked = 'revision' in write ? write.revision : 0;
  return tooLargeFor === undefined ? internalError(failure) : tooLargeRevision(asked, tooLargeFor);
}

function changeOf(write: Write, outcome: Outcome): Change | undefined {
  if (!('done' in outcome) || !outcome.done) return undefined;
  const { revision, previous } = outcome;
  if (write.kind === 'put') return { type: 'put', key: write.key, value: write.value, revision, previous };
  if (write.kind === 'delete') return { type: 'delete', key: write.key, value: undefined, revision, previous };
  return undefined;
}

function expirationChange({ revision, previous }: Expiration): Change {
  return { type: 'delete', key: previous.key, value: undefined, revision, previous };
}
