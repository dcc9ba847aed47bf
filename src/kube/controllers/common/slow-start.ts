/** What became of a series of calls. */
export interface SlowStartResult {
  /** Calls that succeeded. */
  readonly succeeded: number;
  /** Why the first of those that failed did; then the calls after its batch were not made. */
  readonly error?: unknown;
}

/** Makes `count` calls in batches of 1, 2, 4, … at a time: where all are to fail (a quota), few are made in vain. */
export async function slowStart(count: number, call: (at: number) => Promise<unknown>): Promise<SlowStartResult> {
  let succeeded = 0;
  for (let start = 0, size = 1; start < count; start += size, size *= 2) {
    const batch = Math.min(size, count - start);
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, at) => call(start + at)));
    const failed = results.find((result) => result.status === 'rejected');
    succeeded += results.filter((result) => result.status === 'fulfilled').length;
    if (failed !== undefined) return { succeeded, error: failed.reason };
  }
  return { succeeded };
}
