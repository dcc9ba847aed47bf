import { type Clock, callAfter } from '#base';
import type { EngineEvent } from '../contract.ts';

interface SubscriptionOptions {
  past: EngineEvent[];
  maxLag: number;
  clock: Clock;
  untilMs?: number;
  signal?: AbortSignal;
  onEnd: () => void;
}

/** One reader's queue of events. Once ended it takes no more, gives what it has, and is done. */
export class Subscription implements AsyncIterableIterator<EngineEvent> {
  readonly #options: SubscriptionOptions;
  #queue: EngineEvent[];
  #head = 0;
  #waiting: ((result: IteratorResult<EngineEvent>) => void)[] = [];
  #timer: Disposable | undefined;
  ended = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#queue = options.past;
  }

  /** Begins to watch the signal and the end time; may end at once. */
  start(): void {
    const { signal, untilMs, clock } = this.#options;
    signal?.addEventListener('abort', this.#abort, { once: true });
    if (signal?.aborted) this.#discard();
    else if (untilMs !== undefined && untilMs < clock.nowMs()) this.end();
    else if (untilMs !== undefined) this.#timer = callAfter(untilMs, clock, () => this.end());
  }

  /** Hands an event to the reader; ends the subscription where the reader is too far behind. */
  push(event: EngineEvent): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next({ value: event, done: false });
    else if (this.#queue.length - this.#head >= this.#options.maxLag) this.end();
    else this.#queue.push(event);
  }

  /** Takes no more events. Idempotent. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#timer?.[Symbol.dispose]();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    for (const waiter of this.#waiting.splice(0)) waiter({ value: undefined, done: true });
    this.#options.onEnd();
  }

  next(): Promise<IteratorResult<EngineEvent>> {
    const event = this.#queue[this.#head];
    if (event !== undefined) {
      this.#head++;
      this.#compact();
      return Promise.resolve({ value: event, done: false });
    }
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<EngineEvent>> {
    this.#discard();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A reader that aborts has no use for what is queued. */
  readonly #abort = () => this.#discard();

  #discard(): void {
    this.#queue = [];
    this.#head = 0;
    this.end();
  }

  /** Drops what was read once it is half of the array: amortised constant time for a read. */
  #compact(): void {
    if (this.#head < 64 || this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}
