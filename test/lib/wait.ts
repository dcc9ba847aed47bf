import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `check` holds, for things that no event of ours announces; fails after `timeoutMs`. */
export async function eventually(what: string, check: () => Promise<boolean> | boolean, timeoutMs = 30_000) {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > deadlineMs) throw new Error(`${what} did not come to pass`);
    await delay(50);
  }
}
