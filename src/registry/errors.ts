import { errnoCode, firstError, isHakoError } from '#base';

/** Error codes of the distribution spec ("Error Codes"), and those beside them that Docker's clients know; with their HTTP status. */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
  TAG_INVALID: 400,
  RANGE_INVALID: 416,
  PAGINATION_NUMBER_INVALID: 400,
  UNAVAILABLE: 503,
  UNKNOWN: 500,
} as const;

export type RegistryErrorCode = keyof typeof STATUS;

/** An error as clients of the registry see it. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly status: number;
  readonly detail: unknown;
  /** Of the answer, such as a challenge. */
  readonly headers: Record<string, string>;

  constructor(
    code: RegistryErrorCode,
    message: string,
    options: { status?: number; detail?: unknown; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, options);
    this.name = 'RegistryError';
    this.code = code;
    this.status = options.status ?? STATUS[code];
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }

  /** The body that the spec wants: `errors`, an array of `code`, `message` and `detail`. */
  get body(): string {
    const { code, message, detail } = this;
    return `${JSON.stringify({ errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] })}\n`;
  }
}

/** Whatever was thrown, as an answer. What clients cannot help is not explained to them. */
export function toRegistryError(thrown: unknown): RegistryError {
  const error = firstError(thrown);
  if (error instanceof RegistryError) return error;
  if (isDiskFull(error)) return diskFull(error);
  if (isHakoError(error, 'unavailable')) return new RegistryError('UNAVAILABLE', error.message, { cause: error });
  return new RegistryError('UNKNOWN', 'the registry failed: its log says why', { cause: error });
}

const SQLITE_FULL = 13;

function isDiskFull(error: unknown): boolean {
  const errno = errnoCode(error);
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return true;
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_FULL;
}

/** 507 Insufficient Storage. */
export function diskFull(cause?: unknown): RegistryError {
  const message = 'the registry has no space left: delete images, or give it more disk';
  return new RegistryError('UNAVAILABLE', message, { status: 507, cause });
}
