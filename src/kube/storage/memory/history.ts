import type { Change } from '../contract.ts';

/** How much of the past is kept: whatever is reached first makes the oldest changes go. */
export interface HistoryLimits {
  /** Number of changes. */
  historyChanges: number;
  /** Their values and keys in UTF-16 units. */
  historyChars: number;
}

/** The newest changes, one for each revision after `compacted`. */
export class History {
  readonly #limits: HistoryLimits;
  #changes: (Change | undefined)[] = [];
  /** Index of the oldest change that still counts: the front is cut off in large pieces. */
  #start = 0;
  #chars = 0;
  #compacted: number;

  constructor(limits: HistoryLimits, compacted: number) {
    this.#limits = limits;
    this.#compacted = compacted;
  }

  /** The oldest revision whose state is known. */
  get compacted(): number {
    return this.#compacted;
  }

  /** The newest revision. */
  get newest(): number {
    return this.#compacted + this.#changes.length - this.#start;
  }

  /** Adds the change of the next revision. */
  push(change: Change): void {
    this.#changes.push(change);
    this.#chars += chars(change);
    const { historyChanges, historyChars } = this.#limits;
    while (this.#changes.length - this.#start > historyChanges || this.#chars > historyChars) {
      if (this.#start === this.#changes.length) break;
      this.compact(this.#compacted + 1);
    }
  }

  /** The change of a revision after `compacted`, up to `newest`. */
  at(revision: number): Change | undefined {
    return this.#changes[this.#start + revision - this.#compacted - 1];
  }

  /** Forgets the changes up to `revision`, which is not newer than the newest. */
  compact(revision: number): void {
    while (this.#compacted < revision) {
      const change = this.#changes[this.#start];
      if (change !== undefined) this.#chars -= chars(change);
      this.#changes[this.#start] = undefined;
      this.#start++;
      this.#compacted++;
    }
    // Cutting for each of them would make compaction quadratic.
    if (this.#start * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
  }
}

function chars(change: Change): number {
  return change.key.length + (change.value ?? change.previous?.value ?? '').length;
}
