import { randomUUID } from 'node:crypto';
import { serviceAccountName } from '../authenticate/names.ts';
import { signJwt } from './jwt.ts';
import type { ObjectClaim, ServiceAccountClaims } from './service-account-claims.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** For which account, audiences and time a token is to be, and with which object it is to end. */
export interface TokenTemplate {
  readonly namespace: string;
  readonly serviceAccount: ObjectClaim;
  /** None: the API server's. */
  readonly audiences?: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: ObjectClaim;
  /** Of a pod: the node that it runs on. Alone: the token is bound to the node. */
  readonly node?: ObjectClaim;
  readonly secret?: ObjectClaim;
  /** Tokens of pods live long for old clients, who are warned after the time that was asked for. */
  readonly warnAfterSeconds?: number;
}

/** A new token. */
export interface IssuedToken {
  readonly token: string;
  /** `jti`, for the audit log. */
  readonly id: string;
  readonly expiresMs: number;
}

/** Signs a token of a service account (`ServiceAccountTokens` accepts it while what it is bound to is there). */
export function issueToken(tokens: ServiceAccountTokens, template: TokenTemplate, nowMs = Date.now()): IssuedToken {
  const now = Math.floor(nowMs / 1000);
  const id = randomUUID();
  const expires = now + template.expirationSeconds;
  const { namespace, serviceAccount, pod, node, secret, warnAfterSeconds } = template;
  const privateClaims: ServiceAccountClaims = {
    namespace,
    serviceaccount: serviceAccount,
    ...(pod === undefined ? {} : { pod }),
    ...(node === undefined ? {} : { node }),
    ...(secret === undefined ? {} : { secret }),
    ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
  };
  const claims = {
    aud: template.audiences?.length ? template.audiences : tokens.audiences,
    exp: expires,
    iat: now,
    iss: tokens.issuers[0],
    jti: id,
    'kubernetes.io': privateClaims,
    nbf: now,
    sub: serviceAccountName(namespace, serviceAccount.name),
  };
  return { token: signJwt(claims, tokens.signingKey), id, expiresMs: expires * 1000 };
}
