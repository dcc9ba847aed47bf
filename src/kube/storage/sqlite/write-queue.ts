import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { errorMessage } from '#base';
import { internalError, unavailable } from '#kube/api';
import type { Value } from '../contract.ts';
import { storageClosed } from '../errors.ts';
import type { Expiration, Outcome, Report, Request, Write, WriterData } from './protocol.ts';

/** A write and who waits for it. */
export interface QueuedWrite {
  readonly write: Write;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** What the queue tells its owner. */
export interface WriteQueueEvents {
  /** The worker did these. The owner tells its watchers, and settles them. */
  onOutcomes: (done: readonly { queued: QueuedWrite; outcome: Outcome }[]) => void;
  onExpirations: (expirations: readonly Expiration[]) => void;
  /** The worker died and a new one has taken over: what the old one committed last may not have been told. */
  onRestart: () => void;
  /** The worker died and no new one can start: nothing can be written any more. */
  onLost: (error: Error) => void;
}

/** Bytes of values that the worker may have in its memory; more wait here. */
const POSTED_BYTES_MAX = 8 * 2 ** 20;
/** Writes that may wait here; more are refused. */
const WAITING_MAX = 20_000;
/** The heap of the worker holds a few batches of writes, and what SQLite needs lies outside of it. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8, stackSizeMb: 1 };

/** Hands writes to the worker: what comes up in one turn of the event loop goes in one message. */
export class WriteQueue implements AsyncDisposable {
  readonly #data: WriterData;
  #events: WriteQueueEvents | undefined;
  #worker: Worker | undefined;
  #waiting: QueuedWrite[] = [];
  #posted: QueuedWrite[] = [];
  #postedBytes = 0;
  #flushing: NodeJS.Immediate | undefined;
  /** While a worker takes over from one that died. */
  #restarting: Promise<void> | undefined;
  /** Set when no worker can be had any more. */
  #lost: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(data: WriterData) {
    this.#data = data;
  }

  /** Starts the worker, which opens the file. */
  static async open(data: WriterData): Promise<WriteQueue> {
    const queue = new WriteQueue(data);
    queue.#worker = await queue.#start();
    return queue;
  }

  /** Says who hears of what the worker does; in the turn of the event loop in which `open` resolved, so nothing is missed. */
  listen(events: WriteQueueEvents): void {
    this.#events = events;
  }

  /** Adds a write; `value` tells how large it is. */
  push(write: Write, value: Value): Promise<Outcome> {
    if (this.#closing !== undefined) return Promise.reject(storageClosed());
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(unavailable('too many writes are waiting for the storage: try again later'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#waiting.push({ write, bytes: value.length, resolve, reject });
    // Not at once: requests that arrived together have their writes ready in the same turn of the event loop.
    this.#flushing ??= setImmediate(() => this.#flush());
    return promise;
  }

  /** Finishes the writes that were pushed, and ends the worker. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<Worker> {
    const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), {
      name: 'kube-storage',
      workerData: this.#data,
      resourceLimits: WORKER_LIMITS,
    });
    let failure: unknown;
    worker.on('error', (error) => {
      failure = error;
    });
    const opened = Promise.withResolvers<void>();
    worker.once('message', () => opened.resolve());
    worker.once('exit', () =>
      opened.reject(unavailable(`the storage cannot be opened: ${errorMessage(failure ?? 'its thread ended')}`)),
    );
    await opened.promise;
    worker.on('message', (report: Report) => this.#onReport(report));
    worker.on('exit', () => this.#onExit(failure));
    return worker;
  }

  #flush(): void {
    this.#flushing = undefined;
    if (this.#worker === undefined) return;
    let count = 0;
    while (count < this.#waiting.length && this.#postedBytes < POSTED_BYTES_MAX) {
      this.#postedBytes += this.#waiting[count]?.bytes ?? 0;
      count++;
    }
    if (count === 0) return;
    const batch = this.#waiting.splice(0, count);
    for (const queued of batch) this.#posted.push(queued);
    this.#post({ writes: batch.map((queued) => queued.write) });
  }

  #post(request: Request): void {
    this.#worker?.postMessage(request);
  }

  #onReport(report: Report): void {
    if ('expirations' in report) this.#events?.onExpirations(report.expirations);
    if (!('outcomes' in report)) return;
    const settled = this.#posted.splice(0, report.outcomes.length);
    const done = settled.flatMap((queued, index) => {
      this.#postedBytes -= queued.bytes;
      const outcome = report.outcomes[index];
      return outcome === undefined ? [] : [{ queued, outcome }];
    });
    this.#events?.onOutcomes(done);
    this.#flush();
  }

  #onExit(failure: unknown): void {
    this.#worker = undefined;
    const why = errorMessage(failure ?? 'it ended');
    const unknown = unavailable(`the thread of the storage failed, it is not known whether the write was done: ${why}`);
    for (const { reject } of this.#posted.splice(0)) reject(unknown);
    this.#postedBytes = 0;
    if (this.#closing !== undefined) return;
    process.emitWarning(`storage: the thread that writes ${this.#data.path} failed and is started again: ${why}`);
    this.#restarting = this.#restart();
  }

  async #restart(): Promise<void> {
    try {
      this.#worker = await this.#start();
    } catch (error) {
      this.#lost = internalError('the storage cannot be opened again', error);
      this.#rejectWaiting(this.#lost);
      this.#events?.onLost(this.#lost);
      return;
    }
    this.#events?.onRestart();
    this.#flush();
  }

  #rejectWaiting(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  async #close(): Promise<void> {
    clearImmediate(this.#flushing);
    // The file is another's to open when this is over: no thread may come up later.
    await this.#restarting;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    while (this.#waiting.length > 0 && this.#worker !== undefined) {
      this.#flush();
      if (this.#waiting.length > 0) await Promise.race([once(worker, 'message'), exited]);
    }
    this.#post('close');
    await exited;
    this.#rejectWaiting(storageClosed());
  }
}
