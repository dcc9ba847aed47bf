import type { GroupVersionResource, KubeObject } from '#kube/api';
import type { ResourceList } from '#kube/api/values';

export const QUOTAS: GroupVersionResource = { group: '', version: 'v1', resource: 'resourcequotas' };

/** `ResourceQuota`. */
export interface ResourceQuota extends KubeObject {
  spec?: {
    hard?: ResourceList;
    scopes?: string[];
    scopeSelector?: { matchExpressions?: ScopedResourceSelectorRequirement[] };
  };
  status?: { hard?: ResourceList; used?: ResourceList };
}

/** `ScopedResourceSelectorRequirement`. */
export interface ScopedResourceSelectorRequirement {
  scopeName?: string;
  operator?: string;
  values?: string[];
}
