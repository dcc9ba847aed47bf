import type { KubeObject, Shared } from '#kube/api';
import { isOver, isTerminating, type Pod } from '../common/mod.ts';
import { type ClaimingPod, FINALIZER, POD_CLAIM, type ResourceClaim, type ResourceClaimTemplate } from './types.ts';

/** What a pod needs of claims. */
export interface PodClaimsPlan {
  /** Entries of the pod for which a claim is to be made, with the template's name. */
  readonly create: readonly { readonly entry: string; readonly template: string }[];
  /** Claims that were made and are not in the pod's status yet, by entry. */
  readonly found: ReadonlyMap<string, string>;
}

/** Decides which claims a pod still lacks. Pure. */
export function planPodClaims(pod: Shared<ClaimingPod>, claims: readonly Shared<ResourceClaim>[]): PodClaimsPlan {
  const create: { entry: string; template: string }[] = [];
  const found = new Map<string, string>();
  if (isOver(pod as Shared<Pod>) || isTerminating(pod as Shared<Pod>)) return { create, found };
  const known = new Set(pod.status?.resourceClaimStatuses?.map(({ name }) => name));
  for (const { name, resourceClaimTemplateName } of pod.spec?.resourceClaims ?? []) {
    if (resourceClaimTemplateName === undefined || known.has(name)) continue;
    const made = claims.find((claim) => isFor(claim, pod, name));
    if (made === undefined) create.push({ entry: name, template: resourceClaimTemplateName });
    else found.set(name, made.metadata.name ?? '');
  }
  return { create, found };
}

/** The claim for an entry of a pod, of its template. Pure. */
export function claimFor(pod: Shared<ClaimingPod>, entry: string, template: Shared<ResourceClaimTemplate>): KubeObject {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const { labels, annotations } = structuredClone(template.spec?.metadata ?? {}) as NonNullable<
    NonNullable<ResourceClaimTemplate['spec']>['metadata']
  >;
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: {
      namespace,
      generateName: `${name}-${entry}-`,
      ...(labels && { labels }),
      annotations: { ...annotations, [POD_CLAIM]: entry },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: structuredClone(template.spec?.spec ?? {}),
  };
}

/** What happens to a claim. */
export type ClaimPlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'delete' }
  /** Its consumers as they are now; without any, what was allocated is free again. */
  | { readonly do: 'release'; readonly status: NonNullable<ResourceClaim['status']> }
  | { readonly do: 'remove-finalizer' };

/** Decides about a claim, given the pods of its namespace by name. Pure. */
export function planClaim(claim: Shared<ResourceClaim>, podOf: (name: string) => Shared<Pod> | undefined): ClaimPlan {
  const { status, metadata } = claim;
  const reserved = status?.reservedFor ?? [];
  const left = reserved.filter(({ apiGroup = '', resource, name = '', uid }) => {
    if (apiGroup !== '' || resource !== 'pods') return true;
    const pod = podOf(name);
    return pod !== undefined && pod.metadata.uid === uid && !isOver(pod);
  });
  const isUnused = left.length === 0 && status?.allocation !== undefined && metadata.finalizers?.includes(FINALIZER);
  if (left.length < reserved.length || (isUnused && metadata.deletionTimestamp !== undefined)) {
    const kept = structuredClone(left) as NonNullable<ResourceClaim['status']>['reservedFor'];
    return { do: 'release', status: kept?.length ? { ...status, reservedFor: kept } : {} };
  }
  if (metadata.deletionTimestamp !== undefined) {
    const isHeld = status?.allocation === undefined && metadata.finalizers?.includes(FINALIZER) === true;
    return isHeld ? { do: 'remove-finalizer' } : { do: 'nothing' };
  }
  const owner = metadata.ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'Pod');
  const pod = owner === undefined ? undefined : podOf(owner.name);
  return pod !== undefined && pod.metadata.uid === owner?.uid && isOver(pod) ? { do: 'delete' } : { do: 'nothing' };
}

function isFor({ metadata }: Shared<ResourceClaim>, pod: Shared<ClaimingPod>, entry: string): boolean {
  if (metadata.annotations?.[POD_CLAIM] !== entry || metadata.deletionTimestamp !== undefined) return false;
  return (
    metadata.ownerReferences?.some(({ uid, controller }) => uid === pod.metadata.uid && controller === true) === true
  );
}
