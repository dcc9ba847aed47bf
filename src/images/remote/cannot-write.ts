import { dirname, resolve } from 'node:path';
import { errnoCode, HakoError } from '#base';

/** What the file system refuses in writing to `target`, in words that name it; other errors as they are. */
export function cannotWrite(error: unknown, target: string): unknown {
  const code = errnoCode(error);
  if (!(error instanceof Error) || error instanceof HakoError || code === undefined || !('syscall' in error))
    return error;
  // Failures to write have no path; reading something else is another matter.
  const isElsewhere = 'path' in error && !resolve(String(error.path)).startsWith(dirname(resolve(target)));
  if (isElsewhere) return error;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const why = isFull ? 'there is no space left' : error.message;
  return new HakoError(isFull ? 'exhausted' : 'failed_precondition', `cannot write ${target}: ${why}`, {
    cause: error,
  });
}
