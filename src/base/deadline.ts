import type { Clock } from './clock.ts';

/** setTimeout turns longer delays into 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls back once the wall clock has passed `timeMs`, however far that is, unless it is disposed before. Looks at the
 * clock again after each wait, as it may have been set. Never calls back at once.
 */
export function callAfter(timeMs: number, clock: Clock, callback: () => void): Disposable {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const leftMs = Math.max(0, timeMs - clock.nowMs());
    timer = setTimeout(check, Math.min(Math.floor(leftMs) + 1, MAX_TIMER_MS));
  };
  const check = () => {
    if (clock.nowMs() > timeMs) callback();
    else arm();
  };
  arm();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
