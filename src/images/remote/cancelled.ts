import { HakoError, isHakoError } from '#base';

/** What an error means where the caller has given up: an abort shows itself in many forms on its way up. */
export function cancelledOr(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted !== true || isHakoError(error, 'cancelled')) return error;
  return new HakoError('cancelled', 'the transfer was cancelled', { cause: error });
}
