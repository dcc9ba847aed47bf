/**
 * What a server says it serves: the documents of discovery, legacy and aggregated, made of the rows of resources. All
 * pure.
 */
export {
  type ApiGroupDiscovery,
  type ApiResourceDiscovery,
  type ApiSubresourceDiscovery,
  type ApiVersionDiscovery,
  aggregatedDiscovery,
  type DiscoveryVersion,
  groupDiscoveries,
} from './aggregated.ts';
export { type ApiGroup, apiGroup, apiGroupList, apiGroups, apiVersions } from './groups.ts';
export { compareGroups, compareVersions } from './order.ts';
export { type ApiResource, type ApiResourceList, apiResourceList, storageVersionHash } from './resource-list.ts';
