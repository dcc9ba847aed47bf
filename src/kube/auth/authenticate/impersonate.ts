import { badRequest, forbidden, StatusError } from '#kube/api';
import { resourceQuestion } from '../authorize/question.ts';
import type { AuthorizationDecision, Authorizer, Credentials, UserInfo } from '../contract.ts';
import { extraOf, headerValue, headerValues } from './extra-headers.ts';
import { ANONYMOUS, GROUPS, serviceAccountGroups, splitServiceAccountName } from './names.ts';

const PREFIX = 'impersonate-';
const EXTRA = 'impersonate-extra-';
const AUTHENTICATION = 'authentication.k8s.io';

/** Somebody who was known wanted to be somebody else, and may not: the error that he gets, and who he really is. */
export class RefusedImpersonation extends StatusError {
  readonly impersonator: UserInfo;

  constructor({ code, reason, message, details }: StatusError, impersonator: UserInfo) {
    super(code, reason, message, details);
    this.impersonator = impersonator;
  }
}

/** One thing that the real user must be allowed to impersonate. */
interface Claim {
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The user that a request wants to be instead (`Impersonate-User`, `-Group`, `-Uid`, `-Extra-*`), after `user` was found to be allowed
 * each part of it. Undefined, at once, for requests that want no such thing. Rejects with upstream's 403, and a 400 for groups,
 * uids or extras without a user.
 */
export function impersonate(
  credentials: Credentials,
  user: UserInfo,
  authorizer: Authorizer,
): Promise<UserInfo> | undefined {
  for (const name in credentials.headers) {
    if (name.startsWith(PREFIX)) return become(credentials, user, authorizer);
  }
  return undefined;
}

async function become(credentials: Credentials, user: UserInfo, authorizer: Authorizer): Promise<UserInfo> {
  const name = headerValue(credentials, 'impersonate-user');
  const groups = headerValues(credentials, 'impersonate-group');
  const uid = headerValue(credentials, 'impersonate-uid');
  const extra = extraOf(credentials, EXTRA);
  if (name === undefined)
    throw badRequest('requested impersonation of groups, uid or extra fields without impersonating a user');
  const account = splitServiceAccountName(name);
  const claims: Claim[] = [
    account === undefined
      ? claim('users', name)
      : { ...claim('serviceaccounts', account.name), namespace: account.namespace },
    ...groups.map((group) => claim('groups', group)),
    ...Object.entries(extra ?? {}).flatMap(([key, values]) =>
      values.map((value) => ({ ...claim('userextras', value, AUTHENTICATION), subresource: key })),
    ),
    ...(uid === undefined ? [] : [claim('uids', uid, AUTHENTICATION)]),
  ];
  for (const one of claims) await check(one, user, authorizer);
  const own = groups.length === 0 && account !== undefined ? serviceAccountGroups(account.namespace) : groups;
  return {
    name,
    groups: withDefaultGroup(name, own),
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function claim(resource: string, name: string, apiGroup = ''): Claim {
  return { apiGroup, resource, subresource: '', namespace: '', name };
}

async function check(wanted: Claim, user: UserInfo, authorizer: Authorizer): Promise<void> {
  const question = resourceQuestion(user, { verb: 'impersonate', ...wanted });
  const { decision, reason }: AuthorizationDecision = await authorizer.authorize(question);
  if (decision === 'allow') return;
  const { apiGroup, resource, subresource, namespace, name } = wanted;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = reason === '' ? '' : `: ${reason}`;
  throw forbidden(
    { group: apiGroup, resource },
    name,
    `User "${user.name}" cannot impersonate resource "${what}" in API group "${apiGroup}" ${where}${why}`,
  );
}

/** Everybody is authenticated or not; a request may say which. */
function withDefaultGroup(name: string, groups: readonly string[]): readonly string[] {
  if (groups.includes(GROUPS.unauthenticated)) return groups;
  if (name === ANONYMOUS) return [...groups, GROUPS.unauthenticated];
  return groups.includes(GROUPS.authenticated) ? groups : [...groups, GROUPS.authenticated];
}
