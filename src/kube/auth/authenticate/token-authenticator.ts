import { isStatusError } from '#kube/api';
import type { Authentication, Authenticator } from '../contract.ts';
import { badCredentials, refusalReason } from './bad-credentials.ts';
import { bearerToken } from './bearer-token.ts';

/**
 * Knows tokens of one kind. Undefined: not of mine; a 401 for one of mine that does not hold. `audiences`: what the token must be
 * made for; undefined is the API server itself.
 */
export interface TokenAuthenticator {
  authenticate(
    token: string,
    audiences: readonly string[] | undefined,
  ): Authentication | undefined | Promise<Authentication | undefined>;
}

/** Asks several kinds in order. A token that one of them refuses may still be another's. */
export function unionTokens(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return { authenticate: (token, audiences) => ask(authenticators, token, audiences, 0, []) };
}

type Answer = Authentication | undefined | Promise<Authentication | undefined>;

function ask(
  authenticators: readonly TokenAuthenticator[],
  token: string,
  audiences: readonly string[] | undefined,
  start: number,
  refusals: unknown[],
): Answer {
  for (let at = start; at < authenticators.length; at++) {
    const found = attempt(() => (authenticators[at] as TokenAuthenticator).authenticate(token, audiences), refusals);
    if (found instanceof Promise) {
      const next = at + 1;
      return found.then(
        (authentication) => authentication ?? ask(authenticators, token, audiences, next, refusals),
        (error: unknown) => ask(authenticators, token, audiences, next, noteRefusal(refusals, error)),
      );
    }
    if (found !== undefined) return found;
  }
  if (refusals.length === 0) return undefined;
  throw badCredentials(refusals.map(refusalReason).join(', '), refusals[0]);
}

function attempt(work: () => Answer, refusals: unknown[]): Answer {
  try {
    return work();
  } catch (error) {
    noteRefusal(refusals, error);
    return undefined;
  }
}

function noteRefusal(refusals: unknown[], error: unknown): unknown[] {
  if (!isStatusError(error, 'Unauthorized')) throw error;
  refusals.push(error);
  return refusals;
}

/** Takes bearer tokens of requests. One that nobody knows is refused: its bearer is not to become anonymous. */
export function bearerAuthenticator(tokens: TokenAuthenticator): Authenticator {
  return {
    authenticate(credentials) {
      const token = bearerToken(credentials);
      if (token === undefined) return undefined;
      const found = tokens.authenticate(token, undefined);
      return found instanceof Promise ? found.then(orRefuse) : orRefuse(found);
    },
  };
}

function orRefuse(authentication: Authentication | undefined): Authentication {
  if (authentication === undefined) throw badCredentials('invalid bearer token');
  return authentication;
}
