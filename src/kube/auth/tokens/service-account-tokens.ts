import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { badCredentials } from '../authenticate/bad-credentials.ts';
import type { Authentication } from '../contract.ts';
import type { Objects } from '../objects.ts';
import { boundObjectProblem } from './bound-objects.ts';
import { isSignedBy, type Jwt, parseJwt, type SigningKey, signingKey, type VerifyingKey, verifyingKey } from './jwt.ts';
import { LEGACY_ISSUER, legacyTokenProblem, readLegacyClaims } from './legacy-token.ts';
import { type ReadLive, readBoundObjects } from './live-objects.ts';
import { LruCache } from './lru-cache.ts';
import { readServiceAccountClaims, type ServiceAccountClaims, serviceAccountUser } from './service-account-claims.ts';

/** What tokens of service accounts are signed and checked with. */
export interface ServiceAccountTokensOptions {
  /** PEM of the private key that signs: EC P-256 (ES256) or RSA (RS256). */
  readonly signingKey: string;
  /** PEM of more keys, public or private, whose tokens still count: those before a rotation. */
  readonly verificationKeys?: readonly string[];
  /** The `iss` of new tokens, first; tokens of the others are accepted. */
  readonly issuers: readonly string[];
  /** The API server's own audiences: of tokens without any, and what a request's token must be made for. */
  readonly audiences: readonly string[];
  readonly objects: Objects;
  /**
   * Where other servers write too, `objects` may be behind: what a token depends on is read here on each use of it. Absent: `objects` knows
   * every write that was acknowledged.
   */
  readonly readLive?: ReadLive;
  readonly nowMs?: () => number;
}

/** A token whose signature and issuer are good. Times and bound objects are looked at on each use. */
interface Checked {
  readonly claims: ServiceAccountClaims;
  readonly audiences: readonly string[];
  readonly notBeforeMs: number;
  readonly expiresMs: number;
  /** Of legacy tokens: the secret that holds the token. */
  readonly legacySecret: string | undefined;
  readonly authentication: Authentication;
  /** Until then storage is not asked again for what was not there. */
  refusedUntilMs: number;
}

const MAX_CACHED = 4096;
/** Clocks of servers differ; go-jose allows as much. */
const LEEWAY_MS = 60_000;
/** How often a token that is refused may make us ask the storage. */
const REFUSED_MS = 10_000;

/** Knows the tokens of service accounts: JWTs that this cluster signed. */
export class ServiceAccountTokens {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly signingKey: SigningKey;
  /** All keys whose signatures count; what `/openid/v1/jwks` publishes. */
  readonly keys: readonly VerifyingKey[];
  readonly #objects: Objects;
  readonly #readLive: ReadLive | undefined;
  readonly #nowMs: () => number;
  /** By the token's text. A forged one never gets in, so nobody can crowd the others out without a key. */
  readonly #checked = new LruCache<string, Checked>(MAX_CACHED);

  constructor(options: ServiceAccountTokensOptions) {
    this.issuers = options.issuers;
    this.audiences = options.audiences;
    this.signingKey = signingKey(createPrivateKey(options.signingKey));
    this.keys = [this.signingKey, ...(options.verificationKeys ?? []).map((pem) => verifyingKey(publicKeyOf(pem)))];
    this.#objects = options.objects;
    this.#readLive = options.readLive;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /**
   * Who a token speaks for, if it is one of ours and made for one of `audiences` (unless said: the API server's). Undefined for
   * tokens of others; a 401 for ours that do not hold. Synchronous, unless the storage has to be asked.
   */
  authenticate(
    token: string,
    audiences: readonly string[] = this.audiences,
  ): Authentication | undefined | Promise<Authentication | undefined> {
    const checked = this.#checked.get(token) ?? this.#check(token);
    if (checked === undefined) return undefined;
    const nowMs = this.#nowMs();
    if (nowMs > checked.expiresMs + LEEWAY_MS) throw badCredentials('service account token has expired');
    if (nowMs < checked.notBeforeMs - LEEWAY_MS) throw badCredentials('service account token is not valid yet');
    const common = checked.audiences.filter((audience) => audiences.includes(audience));
    if (common.length === 0) throw wrongAudience(checked.audiences, audiences);
    const isWhole = common.length === checked.audiences.length && audiences === this.audiences;
    const answer = isWhole ? checked.authentication : { ...checked.authentication, audiences: common };
    const problem = problemWith(checked, token, this.#objects, nowMs);
    if (problem !== undefined && (this.#readLive === undefined || nowMs < checked.refusedUntilMs)) {
      throw badCredentials(problem);
    }
    return this.#readLive === undefined ? answer : this.#askStorage(checked, token, this.#readLive).then(() => answer);
  }

  /** Rejects with a 401 where the storage too says that a token is worthless. */
  async #askStorage(checked: Checked, token: string, readLive: ReadLive): Promise<void> {
    const objects = await readBoundObjects(checked.claims, checked.legacySecret, readLive);
    const problem = problemWith(checked, token, objects, this.#nowMs());
    if (problem === undefined) return;
    checked.refusedUntilMs = this.#nowMs() + REFUSED_MS;
    throw badCredentials(problem);
  }

  #check(token: string): Checked | undefined {
    const jwt = parseJwt(token);
    if (jwt === undefined) return undefined;
    const checked = this.#read(jwt);
    if (checked === undefined) return undefined;
    if (!isSignedBy(jwt, this.keys)) throw badCredentials('the signature of the service account token is wrong');
    this.#checked.set(token, checked);
    return checked;
  }

  #read(jwt: Jwt): Checked | undefined {
    const { iss, aud, exp, nbf, jti, sub } = jwt.claims;
    if (iss === LEGACY_ISSUER) return this.#readLegacy(jwt);
    if (typeof iss !== 'string' || !this.issuers.includes(iss)) return undefined;
    const claims = readServiceAccountClaims(jwt.claims['kubernetes.io']);
    if (claims === undefined) throw badCredentials('service account token claims could not be read');
    const user = serviceAccountUser(claims, typeof jti === 'string' ? jti : undefined);
    if (sub !== user.name)
      throw badCredentials('sub claim of the service account token does not fit its service account');
    const audiences = audiencesOf(aud) ?? this.audiences;
    if (typeof exp !== 'number') throw badCredentials('service account token has no expiry');
    return {
      claims,
      audiences,
      notBeforeMs: typeof nbf === 'number' ? nbf * 1000 : 0,
      expiresMs: exp * 1000,
      legacySecret: undefined,
      authentication: { user, audiences },
      refusedUntilMs: 0,
    };
  }

  #readLegacy(jwt: Jwt): Checked {
    const { claims, secret } = readLegacyClaims(jwt.claims);
    return {
      claims,
      audiences: this.audiences,
      notBeforeMs: 0,
      expiresMs: Number.POSITIVE_INFINITY,
      legacySecret: secret,
      authentication: { user: serviceAccountUser(claims, undefined), audiences: this.audiences },
      refusedUntilMs: 0,
    };
  }
}

function problemWith(
  { claims, legacySecret }: Checked,
  token: string,
  objects: Pick<Objects, 'get'>,
  nowMs: number,
): string | undefined {
  return legacySecret === undefined
    ? boundObjectProblem(claims, objects, nowMs)
    : legacyTokenProblem(claims, legacySecret, token, objects, nowMs);
}

function audiencesOf(aud: unknown): readonly string[] | undefined {
  if (typeof aud === 'string') return [aud];
  if (Array.isArray(aud) && aud.length > 0 && aud.every((one) => typeof one === 'string')) return aud as string[];
  if (aud === undefined || (Array.isArray(aud) && aud.length === 0)) return undefined;
  throw badCredentials('aud claim of the service account token is not a list of texts');
}

function wrongAudience(have: readonly string[], want: readonly string[]) {
  return badCredentials(
    `token audiences ${JSON.stringify(have)} is invalid for the target audiences ${JSON.stringify(want)}`,
  );
}

function publicKeyOf(pem: string): KeyObject {
  return createPublicKey(pem);
}
