import type { GroupVersionResource, KubeObject } from '#kube/api';
import type { Pod } from '../common/mod.ts';

export const RESOURCE_CLAIMS: GroupVersionResource = {
  group: 'resource.k8s.io',
  version: 'v1',
  resource: 'resourceclaims',
};
export const TEMPLATES: GroupVersionResource = {
  group: 'resource.k8s.io',
  version: 'v1',
  resource: 'resourceclaimtemplates',
};
/** Says on a claim for which entry of its pod it was made. */
export const POD_CLAIM = 'resource.kubernetes.io/pod-claim-name';
/** Keeps a claim while devices are allocated to it. */
export const FINALIZER = 'resource.kubernetes.io/delete-protection';

/** `ResourceClaim`, as far as its life goes. */
export interface ResourceClaim extends KubeObject {
  status?: { allocation?: unknown; reservedFor?: ResourceClaimConsumerReference[] };
}

/** `ResourceClaimConsumerReference`. */
export interface ResourceClaimConsumerReference {
  apiGroup?: string;
  resource?: string;
  name?: string;
  uid?: string;
}

/** `ResourceClaimTemplate`. */
export interface ResourceClaimTemplate extends KubeObject {
  spec?: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec?: object };
}

/** A pod that needs claims. */
export type ClaimingPod = Pod & {
  spec?: { resourceClaims?: { name: string; resourceClaimName?: string; resourceClaimTemplateName?: string }[] };
  status?: { resourceClaimStatuses?: { name: string; resourceClaimName?: string }[] };
};
