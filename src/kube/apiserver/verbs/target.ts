import type { GroupResource, GroupVersionKind, HookContext } from '#kube/api';
import type { ApiRequest } from '../request.ts';
import type { Endpoint, ResourceCatalog } from '../resources/catalog.ts';
import type { ObjectStore } from '../store/mod.ts';
import type { Machinery } from './machinery.ts';

/** What a verb works on: an endpoint, the objects behind it, and the call. */
export interface Target {
  readonly machinery: Machinery;
  readonly endpoint: Endpoint;
  readonly store: ObjectStore;
  readonly request: ApiRequest;
  readonly namespace: string;
  /** '' for the collection. */
  readonly name: string;
  readonly subresource: string;
}

/** For errors: which resource. */
export function resourceOf({ endpoint: { row } }: Target): GroupResource {
  return { group: row.group, resource: row.plural };
}

/** What the hooks of the kind may want to know. */
export function contextOf({ machinery, request }: Target): HookContext {
  return { nowMs: machinery.nowMs(), user: request.user, warn: request.warn };
}

/** The type of the endpoint's objects. */
export function kindOf({ row, version }: Endpoint): GroupVersionKind {
  return { group: row.group, version: version.name, kind: row.kind };
}

export type { ResourceCatalog };
