import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 20_000;

/**
 * Waits until `look` answers something else than undefined or false, and gives that. Throws with what was awaited
 * after 20 seconds.
 */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const untilMs = Date.now() + LIMIT_MS;
  for (let pauseMs = 2; ; pauseMs = Math.min(100, pauseMs * 2)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > untilMs) throw new Error(`waited in vain: ${what}`);
    await delay(pauseMs);
  }
}
