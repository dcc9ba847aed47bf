import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '#base';
import { internalError, isStatusError, unavailable } from '#kube/api';
import type { Change, Watch, Watcher } from '../contract.ts';
import { watchExpired } from '../errors.ts';
import { prefixEnd } from '../keys.ts';
import { type EtcdConnection, isServiceError, type RawStream } from './connection.ts';
import {
  prefixRange,
  readWatchResponse,
  type WatchAnswer,
  type WatchEvent,
  watchCreateRequest,
  watchProgressRequest,
} from './messages.ts';

const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 2000;
/** google.rpc.Code. */
const PERMISSION_DENIED = 7;
/** A stream that is not answered at all is given up after this time. */
const CREATE_MS = 5000;
/** etcd drops a request for progress while the watch is behind: it is repeated. */
const PROGRESS_AGAIN_MS = 200;
/** Before 3.4.25 and 3.5.8 etcd answers it at once, ahead of events that wait in the stream: so late they have come. */
const PROGRESS_HOLD_MS = 250;

/** A watch that lives on through the loss of its stream: it goes on after the last revision that it told. */
export class WatchStream implements Watch {
  readonly #connection: EtcdConnection;
  readonly #watcher: Watcher;
  readonly #areProgressAnswersEarly: boolean;
  #told: number;
  #stream: RawStream | undefined;
  #isOver = false;
  #fragments: WatchEvent[] = [];
  /** Set while an answer to a request for progress is awaited. */
  #progressTimer: NodeJS.Timeout | undefined;
  /** The revision that the awaited progress must reach; undefined while it has to be asked for. */
  #progressTarget: number | undefined;
  readonly #newest: () => Promise<number>;
  readonly #holds = new Set<NodeJS.Timeout>();

  constructor(
    connection: EtcdConnection,
    watcher: Watcher,
    options: { newest: () => Promise<number>; areProgressAnswersEarly: boolean },
  ) {
    const { newest, areProgressAnswersEarly } = options;
    this.#newest = newest;
    this.#connection = connection;
    this.#watcher = watcher;
    this.#areProgressAnswersEarly = areProgressAnswersEarly;
    this.#told = watcher.afterRevision;
    void this.#run();
  }

  requestProgress(): void {
    if (this.#isOver) return;
    // An answer that is under way may be older than this call.
    this.#progressTarget = undefined;
    this.#progressTimer ??= setInterval(() => void this.#askProgress(), PROGRESS_AGAIN_MS);
    void this.#askProgress();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settleProgress();
    for (const hold of this.#holds) clearTimeout(hold);
    this.#stream?.cancel();
  }

  /** Ends the watch with an error; the watcher hears of it. */
  end(error: Error): void {
    if (this.#isOver) return;
    this[Symbol.dispose]();
    try {
      this.#watcher.onEnd(error);
    } catch (failure) {
      process.emitWarning(`storage: onEnd of a watcher of ${this.#watcher.prefix} threw: ${errorMessage(failure)}`);
    }
  }

  async #run(): Promise<void> {
    for (let pauseMs = RECONNECT_MS_MIN; !this.#isOver; pauseMs = Math.min(2 * pauseMs, RECONNECT_MS_MAX)) {
      try {
        if (await this.#follow()) pauseMs = RECONNECT_MS_MIN;
        if (!this.#isOver) await sleep(pauseMs, undefined, { signal: this.#connection.closed });
      } catch (error) {
        if (this.#isOver) return;
        if (this.#connection.closed.aborted) this.end(this.#connection.closed.reason as Error);
        else this.end(isStatusError(error) ? error : internalError('a watch of etcd failed', error));
      }
    }
  }

  /** Follows one stream to its end; true where it had been created. Rejects where the watch is over with it. */
  async #follow(): Promise<boolean> {
    const connected = await this.#connection.stream('/etcdserverpb.Watch/Watch').catch(() => undefined);
    // Where signing in fails, the next attempt asks another member.
    if (connected === undefined || this.#isOver) return false;
    const { stream, failed } = connected;
    this.#stream = stream;
    this.#fragments = [];
    const skipUpTo = this.#told;
    let isCreated = false;
    const tooSlow = setTimeout(() => stream.cancel(), CREATE_MS);
    const ended = Promise.withResolvers<void>();
    stream.on('data', (message: Buffer) => {
      try {
        const answer = readWatchResponse(message);
        if (answer.created) {
          isCreated = true;
          clearTimeout(tooSlow);
          if (this.#progressTimer !== undefined) void this.#askProgress();
        }
        if (answer.canceled) this.#onCanceled(answer);
        else if (!this.#isOver) this.#onAnswer(answer, skipUpTo);
      } catch (error) {
        ended.reject(error);
      }
    });
    stream.on('error', (error: Error) => {
      if (!isServiceError(error) || error.code === PERMISSION_DENIED)
        ended.reject(unavailable(`etcd: ${error.message}`));
      else ended.resolve();
    });
    stream.on('end', () => ended.resolve());
    stream.write(this.#createRequest());
    try {
      await ended.promise;
    } finally {
      clearTimeout(tooSlow);
      this.#stream = undefined;
      stream.cancel();
    }
    failed();
    return isCreated;
  }

  /**
   * Starts at the last revision that was told, and skips it: etcd would start after a compacted revision without a word, and older
   * versions forget a delete at the revision that they were compacted to (etcd issue 18089).
   */
  #createRequest(): Buffer {
    const { prefix } = this.#watcher;
    return watchCreateRequest(prefixRange(prefix, prefixEnd(prefix)), Math.max(1, this.#told));
  }

  #onCanceled({ compactRevision, cancelReason }: WatchAnswer): void {
    if (compactRevision > 0) throw watchExpired();
    // The member lost its leader, or is going down: another one is asked.
    if (/no leader|stopped|shutting down/.test(cancelReason)) this.#stream?.cancel();
    else throw unavailable(`etcd ended the watch of ${this.#watcher.prefix}: ${cancelReason || 'without a reason'}`);
  }

  #onAnswer({ created, events, fragment, revision }: WatchAnswer, skipUpTo: number): void {
    if (created) return;
    if (events.length === 0 && !fragment && this.#fragments.length === 0) {
      this.#onProgress(revision);
      return;
    }
    for (const event of events) if (event.entry.modRevision > skipUpTo) this.#fragments.push(event);
    if (fragment || this.#fragments.length === 0) return;
    const changes = this.#fragments.map(changeOf);
    this.#fragments = [];
    this.#told = Math.max(this.#told, changes.at(-1)?.revision ?? 0);
    this.#call(() => this.#watcher.onChanges(changes));
  }

  #onProgress(revision: number): void {
    if (this.#progressTarget !== undefined && revision >= this.#progressTarget) this.#settleProgress();
    if (!this.#areProgressAnswersEarly) {
      this.#told = Math.max(this.#told, revision);
      this.#call(() => this.#watcher.onProgress(revision));
      return;
    }
    const hold = setTimeout(() => {
      this.#holds.delete(hold);
      this.#call(() => this.#watcher.onProgress(revision));
    }, PROGRESS_HOLD_MS);
    this.#holds.add(hold);
  }

  async #askProgress(): Promise<void> {
    try {
      this.#progressTarget ??= await this.#newest();
      this.#stream?.write(watchProgressRequest());
    } catch (error) {
      // etcd is away: the next turn of the timer asks again.
      if (!isStatusError(error) && !isServiceError(error)) throw error;
    }
  }

  #settleProgress(): void {
    clearInterval(this.#progressTimer);
    this.#progressTimer = undefined;
  }

  #call(tell: () => void): void {
    if (this.#isOver) return;
    try {
      tell();
    } catch (error) {
      this.end(internalError(`a watcher of ${this.#watcher.prefix} failed`, error));
    }
  }
}

function changeOf({ isDelete, entry, previous }: WatchEvent): Change {
  const { key, value, modRevision: revision } = entry;
  return { type: isDelete ? 'delete' : 'put', key, value: isDelete ? undefined : value, revision, previous };
}
