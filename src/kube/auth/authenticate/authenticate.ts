import { unauthorized } from '#kube/api';
import type { Authentication, Authenticator, Credentials, RequestInfo, UserInfo } from '../contract.ts';
import { type AnonymousOptions, anonymous } from './anonymous.ts';
import { GROUPS } from './names.ts';

/** Finds out who a request comes from; a 401 StatusError for nobody. */
export type Authenticate = (credentials: Credentials, info: RequestInfo) => Authentication | Promise<Authentication>;

/**
 * Asks the authenticators in order (upstream's: request header, certificate, bearer token). Who is known gets the group
 * `system:authenticated`; credentials that do not hold are refused; without any, the request is anonymous where that is allowed.
 */
export function authenticateBy(authenticators: readonly Authenticator[], options: AnonymousOptions): Authenticate {
  return (credentials, info) => {
    const found = ask(authenticators, credentials, 0);
    return found instanceof Promise
      ? found.then((authentication) => complete(authentication, options, info))
      : complete(found, options, info);
  };
}

function ask(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
  start: number,
): Authentication | undefined | Promise<Authentication | undefined> {
  for (let at = start; at < authenticators.length; at++) {
    const found = (authenticators[at] as Authenticator).authenticate(credentials);
    if (found instanceof Promise) {
      const next = at + 1;
      return found.then((authentication) => authentication ?? ask(authenticators, credentials, next));
    }
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Authenticators give the same object again and again: what is made of it is kept with it. */
const completed = new WeakMap<Authentication, Authentication>();

function complete(
  authentication: Authentication | undefined,
  options: AnonymousOptions,
  info: RequestInfo,
): Authentication {
  if (authentication === undefined) {
    const nobody = anonymous(options, info);
    if (nobody === undefined) throw unauthorized();
    return nobody;
  }
  let known = completed.get(authentication);
  if (known === undefined) {
    known = { ...authentication, user: withAuthenticated(authentication.user) };
    completed.set(authentication, known);
  }
  return known;
}

/** Adds `system:authenticated`, unless somebody (a front proxy) said who it is not. */
export function withAuthenticated(user: UserInfo): UserInfo {
  const { groups } = user;
  if (groups.includes(GROUPS.authenticated) || groups.includes(GROUPS.unauthenticated)) return user;
  return { ...user, groups: [...groups, GROUPS.authenticated] };
}
