/** Who may not take longer than the others. */
export interface Waiter {
  /** The time is over; called once. */
  expire(): void;
}

/** Ends what takes longer than a fixed time. All share one timer: one of its own would cost a request as much as looking up its object. */
export class Deadlines {
  readonly #afterMs: number;
  /** When each is due, the first first. */
  readonly #due = new Map<Waiter, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  start(waiter: Waiter): void {
    this.#due.set(waiter, performance.now() + this.#afterMs);
    this.#timer ??= this.#wait(this.#afterMs);
  }

  end(waiter: Waiter): void {
    this.#due.delete(waiter);
  }

  #wait(ms: number): NodeJS.Timeout {
    // Never early: timers count whole milliseconds.
    return setTimeout(() => this.#look(), Math.ceil(ms)).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [waiter, at] of this.#due) {
      if (at > now) {
        this.#timer = this.#wait(at - now);
        return;
      }
      this.#due.delete(waiter);
      waiter.expire();
    }
  }
}

const known = new WeakMap<object, Deadlines>();

/** The deadlines of all requests to one server, whose own object is `owner`. */
export function deadlinesOf(owner: object, afterMs: number): Deadlines {
  let deadlines = known.get(owner);
  if (deadlines === undefined) {
    deadlines = new Deadlines(afterMs);
    known.set(owner, deadlines);
  }
  return deadlines;
}
