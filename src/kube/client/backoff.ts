import { setTimeout as delay } from 'node:timers/promises';

/** The pause before the next try after `failures` failed ones: doubled each time, up to a limit, with a quarter of chance. */
export function backoffMs(failures: number, firstMs: number, maxMs: number): number {
  const base = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));
  return base * (0.75 + Math.random() / 4);
}

/** Waits, or returns early when `signal` is aborted. */
export async function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(timeMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
