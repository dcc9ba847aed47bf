/** What the command line tells a person when something went wrong, and the exit code that scripts see. */

/** A failure with its message for the user and the exit code of the process. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'CliError';
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A word that is not known among those that are. */
export interface UnknownWord {
  word: string;
  known: readonly string[];
  /** Stands before a suggestion, such as `--`. */
  prefix: string;
}

/** The command line itself was wrong: unknown flag, missing argument, value that cannot be read. */
export class UsageError extends CliError {
  /** What was not known, and what is: whoever reports it suggests the nearest. */
  readonly unknown: UnknownWord | undefined;

  constructor(message: string, options: { unknown?: UnknownWord } = {}) {
    super(message);
    this.name = 'UsageError';
    this.unknown = options.unknown;
  }
}

/** The daemon answered with an error; `status` is the HTTP status. */
export class ApiError extends CliError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** True when the daemon answered with `status`. */
export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** The same failure with another exit code, as `run` and `exec` answer 125, 126 and 127. */
export function withExitCode(error: unknown, exitCode: number): CliError {
  const message = error instanceof Error ? error.message : String(error);
  return new CliError(message, { exitCode, cause: error });
}
