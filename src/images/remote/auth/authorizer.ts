import { HakoError } from '#base';
import type { Agents } from '../http/agents.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { scopesToAskFor } from './scope.ts';
import { basic, fetchToken, type Token } from './token.ts';

/** A token is not used in its last seconds. */
const MARGIN_MS = 10_000;

/** What the authorizer needs to know of the registry that it serves. */
export interface AuthorizedRegistry {
  url: URL;
  allowsHttp: boolean;
  agents: Agents;
  /** Asked once, at the first challenge. */
  credentials: () => Promise<Credentials | undefined>;
}

/** Answers a registry's challenges, and knows its tokens by scope. Anonymous until the registry asks. */
export class Authorizer {
  readonly #registry: AuthorizedRegistry;
  readonly #tokens = new Map<string, Promise<Token>>();
  #credentials: Promise<Credentials | undefined> | undefined;
  #challenge: Challenge | undefined;

  constructor(registry: AuthorizedRegistry) {
    this.#registry = registry;
  }

  /** The `Authorization` header for these scopes, as far as it is known what the registry wants. */
  async header(scopes: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    this.#credentials ??= this.#registry.credentials();
    const credentials = await this.#credentials;
    if (credentials !== undefined && 'registryToken' in credentials) return `Bearer ${credentials.registryToken}`;
    if (challenge.scheme === 'basic') {
      return credentials !== undefined && 'password' in credentials ? basic(credentials) : undefined;
    }
    return `Bearer ${(await this.#token(challenge, scopes, credentials, signal)).value}`;
  }

  /** Takes up a 401's challenge; `used` is the header that was refused. Answers whether asking again makes sense. */
  async accept(header: string | undefined, used: string | undefined): Promise<boolean> {
    const challenges = parseChallenges(header);
    const challenge =
      challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find((c) => c.scheme === 'basic');
    if (challenge === undefined) throw unknownScheme(this.#registry.url, challenges);
    const isNew = this.#challenge === undefined || scopeOf(challenge) !== scopeOf(this.#challenge);
    this.#challenge = challenge;
    // A refused token may have been revoked or be too narrow: the next one is fetched anew.
    if (used !== undefined) this.#tokens.clear();
    if (challenge.scheme === 'basic') return used === undefined && (await this.header([])) !== undefined;
    return used === undefined || isNew;
  }

  async #token(
    challenge: Challenge,
    wanted: readonly string[],
    credentials: Credentials | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Token> {
    const scopes = scopesToAskFor(wanted, challenge.parameters.scope);
    const key = scopes.toSorted().join(' ');
    const known = this.#tokens.get(key);
    if (known !== undefined) {
      const token = await known;
      if (token.expiresAtMs - MARGIN_MS > Date.now()) return token;
    }
    const fetched = fetchToken({
      challenge,
      scopes,
      credentials,
      registry: this.#registry,
      agents: this.#registry.agents,
      signal,
    });
    this.#tokens.set(key, fetched);
    fetched.catch(() => this.#tokens.delete(key));
    return fetched;
  }
}

function scopeOf({ scheme, parameters }: Challenge): string {
  return [scheme, parameters.realm, parameters.service, parameters.scope].join(' ');
}

function unknownScheme(url: URL, challenges: readonly Challenge[]): HakoError {
  const offered = challenges.map(({ scheme }) => scheme).join(', ') || 'nothing that it would accept';
  return new HakoError('unauthenticated', `unauthorized: ${url.host} wants authentication and offers ${offered}`);
}
