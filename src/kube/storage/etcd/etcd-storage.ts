import { internalError, isStatusError, unavailable } from '#kube/api';
import type { Entry, Page, Storage, SwapResult, Value, Watch, Watcher } from '../contract.ts';
import { listExpired, storageClosed, tooLargeRevision } from '../errors.ts';
import { checkKey, checkPut, checkRange, checkRevision, compareKeys, prefixEnd } from '../keys.ts';
import { Compactor } from './compactor.ts';
import { EtcdConnection, type EtcdOptions, isServiceError, UnknownOutcome } from './connection.ts';
import { Leases } from './leases.ts';
import {
  compactionRequest,
  deleteOperation,
  prefixRange,
  putOperation,
  type RangeAnswer,
  rangeRequest,
  readRangeResponse,
  readStatusResponse,
  readTxnResponse,
  swapRequest,
  type TxnAnswer,
} from './messages.ts';
import { WatchStream } from './watch-stream.ts';

/** Keys in one answer of etcd: a list of everything is read in pages of one revision. */
const PAGE_LENGTH = 1000;
/** A key to read the revision with; nobody has it. */
const NO_KEY = '\0';

/** Keeps everything in etcd (API v3, 3.4 and newer), laid out as upstream does, so that several servers may share it. */
export class EtcdStorage implements Storage {
  readonly exclusive = false;
  readonly #connection: EtcdConnection;
  readonly #leases: Leases;
  readonly #watches = new Set<WatchStream>();
  readonly #compactor: Compactor;
  readonly #areProgressAnswersEarly: boolean;
  #isClosed = false;

  private constructor(connection: EtcdConnection, version: string, options: EtcdOptions) {
    this.#connection = connection;
    this.#leases = new Leases(connection);
    this.#areProgressAnswersEarly = answersProgressEarly(version);
    this.#compactor = new Compactor(connection, options.compactEveryMs ?? 300_000, (revision) =>
      this.compact(revision),
    );
  }

  /** Connects to the members of a cluster; rejects with ServiceUnavailable where none answers. */
  static async open(endpoints: readonly string[], options: EtcdOptions = {}): Promise<EtcdStorage> {
    using opening = new DisposableStack();
    const connection = opening.use(await EtcdConnection.open(endpoints, options));
    const status = await translate(connection.call('/etcdserverpb.Maintenance/Status', Buffer.alloc(0)));
    const storage = new EtcdStorage(connection, readStatusResponse(status), options);
    await storage.revision();
    opening.move();
    return storage;
  }

  async revision(options: { signal?: AbortSignal } = {}): Promise<number> {
    return (await this.#range(rangeRequest({ key: NO_KEY }), options.signal)).revision;
  }

  async get(
    key: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ entry: Entry | undefined; revision: number }> {
    checkKey(key);
    const { entries, revision } = await this.#range(rangeRequest({ key }), signal);
    return { entry: entries[0], revision };
  }

  async list(options: {
    prefix: string;
    after?: string;
    limit?: number;
    revision?: number;
    signal?: AbortSignal;
  }): Promise<Page> {
    const { prefix, after = '', limit = 0, signal } = options;
    checkRange(limit, options.revision);
    const entries: Entry[] = [];
    let { revision } = options;
    let lower = after !== '' && compareKeys(after, prefix) >= 0 ? `${after}\0` : prefix;
    for (;;) {
      const wanted = Math.min(PAGE_LENGTH, limit === 0 ? PAGE_LENGTH : limit - entries.length);
      const range = prefixRange(lower, prefixEnd(prefix));
      const page = await this.#page(range, wanted, revision, signal);
      revision ??= page.revision;
      for (const entry of page.entries) entries.push(entry);
      const remaining = page.count - page.entries.length;
      const last = page.entries.at(-1);
      if (remaining === 0 || last === undefined || entries.length === limit) return { entries, revision, remaining };
      lower = `${last.key}\0`;
    }
  }

  async count(prefix: string): Promise<number> {
    return (await this.#range(rangeRequest(prefixRange(prefix, prefixEnd(prefix)), { countOnly: true }))).count;
  }

  async put(
    key: string,
    value: Value,
    expected: number,
    { ttlSeconds }: { ttlSeconds?: number } = {},
  ): Promise<SwapResult> {
    this.#check();
    checkPut(key, value, expected, ttlSeconds);
    const lease = ttlSeconds === undefined ? 0n : await translate(this.#leases.get(ttlSeconds));
    const request = swapRequest(key, expected, putOperation(key, value, lease));
    try {
      return swapResult(await this.#txn(request));
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error;
      return this.#putAgain(key, value, expected, request);
    }
  }

  async delete(key: string, expected: number): Promise<SwapResult> {
    this.#check();
    checkKey(key);
    checkRevision(expected);
    // etcd would compare it as "is not there", and delete nothing.
    if (expected === 0) return { done: false, ...(await this.#currentOf(key)) };
    try {
      return swapResult(await this.#txn(swapRequest(key, expected, deleteOperation(key))));
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error;
      throw unavailable(`etcd did not answer, it is not known whether ${key} was deleted: ${error.message}`);
    }
  }

  watch(watcher: Watcher): Watch {
    this.#check();
    checkRevision(watcher.afterRevision);
    const stream = new WatchStream(
      this.#connection,
      {
        ...watcher,
        onEnd: (error) => {
          this.#watches.delete(stream);
          watcher.onEnd(error);
        },
      },
      { newest: () => this.revision(), areProgressAnswersEarly: this.#areProgressAnswersEarly },
    );
    this.#watches.add(stream);
    return {
      requestProgress: () => stream.requestProgress(),
      [Symbol.dispose]: () => {
        this.#watches.delete(stream);
        stream[Symbol.dispose]();
      },
    };
  }

  async compact(revision: number): Promise<void> {
    this.#check();
    checkRevision(revision);
    try {
      await this.#connection.call('/etcdserverpb.KV/Compact', compactionRequest(revision));
    } catch (error) {
      if (isCompacted(error)) return;
      if (isFuture(error)) throw tooLargeRevision(revision, await this.revision());
      throw asStatusError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#compactor[Symbol.dispose]();
    for (const watch of [...this.#watches]) watch.end(storageClosed());
    this.#connection[Symbol.dispose]();
  }

  #check(): void {
    if (this.#isClosed) throw storageClosed();
  }

  async #range(request: Buffer, signal?: AbortSignal): Promise<RangeAnswer> {
    signal?.throwIfAborted();
    this.#check();
    const call = this.#connection.call('/etcdserverpb.KV/Range', request, signal === undefined ? {} : { signal });
    return readRangeResponse(await call.catch(fail));
  }

  async #page(
    range: { key: string; end: string },
    limit: number,
    revision: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<RangeAnswer> {
    try {
      return await this.#range(rangeRequest(range, { limit, ...(revision === undefined ? {} : { revision }) }), signal);
    } catch (error) {
      const { cause } = error instanceof Error ? error : {};
      if (isCompacted(cause)) throw listExpired();
      if (isFuture(cause)) throw tooLargeRevision(revision ?? 0, await this.revision());
      throw error;
    }
  }

  async #currentOf(key: string): Promise<{ current: Entry | undefined; revision: number }> {
    const { entry, revision } = await this.get(key);
    return { current: entry, revision };
  }

  async #txn(request: Buffer): Promise<TxnAnswer> {
    return readTxnResponse(await translate(this.#connection.call('/etcdserverpb.KV/Txn', request, { isWrite: true })));
  }

  /**
   * After a put without an answer. Doing it again is safe, as at most one of the two finds the expected revision; where the
   * second is refused because of our own value, the first was done.
   */
  async #putAgain(key: string, value: Value, expected: number, request: Buffer): Promise<SwapResult> {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const answer = await this.#txn(request);
        if (answer.succeeded || answer.entry === undefined || !isSame(answer.entry.value, value))
          return swapResult(answer);
        return { done: true, revision: answer.entry.modRevision, previous: await this.#before(answer.entry) };
      } catch (error) {
        if (!(error instanceof UnknownOutcome)) throw error;
      }
    }
    throw unavailable(`etcd does not answer, it is not known whether ${key} was written at revision ${expected}`);
  }

  async #before({ key, modRevision }: Entry): Promise<Entry | undefined> {
    try {
      return (await this.#range(rangeRequest({ key }, { revision: modRevision - 1 }))).entries[0];
    } catch (error) {
      if (isCompacted(error instanceof Error ? error.cause : undefined)) return undefined;
      throw error;
    }
  }
}

function swapResult({ succeeded, revision, entry }: TxnAnswer): SwapResult {
  return succeeded ? { done: true, revision, previous: entry } : { done: false, current: entry, revision };
}

function isSame(there: Value, ours: Value): boolean {
  return bytesOf(there).equals(bytesOf(ours));
}

function bytesOf(value: Value): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.length);
}

/** Gives the promise's errors as StatusErrors, with etcd's as cause. */
function translate<T>(call: Promise<T>): Promise<T> {
  return call.catch(fail);
}

function fail(error: unknown): never {
  throw error instanceof UnknownOutcome ? error : asStatusError(error);
}

function asStatusError(error: unknown): unknown {
  if (isStatusError(error) || !isServiceError(error)) return error;
  return internalError(`etcd: ${error.details || error.message}`, error);
}

function isCompacted(error: unknown): boolean {
  return isServiceError(error) && error.details.includes('required revision has been compacted');
}

function isFuture(error: unknown): boolean {
  return isServiceError(error) && error.details.includes('required revision is a future revision');
}

/** https://github.com/etcd-io/etcd/issues/15220: mended in 3.4.25 and 3.5.8. */
function answersProgressEarly(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major !== 3 || minor > 5) return false;
  return minor === 5 ? patch < 8 : patch < 25;
}
