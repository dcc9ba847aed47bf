import { isStatusError, StatusError } from '#kube/api';

/** 401 for credentials that are of a kind we know and do not hold. Clients hear nothing of why; logs and TokenReviews get the cause. */
export function badCredentials(why: string, cause?: unknown): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized', undefined, new Error(why, { cause }));
}

/** Why credentials were refused, for logs and TokenReviews. */
export function refusalReason(error: unknown): string {
  if (isStatusError(error, 'Unauthorized') && error.cause instanceof Error) return error.cause.message;
  return error instanceof Error ? error.message : String(error);
}
