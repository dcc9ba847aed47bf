import {
  badRequest,
  conflict,
  type GroupResource,
  invalid,
  invalidObject,
  type KubeObject,
  notFound,
  required,
  type Shared,
} from '#kube/api';
import { formatTime } from '#kube/api/values';
import { type Objects, RESOURCES } from '../objects.ts';
import { issueToken, type TokenTemplate } from './issue-token.ts';
import type { ObjectClaim } from './service-account-claims.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** `spec` of a TokenRequest. */
export interface TokenRequestSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly uid?: string;
  } | null;
}

/** What makes tokens. */
export interface TokenRequestOptions {
  readonly tokens: ServiceAccountTokens;
  readonly objects: Objects;
  readonly nowMs?: () => number;
  /** The longest life that a token gets, whatever was asked for. */
  readonly maxExpirationSeconds?: number;
}

/** A TokenRequest that was answered. */
export interface TokenRequestAnswer {
  readonly spec: Required<Pick<TokenRequestSpec, 'audiences' | 'expirationSeconds'>> &
    Pick<TokenRequestSpec, 'boundObjectRef'>;
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
  /** For the audit log. */
  readonly tokenId: string;
}

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
/** What kubelets ask for on behalf of pods that did not choose: old clients don't read tokens again, so these live a year and warn. */
const POD_SECONDS = 3607;
const YEAR_SECONDS = 365 * 24 * 3600;

/** Answers a TokenRequest for a service account. StatusErrors: 404 without account or bound object, 422, 400 and 409 for bad references. */
export function requestToken(
  namespace: string,
  name: string,
  spec: TokenRequestSpec,
  { tokens, objects, nowMs = Date.now, maxExpirationSeconds = YEAR_SECONDS }: TokenRequestOptions,
): TokenRequestAnswer {
  const expirationSeconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  validate(expirationSeconds, spec);
  const account = find(objects, RESOURCES.serviceAccounts, namespace, name);
  const audiences = spec.audiences?.length ? spec.audiences : tokens.audiences;
  const asked = Math.min(expirationSeconds, maxExpirationSeconds);
  const bound = boundTo(namespace, name, spec.boundObjectRef, objects);
  const isForOldClients =
    bound.pod !== undefined &&
    expirationSeconds === POD_SECONDS &&
    audiences.every((one) => tokens.audiences.includes(one));
  const template: TokenTemplate = {
    namespace,
    serviceAccount: claimOf(account),
    audiences,
    ...bound,
    ...(isForOldClients ? { expirationSeconds: YEAR_SECONDS, warnAfterSeconds: asked } : { expirationSeconds: asked }),
  };
  const now = nowMs();
  const issued = issueToken(tokens, template, now);
  const shownEndMs = isForOldClients ? Math.floor(now / 1000 + asked) * 1000 : issued.expiresMs;
  return {
    spec: {
      audiences,
      expirationSeconds: asked,
      ...(spec.boundObjectRef ? { boundObjectRef: spec.boundObjectRef } : {}),
    },
    status: { token: issued.token, expirationTimestamp: formatTime(shownEndMs) },
    tokenId: issued.id,
  };
}

function validate(seconds: number, { audiences = [], boundObjectRef }: TokenRequestSpec): void {
  const field = 'spec.expirationSeconds';
  const errors = [
    ...(seconds < MIN_SECONDS ? [invalid(field, seconds, 'may not specify a duration less than 10 minutes')] : []),
    ...(seconds > 2 ** 32 ? [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')] : []),
    ...audiences.flatMap((audience, index) => (audience === '' ? [required(`spec.audiences[${index}]`)] : [])),
    ...(boundObjectRef && !boundObjectRef.name ? [required('spec.boundObjectRef.name')] : []),
  ];
  if (errors.length > 0) throw invalidObject({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', errors);
}

type Bound = Pick<TokenTemplate, 'pod' | 'node' | 'secret'>;

function boundTo(namespace: string, account: string, ref: TokenRequestSpec['boundObjectRef'], objects: Objects): Bound {
  if (!ref) return {};
  const { apiVersion = '', kind = '', name = '' } = ref;
  if (apiVersion !== 'v1' || (kind !== 'Pod' && kind !== 'Secret' && kind !== 'Node')) {
    throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  }
  if (kind === 'Node') return { node: same(find(objects, RESOURCES.nodes, '', name), ref, 'Node') };
  if (kind === 'Secret') return { secret: same(find(objects, RESOURCES.secrets, namespace, name), ref, 'Secret') };
  const pod = find(objects, RESOURCES.pods, namespace, name);
  const { serviceAccountName = '', nodeName } = (pod.spec ?? {}) as { serviceAccountName?: string; nodeName?: string };
  if (serviceAccountName !== account) {
    throw badRequest(
      `cannot bind token for serviceaccount "${account}" to pod running with serviceaccount "${serviceAccountName}"`,
    );
  }
  const node = nodeName ? objects.get(RESOURCES.nodes, '', nodeName) : undefined;
  return { pod: same(pod, ref, 'Pod'), ...(node === undefined ? {} : { node: claimOf(node) }) };
}

function find(objects: Objects, resource: GroupResource, namespace: string, name: string): Shared<KubeObject> {
  const found = objects.get(resource, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return found;
}

function same(
  object: Shared<KubeObject>,
  { uid, name = '' }: { uid?: string; name?: string },
  kind: string,
): ObjectClaim {
  const found = claimOf(object);
  if (uid && uid !== found.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record (${found.uid}). The object might have been deleted and then recreated`;
    throw conflict({ group: '', resource: kind }, name, why);
  }
  return found;
}

function claimOf({ metadata: { name = '', uid = '' } }: Shared<KubeObject>): ObjectClaim {
  return { name, uid };
}
