/** Delays as a port, so that tests can turn time. */
export interface Timer {
  /** Calls back once after `delayMs` unless it is disposed before. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** setTimeout turns longer delays into 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's timer; a pending delay does not keep the process alive. */
export const systemTimer: Timer = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS)).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
