import { timingSafeEqual } from 'node:crypto';
import { badCredentials } from '../authenticate/bad-credentials.ts';
import { serviceAccountName } from '../authenticate/names.ts';
import { type Objects, RESOURCES } from '../objects.ts';
import { isLongDeleted } from './bound-objects.ts';
import { type SigningKey, signJwt } from './jwt.ts';
import type { ServiceAccountClaims } from './service-account-claims.ts';

/** The `iss` of tokens that live in secrets of type kubernetes.io/service-account-token. */
export const LEGACY_ISSUER = 'kubernetes/serviceaccount';

const NAMESPACE = 'kubernetes.io/serviceaccount/namespace';
const ACCOUNT_NAME = 'kubernetes.io/serviceaccount/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/serviceaccount/service-account.uid';
const SECRET_NAME = 'kubernetes.io/serviceaccount/secret.name';

/** A token without end, for the secret that will hold it: it is worth something while that secret is there. */
export function issueLegacyToken(
  account: { readonly namespace: string; readonly name: string; readonly uid: string },
  secretName: string,
  key: SigningKey,
): string {
  const claims = {
    iss: LEGACY_ISSUER,
    sub: serviceAccountName(account.namespace, account.name),
    [NAMESPACE]: account.namespace,
    [SECRET_NAME]: secretName,
    [ACCOUNT_NAME]: account.name,
    [ACCOUNT_UID]: account.uid,
  };
  return signJwt(claims, key);
}

/** Reads the flat claims of a legacy token; a 401 where one is missing. */
export function readLegacyClaims(claims: Readonly<Record<string, unknown>>): {
  readonly claims: ServiceAccountClaims;
  readonly secret: string;
} {
  const text = (name: string) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    if (typeof value !== 'string' || value === '') throw badCredentials(`${name} claim is missing`);
    return value;
  };
  const namespace = text(NAMESPACE);
  const serviceaccount = { name: text(ACCOUNT_NAME), uid: text(ACCOUNT_UID) };
  if (claims.sub !== serviceAccountName(namespace, serviceaccount.name)) throw badCredentials('sub claim does not fit');
  return { claims: { namespace, serviceaccount }, secret: text(SECRET_NAME) };
}

/** Why a legacy token is worthless now; undefined: it is good. */
export function legacyTokenProblem(
  { namespace, serviceaccount }: ServiceAccountClaims,
  secretName: string,
  token: string,
  objects: Pick<Objects, 'get'>,
  nowMs: number,
): string | undefined {
  const secret = objects.get(RESOURCES.secrets, namespace, secretName);
  if (secret === undefined || isLongDeleted(secret, nowMs)) return 'Token has been invalidated: its secret is gone';
  const { token: held } = (secret.data ?? {}) as { readonly token?: unknown };
  if (typeof held !== 'string' || !isSame(Buffer.from(held, 'base64'), Buffer.from(token))) {
    return "Token does not match server's copy";
  }
  const account = objects.get(RESOURCES.serviceAccounts, namespace, serviceaccount.name);
  if (account === undefined || isLongDeleted(account, nowMs))
    return `ServiceAccount ${namespace}/${serviceaccount.name} has been deleted`;
  if (account.metadata.uid !== serviceaccount.uid) return 'ServiceAccount UID does not match claim';
  return undefined;
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
