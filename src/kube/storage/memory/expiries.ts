/** setTimeout cannot wait longer (2^31 - 1 ms, 24 days). */
const WAIT_MAX_MS = 2 ** 31 - 1;

/** One timer for each key that is to go; setting another time, or none, takes the place of what was set before. */
export class Expiries implements Disposable {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #expire: (key: string) => void;

  constructor(expire: (key: string) => void) {
    this.#expire = expire;
  }

  /** Makes `key` go after `ttlSeconds`, or stay where that is undefined. */
  set(key: string, ttlSeconds: number | undefined): void {
    const before = this.#timers.get(key);
    if (before !== undefined) {
      clearTimeout(before);
      this.#timers.delete(key);
    }
    if (ttlSeconds !== undefined) this.#wait(key, performance.now() + ttlSeconds * 1000);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #wait(key: string, deadlineMs: number): void {
    const leftMs = deadlineMs - performance.now();
    const timer = setTimeout(
      () => {
        if (leftMs > WAIT_MAX_MS) {
          this.#wait(key, deadlineMs);
          return;
        }
        this.#timers.delete(key);
        this.#expire(key);
      },
      Math.min(leftMs, WAIT_MAX_MS),
    );
    this.#timers.set(key, timer.unref());
  }
}
