import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Action } from './rules.ts';

/** Rights that a token carries, by repository. */
export interface Grant {
  type: 'repository';
  name: string;
  actions: Action[];
}

interface Claims {
  /** The user; '' for one who did not sign in. */
  sub: string;
  exp: number;
  iat: number;
  access: Grant[];
}

export const TOKEN_LIFETIME_S = 300;
const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');

/** Signs tokens and knows its own again (JWT with HMAC). The key dies with the process: clients then ask for a new token. */
export class TokenSigner {
  readonly #key = randomBytes(32);

  sign(user: string, access: Grant[], nowMs: number): string {
    const iat = Math.floor(nowMs / 1000);
    const claims: Claims = { sub: user, iat, exp: iat + TOKEN_LIFETIME_S, access };
    const body = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    return `${body}.${this.#signature(body).toString('base64url')}`;
  }

  /** Undefined where it is not ours, or too old. */
  verify(token: string, nowMs: number): Claims | undefined {
    const [header, body = '', signature = ''] = token.split('.');
    const given = Buffer.from(signature, 'base64url');
    const wanted = this.#signature(`${HEADER}.${body}`);
    if (header !== HEADER || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
    return claims.exp * 1000 > nowMs ? claims : undefined;
  }

  #signature(body: string): Buffer {
    return createHmac('sha256', this.#key).update(body).digest();
  }
}
