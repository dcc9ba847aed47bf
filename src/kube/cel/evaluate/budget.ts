import { CostExceededError } from '../cel-error.ts';

/** Upstream's limit for one expression. */
export const PER_CALL_LIMIT = 1_000_000;
/** Upstream's limit for all rules of one object. */
export const PER_OBJECT_LIMIT = 10_000_000;
/** How long the expressions of one budget may run: a net below the costs, for what they do not foresee. */
const MAX_MS = 1_000;
/** The clock is asked after so much cost. */
const CLOCK_STEP = 10_000;

/** What an evaluation may still cost. One unit is about one step: reading a field, calling a function, a turn of a loop. */
export class Budget {
  readonly #limit: number;
  #left: number;
  #nextLook: number;
  #deadlineMs: number | undefined;

  constructor(limit: number = PER_CALL_LIMIT) {
    this.#limit = limit;
    this.#left = limit;
    this.#nextLook = limit - CLOCK_STEP;
  }

  get spent(): number {
    return this.#limit - Math.max(0, this.#left);
  }

  get left(): number {
    return Math.max(0, this.#left);
  }

  /** Takes the price of a step. Throws a CostExceededError when nothing is left. */
  charge(cost: number): void {
    this.#left -= cost;
    if (this.#left < 0) throw new CostExceededError();
    if (this.#left < this.#nextLook) this.checkTime();
  }

  /** To be called after a step that may have taken long. Throws a CostExceededError when the time is over. */
  checkTime(): void {
    this.#nextLook = this.#left - CLOCK_STEP;
    const nowMs = performance.now();
    this.#deadlineMs ??= nowMs + MAX_MS;
    if (nowMs > this.#deadlineMs) throw new CostExceededError();
  }
}
