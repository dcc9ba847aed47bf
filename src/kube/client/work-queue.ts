import { errorMessage, log } from '#base';
import { isStatusError } from '#kube/api';
import { backoffMs } from './backoff.ts';

/** What a reconcile says: look again after this time, or when something changes. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number;
}

/** Brings one object from what it is to what it should be. Gets a key, never an event; may run at any time and again. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult | undefined>;

/** Settings of a queue. */
export interface WorkQueueOptions {
  /** For the log. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** Keys that are worked on at the same time. Default 5. */
  readonly workers?: number;
}

const DEFAULT_WORKERS = 5;
const FIRST_RETRY_MS = 5;
const MAX_RETRY_MS = 60_000;

/**
 * Keys that wait for their reconcile: each once, never two workers on one key, failed ones come back later and later
 * (client-go's work queue with its rate limiter).
 */
export class WorkQueue implements AsyncDisposable {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly timer: NodeJS.Timeout; readonly atMs: number }>();
  readonly #failures = new Map<string, number>();
  readonly #stop = new AbortController();
  #idle: PromiseWithResolvers<void> | undefined;
  #scheduled = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Has the key reconciled soon, once however often it is added. */
  add(key: string): void {
    if (this.#stop.signal.aborted) return;
    this.#forgetTimer(key);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#schedule();
  }

  /** Has the key reconciled after a time, unless it is sooner for another reason. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stop.signal.aborted) return;
    const atMs = Date.now() + delayMs;
    const known = this.#later.get(key);
    if (known !== undefined && known.atMs <= atMs) return;
    this.#forgetTimer(key);
    const timer = setTimeout(() => this.add(key), Math.min(delayMs, 2 ** 31 - 1));
    this.#later.set(key, { timer, atMs });
  }

  /** Keys that wait or are worked on now. */
  get size(): number {
    return this.#waiting.size + this.#running.size;
  }

  /** Resolves when nothing waits but timers: for tests. */
  async drained(): Promise<void> {
    while (this.size > 0) {
      this.#idle ??= Promise.withResolvers();
      await this.#idle.promise;
    }
  }

  /** Takes nothing more, aborts what runs and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const { timer } of this.#later.values()) clearTimeout(timer);
    this.#later.clear();
    this.#waiting.clear();
    await this.drained();
  }

  /** Workers start in the next turn, so that a burst of adds is one. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#startWorkers();
    });
  }

  #startWorkers(): void {
    const workers = this.#options.workers ?? DEFAULT_WORKERS;
    for (const key of this.#waiting) {
      if (this.#running.size >= workers) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    try {
      const result = await this.#options.reconcile(key, this.#stop.signal);
      this.#failures.delete(key);
      if (result?.requeueAfterMs !== undefined) this.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      this.#failed(key, error);
    } finally {
      this.#running.delete(key);
      if (this.#again.delete(key)) this.add(key);
      if (this.#waiting.size > 0) this.#schedule();
      if (this.size === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
    }
  }

  #failed(key: string, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    // Somebody else wrote first: that is how optimistic concurrency works, not a fault.
    if (!isStatusError(error, 'Conflict')) {
      log.debug('a reconcile failed', { controller: this.#options.name, key, failures, error: errorMessage(error) });
    }
    this.addAfter(key, backoffMs(failures, FIRST_RETRY_MS, MAX_RETRY_MS));
  }

  #forgetTimer(key: string): void {
    const known = this.#later.get(key);
    if (known === undefined) return;
    clearTimeout(known.timer);
    this.#later.delete(key);
  }
}
