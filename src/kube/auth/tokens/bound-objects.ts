import type { GroupResource, KubeObject, Shared } from '#kube/api';
import { type Objects, RESOURCES } from '../objects.ts';
import type { ObjectClaim, ServiceAccountClaims } from './service-account-claims.ts';

/** How long an object that is being deleted still vouches for its tokens. */
const GRACE_MS = 60_000;

/**
 * Why a token is worthless now: its service account, or the pod, secret or node that it is bound to, is gone or another one of that
 * name. Undefined: all is there. Asked on every use of a token, so that deletion counts at once.
 */
export function boundObjectProblem(
  claims: ServiceAccountClaims,
  objects: Pick<Objects, 'get'>,
  nowMs: number,
): string | undefined {
  const { namespace, serviceaccount, secret, pod, node } = claims;
  return (
    problem(objects, RESOURCES.serviceAccounts, namespace, serviceaccount, nowMs) ??
    (secret && problem(objects, RESOURCES.secrets, namespace, secret, nowMs)) ??
    (pod && problem(objects, RESOURCES.pods, namespace, pod, nowMs)) ??
    // Beside a pod, the node is information: it was the pod's when the token was made.
    (node && pod === undefined ? problem(objects, RESOURCES.nodes, '', node, nowMs) : undefined)
  );
}

function problem(
  objects: Pick<Objects, 'get'>,
  resource: GroupResource,
  namespace: string,
  { name, uid }: ObjectClaim,
  nowMs: number,
): string | undefined {
  const found = objects.get(resource, namespace, name);
  const what = `${resource.resource} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  if (found === undefined) return `service account token has been invalidated: ${what} is gone`;
  if (isLongDeleted(found, nowMs)) return `service account token has been invalidated: ${what} has been deleted`;
  if (found.metadata.uid !== uid) return `service account token has been invalidated: ${what} is another one now`;
  return undefined;
}

/** True for objects whose deletion was due longer ago than the grace period. */
export function isLongDeleted(object: Shared<KubeObject>, nowMs: number): boolean {
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < nowMs - GRACE_MS;
}
