import type { CacheEvent } from './event.ts';

/** How much a watch cache remembers for watchers that come back: both bounds hold. */
export interface HistoryLimits {
  readonly maxEvents: number;
  /** Characters of the texts that only the history holds. */
  readonly maxChars: number;
}

const DEFAULT_LIMITS: HistoryLimits = { maxEvents: 4096, maxChars: 16 * 1024 * 1024 };

/** The latest events of one resource in the order of revisions, bounded. */
export class History {
  readonly #limits: HistoryLimits;
  #events: CacheEvent[] = [];
  /** Index of the oldest one; the array is cut now and then. */
  #first = 0;
  #chars = 0;
  /** Every event after this revision is here. */
  #since = 0;

  constructor(limits: HistoryLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Forgets everything; from now on events after `revision` are kept. */
  reset(revision: number): void {
    this.#events = [];
    this.#first = 0;
    this.#chars = 0;
    this.#since = revision;
  }

  add(event: CacheEvent): void {
    this.#events.push(event);
    this.#chars += sizeOf(event);
    while (this.#count > this.#limits.maxEvents || this.#chars > this.#limits.maxChars) this.#dropOldest();
    if (this.#first > 1024 && this.#first > this.#events.length / 2) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The events after `revision`, or undefined where some of them are forgotten. */
  after(revision: number): CacheEvent[] | undefined {
    if (revision < this.#since) return undefined;
    let at = this.#events.length;
    while (at > this.#first && (this.#events[at - 1] as CacheEvent).revision > revision) at--;
    return this.#events.slice(at);
  }

  get #count(): number {
    return this.#events.length - this.#first;
  }

  #dropOldest(): void {
    const event = this.#events[this.#first] as CacheEvent;
    this.#chars -= sizeOf(event);
    this.#since = event.revision;
    this.#first++;
  }
}

/** Only the state before is charged: the state after is mostly what the cache holds anyway. */
function sizeOf(event: CacheEvent): number {
  return event.previous?.text.length ?? 0;
}
