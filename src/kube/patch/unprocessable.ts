import { StatusError } from '#kube/api';

/**
 * 422, with the words that upstream has for every patch that cannot be applied to this object, and why. Without causes, as
 * upstream: kubectl shows those in place of the message.
 */
export function unprocessable(why: string): StatusError {
  return new StatusError(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`, {});
}
