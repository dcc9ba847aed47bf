import { createHmac } from 'node:crypto';
import type { GroupVersionResource, KubeObject, Shared } from '#kube/api';

export const SECRETS: GroupVersionResource = { group: '', version: 'v1', resource: 'secrets' };
/** The type of the secrets that bootstrap tokens are. */
export const TOKEN_TYPE = 'bootstrap.kubernetes.io/token';
const NAME_PREFIX = 'bootstrap-token-';
/** Where each token's signature is in the config map. */
const SIGNATURE_PREFIX = 'jws-kubeconfig-';

/** `Secret` that holds a bootstrap token: data is in base64. */
export interface TokenSecret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

/** `ConfigMap`. */
export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

/** A field of the token's secret; '' when it isn't there. */
export function fieldOf({ data }: Shared<TokenSecret>, name: string): string {
  const value = data !== undefined && Object.hasOwn(data, name) ? data[name] : undefined;
  return value === undefined ? '' : Buffer.from(value, 'base64').toString('utf8');
}

/** In how many milliseconds the token expires; undefined: never. A time that nobody can read is over. */
export function expiresInMs(secret: Shared<TokenSecret>, nowMs: number): number | undefined {
  const text = fieldOf(secret, 'expiration');
  if (text === '') return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? 0 : atMs - nowMs;
}

/** The secrets of tokens that sign the cluster's information, by id. */
export function signingTokens(secrets: readonly Shared<TokenSecret>[], nowMs: number): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const secret of secrets) {
    const id = fieldOf(secret, 'token-id');
    const key = fieldOf(secret, 'token-secret');
    const expiresMs = expiresInMs(secret, nowMs);
    if (!/^[a-z0-9]{6}$/.test(id) || secret.metadata.name !== `${NAME_PREFIX}${id}` || key === '') continue;
    if (fieldOf(secret, 'usage-bootstrap-signing') !== 'true' || (expiresMs !== undefined && expiresMs <= 0)) continue;
    if (secret.metadata.deletionTimestamp === undefined) tokens.set(id, key);
  }
  return tokens;
}

/**
 * What is to be written to `cluster-info`: for each token a signature of its kubeconfig, by which those who know the token see that the
 * information is no forgery. Undefined: it is all there. Keys with null are to go. Pure.
 */
export function planSignatures(
  data: Readonly<Record<string, string>> | undefined,
  tokens: ReadonlyMap<string, string>,
): Record<string, string | null> | undefined {
  const kubeconfig = data?.kubeconfig;
  if (kubeconfig === undefined) return undefined;
  const changes: Record<string, string | null> = {};
  for (const name of Object.keys(data ?? {})) {
    if (name.startsWith(SIGNATURE_PREFIX) && !tokens.has(name.slice(SIGNATURE_PREFIX.length))) changes[name] = null;
  }
  for (const [id, secret] of tokens) {
    const signature = detachedSignature(kubeconfig, id, secret);
    if (data?.[`${SIGNATURE_PREFIX}${id}`] !== signature) changes[`${SIGNATURE_PREFIX}${id}`] = signature;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

/** A JWS whose content is elsewhere (RFC 7515, appendix F), with HMAC-SHA-256. */
export function detachedSignature(content: string, id: string, secret: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url');
  const signed = `${header}.${Buffer.from(content).toString('base64url')}`;
  return `${header}..${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
