import type { GroupVersionResource, KubeList, KubeObject, Shared, WatchEvent } from '#kube/api';

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Where an object is: cluster-scoped kinds have no namespace. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
}

/** Options of a list; those that are absent are not sent. */
export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

/** Options of a watch. The stream ends when the server's timeout is over, without an error. */
export interface WatchOptions extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'NotOlderThan';
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

/** Options of a write. */
export interface WriteOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly subresource?: string;
}

/** `metav1.DeleteOptions`. */
export interface DeleteOptions extends CallOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** The four kinds of patch. `apply` is server-side apply and wants a field manager. */
export type Patch =
  | { readonly type: 'json'; readonly body: readonly unknown[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly type: 'apply'; readonly body: KubeObject; readonly force?: boolean };

/** Where an object can be had from, again and again: those who keep many keep these. */
export interface ObjectSource<T extends KubeObject = KubeObject> {
  /** The object; in the API server's own process it is parsed anew when nobody has held it for some time, and may lack its managed fields. */
  readonly object: Shared<T>;
  /** Its metadata, for those who need no more; without managed fields, too. */
  readonly metadata: Shared<KubeObject['metadata']>;
  /** Its labels, which are there without parsing. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** An event of a watch. Its object is parsed when it is looked at, where there is a `source`. */
export interface SourcedEvent<T extends KubeObject = KubeObject> extends WatchEvent<T> {
  readonly source?: ObjectSource<T>;
}

/** Where the object of an event can be had from later. */
export function sourceOf<T extends KubeObject>(event: SourcedEvent<T>): ObjectSource<T> {
  if (event.source !== undefined) return event.source;
  const object = event.object as Shared<T>;
  return { object, metadata: object.metadata, labels: object.metadata.labels };
}

/**
 * The Kubernetes API as controllers, scheduler, admission and the library see it: over HTTPS, or in the server's own process.
 * Every failure is a StatusError. Objects that it gives belong to the caller, those of `watch` and of informers do not: they are shared.
 */
export interface Client {
  get<T extends KubeObject = KubeObject>(
    resource: GroupVersionResource,
    ref: ObjectRef,
    options?: CallOptions & { readonly subresource?: string; readonly resourceVersion?: string },
  ): Promise<T>;
  list<T extends KubeObject = KubeObject>(resource: GroupVersionResource, options?: ListOptions): Promise<KubeList<T>>;
  /** Iterates until the server ends the stream; breaking out or aborting the signal ends it too. */
  watch<T extends KubeObject = KubeObject>(
    resource: GroupVersionResource,
    options?: WatchOptions,
  ): AsyncIterable<SourcedEvent<T>>;
  /** Creates `object` (in `metadata.namespace`, unless `options.namespace` says where), or posts to a subresource of `options.name`. */
  create<T extends KubeObject = KubeObject>(
    resource: GroupVersionResource,
    object: KubeObject,
    options?: WriteOptions & { readonly namespace?: string; readonly name?: string },
  ): Promise<T>;
  /** Replaces; `metadata.resourceVersion` is the precondition, without it the last write wins. */
  update<T extends KubeObject = KubeObject>(
    resource: GroupVersionResource,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject = KubeObject>(
    resource: GroupVersionResource,
    ref: ObjectRef,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>;
  /** Answers the object as it is while its finalizers or grace period hold it, or undefined when it is gone. */
  delete(resource: GroupVersionResource, ref: ObjectRef, options?: DeleteOptions): Promise<KubeObject | undefined>;
  deleteCollection(resource: GroupVersionResource, list: ListOptions, options?: DeleteOptions): Promise<void>;
  /** A request to any path, for discovery, health and what has no resource. Answers the decoded JSON, or text of other types. */
  raw(method: string, path: string, options?: CallOptions & { readonly body?: unknown }): Promise<unknown>;
}
