interface Waiter {
  readonly revision: number;
  readonly done: (reached: boolean) => void;
}

/** Those who wait until a revision is reached. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** True when `revision` was reached, false when it was not within the time. */
  wait(revision: number, timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter: Waiter = {
      revision,
      done: (reached) => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        resolve(reached);
      },
    };
    const timer = setTimeout(() => waiter.done(false), timeoutMs);
    this.#waiting.add(waiter);
    return promise;
  }

  reached(revision: number): void {
    for (const waiter of this.#waiting) if (waiter.revision <= revision) waiter.done(true);
  }

  giveUp(): void {
    for (const waiter of this.#waiting) waiter.done(false);
  }
}
