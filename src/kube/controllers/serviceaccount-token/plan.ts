import type { KubeObject, Shared } from '#kube/api';

export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

/** `Secret`: data is in base64. */
export interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

/** What is to be in a token secret. */
export interface TokenFacts {
  readonly caCert: string;
  /** Makes the token, which is made only where there is none. */
  readonly issue: () => string;
}

/** What happens to a secret of type kubernetes.io/service-account-token. */
export type TokenPlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'delete' }
  | { readonly do: 'write'; readonly secret: Secret };

/** Decides about a token secret, given its account. A secret of an account that is gone, or was made anew, goes. Pure but for `issue`. */
export function planToken(
  secret: Shared<Secret>,
  account: Shared<KubeObject> | undefined,
  { caCert, issue }: TokenFacts,
): TokenPlan {
  const said = secret.metadata.annotations?.[ACCOUNT_UID];
  const uid = account?.metadata.uid ?? '';
  if (account === undefined || (said !== undefined && said !== '' && said !== uid)) return { do: 'delete' };
  const data = secret.data ?? {};
  const wanted: Record<string, string> = {};
  if (textOf(data['ca.crt']) !== caCert) wanted['ca.crt'] = caCert;
  if (textOf(data.namespace) === '') wanted.namespace = secret.metadata.namespace ?? '';
  if (textOf(data.token) === '') wanted.token = issue();
  if (Object.keys(wanted).length === 0 && said === uid) return { do: 'nothing' };
  const next = structuredClone(secret) as Secret;
  next.metadata.annotations = { ...next.metadata.annotations, [ACCOUNT_UID]: uid };
  next.data = { ...next.data };
  for (const [name, text] of Object.entries(wanted)) next.data[name] = Buffer.from(text).toString('base64');
  return { do: 'write', secret: next };
}

function textOf(base64: string | undefined): string {
  return base64 === undefined ? '' : Buffer.from(base64, 'base64').toString('utf8');
}
