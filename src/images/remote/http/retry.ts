import { setTimeout as delay } from 'node:timers/promises';
import { HakoError } from '#base';
import { TransientError } from './network-error.ts';

export interface RetryPolicy {
  attempts: number;
  firstDelayMs: number;
  maxDelayMs: number;
  /** A registry that asks for more patience than this gets none: the user should know now. */
  maxRetryAfterMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 400,
  maxDelayMs: 20_000,
  maxRetryAfterMs: 60_000,
};

/** Runs `work` again while it throws `TransientError`, with growing, jittered pauses. */
export async function retrying<T>(policy: RetryPolicy, signal: AbortSignal | undefined, work: () => Promise<T>) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= policy.attempts) throw error;
      await pauseBefore(attempt, error, policy, signal);
    }
  }
}

/** Waits before the next attempt; throws `error` itself where there is no sense in one. */
export async function pauseBefore(
  attempt: number,
  error: unknown,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!(error instanceof TransientError) || signal?.aborted) throw error;
  if ((error.retryAfterMs ?? 0) > policy.maxRetryAfterMs) throw error;
  const ceilingMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  // Half of it is fixed, so that a crowd of clients spreads without anybody hammering.
  const ownMs = ceilingMs / 2 + Math.random() * (ceilingMs / 2);
  try {
    await delay(Math.max(ownMs, error.retryAfterMs ?? 0), undefined, { signal, ref: true });
  } catch (cause) {
    throw new HakoError('cancelled', 'the transfer was cancelled', { cause });
  }
}

/** `Retry-After` as milliseconds: seconds or an HTTP date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
