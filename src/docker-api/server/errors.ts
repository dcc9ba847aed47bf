import { type ErrorCode, errorMessage, firstError, isHakoError } from '#base';

/** An answer that has no code of its own in the core: 413, 405 … Only the edge throws it. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** HTTP status of each error code, as Docker's daemon answers it. */
const STATUS: Record<ErrorCode, number> = {
  not_found: 404,
  already_exists: 409,
  invalid: 400,
  conflict: 409,
  failed_precondition: 409,
  unavailable: 503,
  unauthenticated: 401,
  forbidden: 403,
  exhausted: 500,
  cancelled: 500,
  deadline: 500,
  unsupported: 501,
  internal: 500,
};

/** The status and message that a client gets for whatever was thrown. */
export function describeError(thrown: unknown): { status: number; message: string } {
  const error = firstError(thrown);
  if (error instanceof ApiError) return { status: error.status, message: error.message };
  if (isHakoError(error)) return { status: STATUS[error.code], message: error.message };
  return { status: 500, message: errorMessage(error) };
}

/** Gives an error of one code another status, where one endpoint of Docker's differs from the table. */
export function restated(error: unknown, code: ErrorCode, status: number): unknown {
  return isHakoError(error, code) ? new ApiError(status, error.message, { cause: error }) : error;
}
