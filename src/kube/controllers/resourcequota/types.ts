import type { GroupVersionResource } from '#kube/api';

export type { ResourceQuota, ScopedResourceSelectorRequirement } from '#kube/api/resources';

/** The resource of quotas. */
export const QUOTAS: GroupVersionResource = { group: '', version: 'v1', resource: 'resourcequotas' };
