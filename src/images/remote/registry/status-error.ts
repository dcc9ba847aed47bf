import { type ErrorCode, HakoError } from '#base';
import { discard, readStart } from '../http/body.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { TransientError } from '../http/network-error.ts';
import { retryAfterMs } from '../http/retry.ts';

const MAX_ERROR_BYTES = 16 * 1024;
const MAX_MESSAGE_CHARS = 500;

/** What a registry's refusal means (distribution-spec, "Error Codes"). */
const CODES: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'unsupported',
  407: 'failed_precondition',
  409: 'conflict',
  412: 'failed_precondition',
  413: 'exhausted',
  416: 'invalid',
  429: 'unavailable',
};

/** Statuses that may be gone at the next try. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Reads the answer's errors, as few bytes as are needed, into one error: transient where trying again may help. */
export async function statusError(answer: HttpAnswer, what: string): Promise<HakoError> {
  const detail = await detailOf(answer);
  const message = `${what}: ${detail}`;
  if (isTransient(answer.status)) {
    const waitMs = retryAfterMs(answer.headers['retry-after'], Date.now());
    return new TransientError('unavailable', message, waitMs === undefined ? {} : { retryAfterMs: waitMs });
  }
  return new HakoError(CODES[answer.status] ?? (answer.status < 500 ? 'invalid' : 'unavailable'), message);
}

async function detailOf(answer: HttpAnswer): Promise<string> {
  const text = await readStart(answer, MAX_ERROR_BYTES);
  await discard(answer);
  const listed = listedErrors(text);
  if (listed !== '') return listed;
  const fallback: Record<number, string> = {
    401: 'unauthorized: authentication required',
    403: 'denied: requested access to the resource is denied',
    404: 'not found',
    407: 'the proxy wants a user and a password: write http://USER:PASSWORD@HOST:PORT into HTTP_PROXY',
    429: 'toomanyrequests: too many requests',
  };
  return fallback[answer.status] ?? `the registry ${answer.url.host} answered with status ${answer.status}`;
}

/** `{"errors": [{"code", "message"}]}` in docker's form, `manifest unknown: manifest unknown`. */
function listedErrors(text: string): string {
  let errors: unknown;
  try {
    errors = (JSON.parse(text) as { errors?: unknown } | null)?.errors;
  } catch {
    return '';
  }
  if (!Array.isArray(errors)) return '';
  const parts = errors.slice(0, 5).flatMap((error: unknown) => {
    const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
    const words = typeof code === 'string' ? code.toLowerCase().replaceAll('_', ' ') : '';
    const own = typeof message === 'string' && message !== '' ? message : words;
    return words === '' && own === '' ? [] : [words === '' ? own : `${words}: ${own}`];
  });
  // Terminals show this: nothing in it may steer them.
  return parts
    .join(', ')
    .replaceAll(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
    .slice(0, MAX_MESSAGE_CHARS);
}
