/** Names of users, groups and extra fields that upstream fixed. */
export const GROUPS = {
  masters: 'system:masters',
  authenticated: 'system:authenticated',
  unauthenticated: 'system:unauthenticated',
  nodes: 'system:nodes',
  bootstrappers: 'system:bootstrappers',
  serviceAccounts: 'system:serviceaccounts',
} as const;

/** Who brings no credentials. */
export const ANONYMOUS = 'system:anonymous';

const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';

/** The user name of a service account. */
export function serviceAccountName(namespace: string, name: string): string {
  return `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`;
}

/** Namespace and name of the service account that is behind a user name; undefined for other users. */
export function splitServiceAccountName(
  userName: string,
): { readonly namespace: string; readonly name: string } | undefined {
  if (!userName.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const [namespace, name, ...others] = userName.slice(SERVICE_ACCOUNT_PREFIX.length).split(':');
  if (!namespace || !name || others.length > 0) return undefined;
  return { namespace, name };
}

/** The groups that service accounts of a namespace are in. */
export function serviceAccountGroups(namespace: string): string[] {
  return [GROUPS.serviceAccounts, `${GROUPS.serviceAccounts}:${namespace}`];
}

/** Where a user's extra fields say by which credential it came in. */
export const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';
