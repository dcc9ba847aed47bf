/** The closed set of things that can go wrong. Each edge maps it to its own protocol with one exhaustive table. */
export type ErrorCode =
  | 'not_found'
  | 'already_exists'
  | 'invalid'
  | 'conflict'
  | 'failed_precondition'
  | 'unavailable'
  | 'unauthenticated'
  | 'forbidden'
  | 'exhausted'
  | 'cancelled'
  | 'deadline'
  | 'unsupported'
  | 'internal';

/**
 * The one error type of Hakobune.
 *
 * `message` is written for the user: what happened, to which object, and what to do next.
 * `cause` carries what the developer needs (a system error, the output of a program).
 */
export class HakoError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'HakoError';
    this.code = code;
  }
}

/** True when `error` is a HakoError, and has the given code where one is given. */
export function isHakoError(error: unknown, code?: ErrorCode): error is HakoError {
  return error instanceof HakoError && (code === undefined || error.code === code);
}

/** What went wrong first, where a clean-up that followed failed too (`SuppressedError`). */
export function firstError(error: unknown): unknown {
  return error instanceof SuppressedError ? firstError(error.suppressed) : error;
}

/** The message of whatever was thrown; where the clean-up failed as well, of both. */
export function errorMessage(error: unknown): string {
  if (error instanceof SuppressedError) {
    return `${errorMessage(error.suppressed)} (and the clean-up failed: ${errorMessage(error.error)})`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node.js system error (`ENOENT`, `EADDRINUSE`), or undefined. */
export function errnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Runs `work` and swallows exactly the system errors named in `codes`; every other error passes. */
export function ignoring<T>(codes: string | readonly string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    const code = errnoCode(error);
    if (code !== undefined && codes.includes(code)) return undefined;
    throw error;
  }
}
