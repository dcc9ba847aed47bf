import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 50;

/**
 * Waits until `look` finds something, for things that no event of ours announces, and answers it: anything but false and undefined.
 * Fails after `timeoutMs`.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`${what} did not come to pass`);
    await delay(PAUSE_MS);
  }
}

/** Tries until it works, and answers what came of it: servers that are starting have nothing to wait for. Fails with the last error. */
export async function untilItWorks<T>(work: () => Promise<T>, timeoutMs = 30_000): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await delay(PAUSE_MS);
    }
  }
}
