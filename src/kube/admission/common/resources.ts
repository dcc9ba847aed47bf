import type { GroupVersionResource } from '#kube/api';

/** The resources that the built-in plugins read: they have to be loaded before the first request. */
export const READ_RESOURCES = {
  namespaces: { group: '', version: 'v1', resource: 'namespaces' },
  serviceAccounts: { group: '', version: 'v1', resource: 'serviceaccounts' },
  secrets: { group: '', version: 'v1', resource: 'secrets' },
  limitRanges: { group: '', version: 'v1', resource: 'limitranges' },
  resourceQuotas: { group: '', version: 'v1', resource: 'resourcequotas' },
  pods: { group: '', version: 'v1', resource: 'pods' },
  priorityClasses: { group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' },
  storageClasses: { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' },
  ingressClasses: { group: 'networking.k8s.io', version: 'v1', resource: 'ingressclasses' },
  runtimeClasses: { group: 'node.k8s.io', version: 'v1', resource: 'runtimeclasses' },
} as const satisfies Record<string, GroupVersionResource>;
