import { createHash, timingSafeEqual } from 'node:crypto';
import type { KubeObject, Shared } from '#kube/api';
import type { Authentication } from '../contract.ts';
import { type Objects, RESOURCES } from '../objects.ts';
import { forAudiences } from './audience-agnostic.ts';
import { badCredentials } from './bad-credentials.ts';
import { GROUPS } from './names.ts';
import type { TokenAuthenticator } from './token-authenticator.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TYPE = 'bootstrap.kubernetes.io/token';
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Tokens with which machines join: `<id>.<secret>`, kept in the secret bootstrap-token-<id> of kube-system until they expire. */
export function bootstrapTokenAuthenticator(
  objects: Objects,
  apiAudiences: readonly string[],
  nowMs: () => number = Date.now,
): TokenAuthenticator {
  return forAudiences(apiAudiences, (token) => {
    const [, id, secret] = TOKEN.exec(token) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const found = objects.get(RESOURCES.secrets, 'kube-system', `bootstrap-token-${id}`);
    if (found === undefined) return undefined;
    const problem = problemWith(found, id, secret, nowMs());
    if (problem !== undefined) throw badCredentials(`bootstrap token ${id}: ${problem}`);
    return authenticationOf(found, id);
  });
}

function problemWith(secret: Shared<KubeObject>, id: string, tokenSecret: string, nowMs: number): string | undefined {
  if (secret.type !== TYPE || secret.metadata.deletionTimestamp !== undefined)
    return 'its secret is of another type, or goes';
  if (!isSame(field(secret, 'token-secret'), tokenSecret)) return 'it is not the one';
  if (field(secret, 'token-id') !== id) return 'its secret is for another id';
  const expiration = field(secret, 'expiration');
  // A time that cannot be read is over: better too early than never.
  if (expiration !== '' && !(Date.parse(expiration) > nowMs)) return 'it has expired';
  if (field(secret, 'usage-bootstrap-authentication') !== 'true') return 'it is not for authentication';
  return groupsOf(secret) === undefined ? 'its auth-extra-groups are not groups of bootstrappers' : undefined;
}

function authenticationOf(secret: Shared<KubeObject>, id: string): Authentication {
  return { user: { name: `system:bootstrap:${id}`, groups: [GROUPS.bootstrappers, ...(groupsOf(secret) ?? [])] } };
}

/** Extra groups; undefined where one is none of `system:bootstrappers:…`: a token must not make its bearer an administrator. */
function groupsOf(secret: Shared<KubeObject>): string[] | undefined {
  const text = field(secret, 'auth-extra-groups');
  const groups = text === '' ? [] : text.split(',');
  return groups.every((group) => group.length <= 300 && EXTRA_GROUP.test(group)) ? groups : undefined;
}

function field(secret: Shared<KubeObject>, name: string): string {
  const data = (secret.data ?? {}) as Readonly<Record<string, unknown>>;
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
