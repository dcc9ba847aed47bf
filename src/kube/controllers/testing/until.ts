import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 20_000;

/** Waits until `condition` holds; fails with its text after 20 seconds. For what controllers do in their own time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + LIMIT_MS;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`waited in vain: ${condition}`);
    await delay(10);
  }
}
