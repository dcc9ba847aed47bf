/** Bearer tokens (distribution, spec/auth/token.md and oauth.md). */
import { Readable } from 'node:stream';
import { HakoError } from '#base';
import { isLoopback } from '../hosts/loopback.ts';
import type { Agents } from '../http/agents.ts';
import { discard, readBounded, readStart } from '../http/body.ts';
import { exchange, type HttpAnswer } from '../http/exchange.ts';
import { TransientError } from '../http/network-error.ts';
import { retryAfterMs } from '../http/retry.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';

export interface Token {
  value: string;
  expiresAtMs: number;
}

export interface TokenRequest {
  challenge: Challenge;
  scopes: readonly string[];
  credentials: Credentials | undefined;
  /** The registry that sent the challenge. */
  registry: { url: URL; allowsHttp: boolean };
  agents: Agents;
  signal: AbortSignal | undefined;
}

const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_TOKEN_CHARS = 64 * 1024;
/** What the specification says where the server says nothing. */
const DEFAULT_LIFETIME_S = 60;
const CLIENT_ID = 'hakobune';

/** Fetches a token from the realm of the challenge. Throws `unauthenticated`, or `invalid` for a realm that is not to be trusted. */
export async function fetchToken(request: TokenRequest): Promise<Token> {
  const realm = checkedRealm(request.challenge.parameters.realm, request.registry);
  const answer = await ask(realm, request);
  if (answer.status !== 200) throw await refusal(answer);
  return parseToken(await readBounded(answer, MAX_ANSWER_BYTES, 'the answer of the token server'), Date.now());
}

/** Credentials go to the realm, so it must be HTTPS, or the same host where plain HTTP is allowed for that. */
export function checkedRealm(realm: string | undefined, registry: { url: URL; allowsHttp: boolean }): URL {
  const url = realm !== undefined && realm.length <= 2048 ? URL.parse(realm) : null;
  const shown = JSON.stringify((realm ?? '').slice(0, 100));
  if (url === null || url.username !== '' || url.password !== '') {
    throw new HakoError('invalid', `${registry.url.host} sends for a token to ${shown}: that is no address, refused`);
  }
  const isSameHost = url.hostname === registry.url.hostname;
  const isNear = isLoopback(url.hostname) && isLoopback(registry.url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && registry.allowsHttp && (isSameHost || isNear)))
    return url;
  throw new HakoError(
    'invalid',
    `${registry.url.host} sends for a token to ${shown}: refused, for credentials go by HTTPS only`,
  );
}

function ask(realm: URL, request: TokenRequest): Promise<HttpAnswer> {
  const { credentials, challenge, scopes, agents, signal } = request;
  const service = challenge.parameters.service;
  const common = { agents, ...(signal ? { signal } : {}) };
  if (credentials !== undefined && 'identityToken' in credentials) {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID, access_type: 'offline' });
    form.set('refresh_token', credentials.identityToken);
    form.set('scope', scopes.join(' '));
    if (service !== undefined) form.set('service', service);
    const bytes = Buffer.from(form.toString());
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = { sizeBytes: bytes.length, open: () => Readable.from([bytes]) };
    return exchange({ method: 'POST', url: realm, headers, body, ...common });
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const isKnown = credentials !== undefined && 'password' in credentials;
  if (isKnown) url.searchParams.set('account', credentials.username);
  return exchange({ method: 'GET', url, headers: isKnown ? { Authorization: basic(credentials) } : {}, ...common });
}

export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function refusal(answer: HttpAnswer): Promise<HakoError> {
  const { status, url, headers } = answer;
  const where = `the token server ${url.host} answered ${status}`;
  if (status === 429 || status >= 500) {
    await discard(answer);
    const waitMs = retryAfterMs(headers['retry-after'], Date.now());
    return new TransientError('unavailable', where, waitMs === undefined ? {} : { retryAfterMs: waitMs });
  }
  const text = (await readStart(answer, 400)).replaceAll(/\s+/g, ' ').trim();
  if (status === 401 || status === 403)
    return new HakoError('unauthenticated', `unauthorized: incorrect username or password (${where})`);
  return new HakoError('unauthenticated', `${where}: ${text}`);
}

/** Throws `invalid` where it is not what the specification says. */
export function parseToken(bytes: Buffer, nowMs: number): Token {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new HakoError('invalid', 'the token server answered what is not JSON', { cause });
  }
  const text = [value?.token, value?.access_token].find((each) => typeof each === 'string' && each !== '');
  if (typeof text !== 'string' || text.length > MAX_TOKEN_CHARS || !/^[\x21-\x7e]+$/.test(text))
    throw new HakoError('invalid', 'the token server answered without a usable token');
  const lifetimeS = Number(value.expires_in ?? DEFAULT_LIFETIME_S);
  const secure = Number.isFinite(lifetimeS) ? Math.min(Math.max(lifetimeS, DEFAULT_LIFETIME_S), 86_400) : 60;
  return { value: text, expiresAtMs: nowMs + secure * 1000 };
}
