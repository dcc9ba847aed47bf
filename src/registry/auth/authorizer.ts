import type { IncomingMessage } from 'node:http';
import { type Clock, systemClock } from '#base';
import { RegistryError } from '../errors.ts';
import { basicCredentials } from './basic.ts';
import type { Htpasswd } from './htpasswd.ts';
import type { Action, Rules } from './rules.ts';
import { formatScope } from './scope.ts';
import type { Grant, TokenSigner } from './tokens.ts';

/** Who a request is from, and what it may do. */
export interface Access {
  /** Undefined for one who did not sign in. */
  user: string | undefined;
  may(action: Action, repository: string): boolean;
}

export const EVERYBODY: Access = { user: undefined, may: () => true };

/** What a request wants to do; undefined repository: only to know that it may come in. */
export interface Wanted {
  action: Action;
  repository: string;
}

export interface AuthorizerParts {
  htpasswd: Htpasswd;
  rules: Rules;
  /** With it clients are sent to our token endpoint; without it they send their password. */
  signer?: TokenSigner;
  /** Where clients reach us, such as https://registry.example; '' means as they wrote it. */
  externalUrl: string;
  clock?: Clock;
}

const REALM = 'hakobune registry';

/** Finds out who asks, and refuses what they may not do. */
export class Authorizer {
  readonly #parts: AuthorizerParts;
  readonly #clock: Clock;

  constructor(parts: AuthorizerParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
  }

  /** Throws UNAUTHORIZED with a challenge where signing in would help, DENIED where it would not. */
  async authorize(request: IncomingMessage, wanted: Wanted | undefined): Promise<Access> {
    const access = await this.#identify(request, wanted);
    if (wanted === undefined ? access.user !== undefined : access.may(wanted.action, wanted.repository)) return access;
    if (access.user !== undefined && isBasic(request)) throw denied(wanted);
    throw this.#challenge(request, wanted, isBearer(request) ? 'insufficient_scope' : undefined);
  }

  /** Answers a token request: what the user asked for, as far as the rules go. */
  async issue(request: IncomingMessage, wanted: readonly Grant[], password?: { user: string; password: string }) {
    const { signer } = this.#parts;
    if (signer === undefined) throw new RegistryError('UNSUPPORTED', 'this registry gives no tokens', { status: 404 });
    const credentials = password ?? basicCredentials(request.headers.authorization);
    const user = credentials === undefined ? undefined : await this.#verified(request, credentials);
    const nowMs = this.#clock.nowMs();
    const access = wanted.map(({ type, name, actions }) => {
      return { type, name, actions: actions.filter((action) => this.#parts.rules.may(user, action, name)) };
    });
    return { token: signer.sign(user ?? '', access, nowMs), issuedAt: new Date(nowMs).toISOString() };
  }

  async #identify(request: IncomingMessage, wanted: Wanted | undefined): Promise<Access> {
    const { authorization } = request.headers;
    if (authorization === undefined) return this.#accessOf(undefined);
    if (isBearer(request)) return this.#accessOfToken(request, authorization.slice('Bearer '.length).trim(), wanted);
    const credentials = basicCredentials(authorization);
    if (credentials === undefined) throw this.#challenge(request, wanted);
    return this.#accessOf(await this.#verified(request, credentials, wanted));
  }

  #accessOf(user: string | undefined): Access {
    return { user, may: (action, repository) => this.#parts.rules.may(user, action, repository) };
  }

  #accessOfToken(request: IncomingMessage, token: string, wanted: Wanted | undefined): Access {
    const claims = this.#parts.signer?.verify(token, this.#clock.nowMs());
    if (claims === undefined) throw this.#challenge(request, wanted, 'invalid_token');
    const grants = new Map<string, Set<Action>>();
    for (const { name, actions } of claims.access) grants.set(name, new Set([...(grants.get(name) ?? []), ...actions]));
    return { user: claims.sub, may: (action, repository) => grants.get(repository)?.has(action) === true };
  }

  async #verified(
    request: IncomingMessage,
    { user, password }: { user: string; password: string },
    wanted?: Wanted,
  ): Promise<string> {
    if (await this.#parts.htpasswd.verify(user, password)) return user;
    throw this.#challenge(request, wanted);
  }

  #challenge(request: IncomingMessage, wanted: Wanted | undefined, error?: string): RegistryError {
    const scope = wanted === undefined ? '' : `,scope="${formatScope(wanted.repository, wanted.action)}"`;
    const why = error === undefined ? '' : `,error="${error}"`;
    const base = this.#baseUrl(request);
    const challenge =
      this.#parts.signer === undefined
        ? `Basic realm="${REALM}",charset="UTF-8"`
        : `Bearer realm="${base}/token",service="${REALM}"${scope}${why}`;
    return new RegistryError('UNAUTHORIZED', 'sign in first, as somebody who may do this', {
      headers: { 'WWW-Authenticate': challenge },
      ...(wanted === undefined ? {} : { detail: wanted }),
    });
  }

  /** As the client wrote it, unless the settings know better; a Host header that is no host leads nowhere. */
  #baseUrl(request: IncomingMessage): string {
    if (this.#parts.externalUrl !== '') return this.#parts.externalUrl.replace(/\/+$/, '');
    const host = request.headers.host ?? '';
    const scheme = 'encrypted' in request.socket ? 'https' : 'http';
    return `${scheme}://${/^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
  }
}

function isBearer(request: IncomingMessage): boolean {
  return /^bearer /i.test(request.headers.authorization ?? '');
}

function isBasic(request: IncomingMessage): boolean {
  return /^basic /i.test(request.headers.authorization ?? '');
}

function denied(wanted: Wanted | undefined): RegistryError {
  return new RegistryError('DENIED', 'you may not do this: the rules of the registry say who may', { detail: wanted });
}
