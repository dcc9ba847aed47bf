import type { GroupResource, KubeObject, Shared } from '#kube/api';

/** A synchronous view on loaded objects: what access control reads on the path of every request. The API server provides it. */
export interface Objects {
  /** The objects of a resource, of one namespace or (undefined or '') of all. Nobody may change them. */
  list(resource: GroupResource, namespace?: string): readonly Shared<KubeObject>[];
  /** One object; `namespace` is '' for cluster-scoped ones. */
  get(resource: GroupResource, namespace: string, name: string): Shared<KubeObject> | undefined;
  /** Calls `onChange` after each change of a resource's objects. */
  subscribe(resource: GroupResource, onChange: () => void): Disposable;
}

/** The resources that access control reads: load them before the first request. */
export const RESOURCES = {
  serviceAccounts: { group: '', resource: 'serviceaccounts' },
  secrets: { group: '', resource: 'secrets' },
  pods: { group: '', resource: 'pods' },
  nodes: { group: '', resource: 'nodes' },
  persistentVolumes: { group: '', resource: 'persistentvolumes' },
  volumeAttachments: { group: 'storage.k8s.io', resource: 'volumeattachments' },
  resourceSlices: { group: 'resource.k8s.io', resource: 'resourceslices' },
  roles: { group: 'rbac.authorization.k8s.io', resource: 'roles' },
  roleBindings: { group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
  clusterRoles: { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  clusterRoleBindings: { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  flowSchemas: { group: 'flowcontrol.apiserver.k8s.io', resource: 'flowschemas' },
  priorityLevels: { group: 'flowcontrol.apiserver.k8s.io', resource: 'prioritylevelconfigurations' },
} as const satisfies Record<string, GroupResource>;
