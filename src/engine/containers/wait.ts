import { HakoError } from '#base';
import type { WaitCondition, WaitResult } from '../contract.ts';
import { type Entry, isRunning } from '../store/entry.ts';

/** Waits for the end of a container. The waiter stands before this returns, so a start that follows cannot be missed. */
export function waitForContainer(
  entry: Entry,
  condition: WaitCondition,
  options: { signal?: AbortSignal },
): Promise<WaitResult> {
  const { state } = entry;
  const alive = isRunning(entry) || state.status === 'restarting';
  if (condition === 'not-running' && !alive) return Promise.resolve({ exitCode: state.exitCode });
  return waitIn(condition === 'removed' ? entry.removalWaiters : entry.exitWaiters, options.signal);
}

function waitIn(waiters: Set<(result: WaitResult) => void>, signal: AbortSignal | undefined): Promise<WaitResult> {
  return new Promise((resolve, reject) => {
    const settle = (result: WaitResult) => {
      signal?.removeEventListener('abort', abort);
      resolve(result);
    };
    const abort = () => {
      waiters.delete(settle);
      reject(new HakoError('cancelled', 'the client stopped waiting'));
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    waiters.add(settle);
  });
}
