import type { KubeObject } from '#kube/api';
import type { ResourceList } from '#kube/api/values';

/** `ResourceQuota`. What counts is the status: the controller copies `hard` into it and measures what is used. */
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
