import { expired, StatusError, unavailable } from '#kube/api';

/** 504 with the cause that clients look for when they ask for a revision that does not exist yet. */
export function tooLargeRevision(asked: number, newest: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${newest}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** 410 for a list at a revision that is compacted. */
export function listExpired(): StatusError {
  return expired('The resourceVersion for the provided list is too old.');
}

/** 410 for a watch from a revision that is compacted. */
export function watchExpired(): StatusError {
  return expired('The resourceVersion for the provided watch is too old.');
}

/** 503 for everything that is asked of a storage after it was disposed. */
export function storageClosed(): StatusError {
  return unavailable('the storage is closed');
}
