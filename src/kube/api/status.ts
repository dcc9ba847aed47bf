import type { FieldError } from './field.ts';
import { type GroupResource, qualifiedResource } from './object.ts';

/** `metav1.StatusReason`: what clients switch on. */
export type StatusReason =
  | ''
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'StorageReadError'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable';

/** One entry of `Status.details.causes`. */
export interface StatusCause {
  reason: string;
  message: string;
  field?: string;
}

/** What the error is about. `kind` is the plural resource, or the kind for validation errors, as upstream has it. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** The answer to a request that failed, and to some that did not (`metav1.Status`). */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  /** `continue` goes on with a list whose token is too old. */
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: StatusReason;
  details?: StatusDetails;
  code: number;
}

/** The error type of everything under `kube/`: it is the `Status` that the client gets. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: StatusReason;
  readonly details: StatusDetails | undefined;
  /** For `Expired` lists: where to go on, inconsistently. */
  continueToken: string | undefined;

  constructor(code: number, reason: StatusReason, message: string, details?: StatusDetails, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body of the answer. */
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }

  /** Makes the error out of a Status that came from a server. */
  static from(status: Status): StatusError {
    return new StatusError(status.code, status.reason ?? '', status.message ?? 'unknown error', status.details);
  }
}

/** True when `error` is a StatusError, and has the given reason where one is given. */
export function isStatusError(error: unknown, reason?: StatusReason): error is StatusError {
  return error instanceof StatusError && (reason === undefined || error.reason === reason);
}

/**
 * Waits for a call that may fail for these reasons: what is not there needs no delete, what is there already no create. Rejects with
 * every other error.
 */
export async function ignoring(call: Promise<unknown>, ...reasons: readonly StatusReason[]): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!reasons.some((reason) => isStatusError(error, reason))) throw error;
  }
}

function about(gr: GroupResource, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(gr.group === '' ? {} : { group: gr.group }), kind: gr.resource };
}

/** 404: `pods "x" not found`. */
export function notFound(gr: GroupResource, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualifiedResource(gr)} "${name}" not found`, about(gr, name));
}

/** 404 for a path that leads nowhere. */
export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** 409: `pods "x" already exists`. */
export function alreadyExists(gr: GroupResource, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualifiedResource(gr)} "${name}" already exists`, about(gr, name));
}

/** 409: `Operation cannot be fulfilled on pods "x": why`. */
export function conflict(gr: GroupResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(gr)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, about(gr, name));
}

/** The words of the conflict that every client knows how to answer: read again, try again. */
export const OBJECT_MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 403: `pods "x" is forbidden: why`. */
export function forbidden(gr: GroupResource, name: string, why: string): StatusError {
  const what = name === '' ? qualifiedResource(gr) : `${qualifiedResource(gr)} "${name}"`;
  return new StatusError(403, 'Forbidden', `${what} is forbidden: ${why}`, about(gr, name));
}

/** 401. */
export function unauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError(401, 'Unauthorized', message);
}

/** 400. */
export function badRequest(message: string, cause?: unknown): StatusError {
  return new StatusError(400, 'BadRequest', message, undefined, cause);
}

/** 405: the resource exists and knows no such verb. */
export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/** 406: none of the media types in Accept can be had. */
export function notAcceptable(accepted: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`;
  return new StatusError(406, 'NotAcceptable', message);
}

/** 413. */
export function tooLarge(message: string): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', message);
}

/** 415. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

/** 422: `Pod "x" is invalid: spec.containers: Required value`, or `[a, b]` for several. */
export function invalidObject(
  gk: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const kind = gk.group === '' ? gk.kind : `${gk.kind}.${gk.group}`;
  return new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: ${all}`, {
    ...(name === '' ? {} : { name }),
    ...(gk.group === '' ? {} : { group: gk.group }),
    kind: gk.kind,
    causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
  });
}

/** 410: the revision that was asked for is compacted, or a continue token is too old. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

/** 429 with a Retry-After. */
export function tooManyRequests(message: string, retryAfterSeconds = 1): StatusError {
  return new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds });
}

/** 504: the server gave up; the client may try again. */
export function timedOut(message: string, retryAfterSeconds = 1): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds });
}

/** 503: somebody this request needs is away. */
export function unavailable(message: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', message);
}

/** 500. */
export function internalError(message: string, cause?: unknown): StatusError {
  const details = { causes: [{ reason: '', message }] };
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, details, cause);
}
