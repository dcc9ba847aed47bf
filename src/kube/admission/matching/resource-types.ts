import type { GroupResource, GroupVersionKind, KubeObject } from '#kube/api';

/** What admission has to know of the API's resources: the API server provides it. */
export interface ResourceTypes {
  /** The versions in which a resource is served, the preferred one first; none for what nobody knows. */
  versionsOf(resource: GroupResource): readonly GroupVersionKind[];
  /** The object in another version; the same one where nothing is to be converted. Objects are not changed in place. */
  convert(resource: GroupResource, object: KubeObject, version: string): KubeObject | Promise<KubeObject>;
  /**
   * Takes an object that somebody else has made, in any version: checks the types of its fields, drops unknown ones, sets defaults and
   * brings it into the version that is stored. Throws a StatusError (400) for what is no object of the resource.
   */
  accept(resource: GroupResource, object: unknown): KubeObject | Promise<KubeObject>;
}
