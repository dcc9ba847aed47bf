import { type ErrorCode, errnoCode, errorMessage, HakoError, isHakoError } from '#base';

/** A failure that may pass: the same request may succeed later. */
export class TransientError extends HakoError {
  /** How long the other side asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The other side was never reached: another address for the same registry may be right. */
export class UnreachableError extends HakoError {}

/** A connection that was made and then broke. */
const BROKEN = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED'];
const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'];

/** What a failed request means. `HPE_*` are answers that are no HTTP; TLS errors have codes of many forms. */
export function networkError(error: unknown, url: URL): HakoError {
  if (isHakoError(error)) return error;
  const code = codeOf(error);
  const message = `cannot reach ${url.protocol}//${url.host}: ${messageOf(error)}`;
  if (BROKEN.includes(code)) return new TransientError('unavailable', message, { cause: error });
  if (UNREACHABLE.includes(code)) return new UnreachableError('unavailable', message, { cause: error });
  const advice = isCertificateError(code) ? certificateAdvice(url) : '';
  return new UnreachableError('unavailable', `${message}${advice}`, { cause: error });
}

/** Several addresses of one name give several errors. */
function codeOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return errnoCode(first) ?? '';
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorMessage).join('; ');
  return errorMessage(error);
}

function isCertificateError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code);
}

function certificateAdvice(url: URL): string {
  return ` (its certificate is not trusted: put the authority's certificate into /etc/hako/certs.d/${url.host}/ca.crt)`;
}
