import type {
  GroupResource,
  GroupVersionKind,
  GroupVersionResource,
  KubeObject,
  Schema,
  SchemaResolver,
} from '#kube/api';

/** What admission has to know of the API's resources: the API server provides it. */
export interface ResourceTypes {
  /** The versions in which a resource is served, the preferred one first; none for what nobody knows. */
  versionsOf(resource: GroupResource): readonly GroupVersionKind[];
  /** The object in another version; the same one where nothing is to be converted. Objects are not changed in place. */
  convert(resource: GroupResource, object: KubeObject, version: string): KubeObject | Promise<KubeObject>;
  /**
   * Takes an object that somebody else has made, in any version: checks the types of its fields, drops unknown ones, sets defaults and
   * brings it into the version that is wanted. Bodies of its subresources (Scale, Binding, PodExecOptions) are checked by their own kind.
   * Throws a StatusError (400) for what is not of the kind that it is to be.
   */
  accept(resource: GroupResource, object: unknown, kind: string, apiVersion: string): KubeObject | Promise<KubeObject>;
  /** Where the objects of a kind live; undefined: nobody serves it. */
  ofKind(kind: GroupVersionKind): { readonly resource: GroupVersionResource; readonly namespaced: boolean } | undefined;
  /** What objects of a kind look like; undefined: nobody serves it. */
  schemaOf(kind: GroupVersionKind): { readonly schema: Schema; readonly resolve: SchemaResolver } | undefined;
  /** Merges a part of an object into it as server-side apply does, by the lists' keys. The object stays as it is. */
  merge(resource: GroupResource, object: KubeObject, part: Readonly<Record<string, unknown>>): KubeObject;
}
