import { createPublicKey } from 'node:crypto';
import { HakoError } from '#base';
import { httpsJson } from '../https-json.ts';
import { algorithmsOf, type VerifyingKey } from '../tokens/jwt.ts';
import type { JwtIssuer } from './configuration.ts';

/** How soon keys may be asked for again: tokens with unknown keys must not make us ask all the time. */
const MIN_REFRESH_MS = 10_000;
/** How long keys are taken for those that the issuer still has. */
const MAX_AGE_MS = 3600_000;

/** The public keys of an issuer, fetched when they are first needed and when a token names one that is not known. */
export class KeySource {
  readonly #issuer: JwtIssuer['issuer'];
  readonly #nowMs: () => number;
  #keys: readonly VerifyingKey[] = [];
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(issuer: JwtIssuer['issuer'], nowMs: () => number) {
    this.#issuer = issuer;
    this.#nowMs = nowMs;
  }

  /** What is known now. */
  get keys(): readonly VerifyingKey[] {
    return this.#keys;
  }

  /** True when the issuer should be asked whether these are still its keys. */
  get isOld(): boolean {
    return this.#nowMs() - this.#fetchedMs >= MAX_AGE_MS;
  }

  /** Fetches the keys, unless that was just done; several calls at once are one. Rejects when the issuer cannot be asked. */
  async refresh(): Promise<void> {
    if (this.#fetching === undefined && this.#nowMs() - this.#fetchedMs < MIN_REFRESH_MS) return;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
      this.#fetchedMs = this.#nowMs();
    });
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { url, discoveryURL, certificateAuthority: ca } = this.#issuer;
    const options = ca === undefined ? {} : { ca };
    const discovery = discoveryURL ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = (await httpsJson(discovery, options)) as { issuer?: unknown; jwks_uri?: unknown } | null;
    if (document?.issuer !== url) {
      throw new HakoError('unavailable', `${discovery} is about another issuer than ${url}: set the URL that it names`);
    }
    if (typeof document.jwks_uri !== 'string') throw new HakoError('unavailable', `${discovery} names no jwks_uri`);
    const { keys } = ((await httpsJson(document.jwks_uri, options)) ?? {}) as { keys?: unknown };
    this.#keys = Array.isArray(keys) ? keys.flatMap(readKey) : [];
  }
}

/** A key of a set; none where it is of a kind that signs nothing for us. */
function readKey(jwk: Record<string, string> | null): VerifyingKey[] {
  if (jwk === null || jwk.use === 'enc' || (jwk.kty !== 'RSA' && jwk.kty !== 'EC')) return [];
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const algorithms = algorithmsOf(key).filter((algorithm) => jwk.alg === undefined || jwk.alg === algorithm);
    return [{ id: jwk.kid ?? '', key, algorithms }];
  } catch {
    // A set may hold keys of other curves and sizes; tokens that they signed will not be taken.
    return [];
  }
}
