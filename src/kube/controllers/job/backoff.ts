import type { Shared } from '#kube/api';
import type { Pod } from '../common/mod.ts';
import { endedMs, hasFailed, hasSucceeded } from './job-pods.ts';
import type { Job } from './types.ts';

const FIRST_MS = 10_000;
const MAX_MS = 10 * 60_000;

/**
 * Milliseconds until failed pods may be replaced: 10 s after the first that failed, then 20 s, 40 s, … to 10 min;
 * anew after a success.
 */
export function backoffInMs(job: Shared<Job>, pods: readonly Shared<Pod>[], nowMs: number): number {
  const successMs = lastOf(pods.filter(hasSucceeded).map(endedMs));
  const failedMs = pods
    .filter((pod) => hasFailed(pod, job))
    .map(endedMs)
    .filter((atMs) => atMs > successMs);
  if (failedMs.length === 0) return 0;
  const waitMs = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failedMs.length - 1, 20));
  return Math.max(0, lastOf(failedMs) + waitMs - nowMs);
}

function lastOf(timesMs: readonly number[]): number {
  return timesMs.reduce((last, atMs) => Math.max(last, atMs), 0);
}
