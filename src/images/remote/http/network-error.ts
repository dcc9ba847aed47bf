import { type ErrorCode, errnoCode, errorMessage, HakoError, isHakoError } from '#base';
import { isLoopback } from '../hosts/loopback.ts';

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

/** No name server that answers, and no such name. */
const UNRESOLVED = ['EAI_AGAIN', 'ENOTFOUND'];

/** What a failed request means. `HPE_*` are answers that are no HTTP; TLS errors have codes of many forms. */
export function networkError(error: unknown, url: URL, proxy?: URL): HakoError {
  if (isHakoError(error)) return error;
  const code = codeOf(error);
  const through = proxy === undefined ? '' : ` through the proxy ${proxy.origin}`;
  const message = `cannot reach ${url.origin}${through}: ${reasonOf(error, proxy)}${adviceFor(error, url, proxy)}`;
  if (BROKEN.includes(code)) return new TransientError('unavailable', message, { cause: error });
  if (UNREACHABLE.includes(code)) return new UnreachableError('unavailable', message, { cause: error });
  return new UnreachableError('unavailable', message, { cause: error });
}

/** Node names the proxy in front of what it answered, with its password. */
function reasonOf(error: unknown, proxy: URL | undefined): string {
  const answer = proxy === undefined ? undefined : /: HTTP\/1\.\d (\d{3}.*)$/.exec(messageOf(error))?.[1];
  return answer === undefined ? messageOf(error) : `it answers ${answer.trim()}`;
}

/** What to do about it, where that can be said. */
function adviceFor(error: unknown, url: URL, proxy: URL | undefined): string {
  const code = codeOf(error);
  if (isCertificateError(code)) return certificateAdvice(url, proxy);
  const isNameless = UNRESOLVED.includes(code);
  if (!isNameless && !UNREACHABLE.includes(code) && code !== 'ERR_PROXY_TUNNEL' && !isSilence(error)) return '';
  const name = `${url.protocol === 'https:' ? 'HTTPS' : 'HTTP'}_PROXY`;
  if (proxy !== undefined) return ` (${name} names it; NO_PROXY=${url.hostname} goes without)`;
  if (isLoopback(url.hostname)) return ' (is the registry running?)';
  const first = isNameless
    ? 'is the name right, and is there a name server?'
    : 'does it run there, and may we get out?';
  return ` (${first} Where only a proxy gets out, set ${name} and NO_PROXY in the environment of the daemon or the command; mirrors go into /etc/hako/certs.d/HOST/hosts.toml)`;
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

/** Nobody answered at all, other than where an answer stopped. */
function isSilence(error: unknown): boolean {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return (
    errnoCode(first) === 'ETIMEDOUT' && first instanceof Error && 'syscall' in first && first.syscall === 'connect'
  );
}

function isCertificateError(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code);
}

function certificateAdvice(url: URL, proxy: URL | undefined): string {
  const orElse = proxy?.protocol === 'https:' ? `; that of ${proxy.host} into those that the machine trusts` : '';
  return ` (its certificate is not trusted: put the authority's certificate into /etc/hako/certs.d/${url.host}/ca.crt${orElse})`;
}
