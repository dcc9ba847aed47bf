/** The parts of `metadata` that the API machinery knows (`io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`). */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  /** Opaque for clients; here always the decimal revision of the storage's last write of this object. */
  resourceVersion?: string;
  /** Counts changes of the desired state (`spec`), from 1. */
  generation?: number;
  /** RFC 3339 in whole seconds, UTC. */
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  selfLink?: string;
}

/** Who an object belongs to: when all owners are gone, the garbage collector removes it. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Which manager last wrote which fields (`fieldsV1` is structured-merge-diff's trie of path elements). */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: 'Apply' | 'Update';
  apiVersion?: string;
  time?: string;
  fieldsType?: 'FieldsV1';
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** Any object of the API: what every kind has. The rest is known by its schema. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** An object as it is read from a cache that others share: nobody may change it. */
export type Shared<T> = T extends object ? { readonly [K in keyof T]: Shared<T[K]> } : T;

/** A list of objects of one kind (`PodList`). */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

/** One line of a watch stream. `BOOKMARK` carries nothing but a resourceVersion; `ERROR` carries a Status. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** A group and a resource's plural name, which is what rights and errors are about: no version. */
export interface GroupResource {
  /** '' is the core group. */
  readonly group: string;
  readonly resource: string;
}

/** Names one endpoint of the API: `{ group: 'apps', version: 'v1', resource: 'deployments' }`. */
export interface GroupVersionResource extends GroupResource {
  readonly version: string;
}

/** Names one type: `{ group: 'apps', version: 'v1', kind: 'Deployment' }`. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** `apps/v1`, or `v1` for the core group. */
export function groupVersion(gv: { group: string; version: string }): string {
  return gv.group === '' ? gv.version : `${gv.group}/${gv.version}`;
}

/** The reverse of `groupVersion`. */
export function parseGroupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `deployments.apps`, or `pods` for the core group: how messages name a resource. */
export function qualifiedResource(gr: GroupResource): string {
  return gr.group === '' ? gr.resource : `${gr.resource}.${gr.group}`;
}
