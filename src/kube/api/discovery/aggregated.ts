import type { GroupVersionKind } from '../object.ts';
import type { ResourceDefinition, Verb } from '../resource.ts';
import { groupsOf, servedResources } from './order.ts';
import { sortedSubresources, sortVerbs } from './resource-list.ts';

/** The versions of `apidiscovery.k8s.io` that clients ask for; they are the same but for the name. */
export type DiscoveryVersion = 'v2' | 'v2beta1';

/** One group with everything it serves (`apidiscovery.k8s.io`). */
export interface ApiGroupDiscovery {
  /** No name for the core group. */
  readonly metadata: { readonly name?: string; readonly creationTimestamp: null };
  readonly versions: readonly ApiVersionDiscovery[];
}

/** `APIVersionDiscovery`. */
export interface ApiVersionDiscovery {
  readonly version: string;
  readonly resources: readonly ApiResourceDiscovery[];
  /** Stale: the server behind it could not be asked. */
  readonly freshness: 'Current' | 'Stale';
}

/** `APIResourceDiscovery`. */
export interface ApiResourceDiscovery {
  readonly resource: string;
  readonly responseKind: GroupVersionKind;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly singularResource: string;
  readonly verbs: readonly Verb[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources?: readonly ApiSubresourceDiscovery[];
}

/** `APISubresourceDiscovery`. */
export interface ApiSubresourceDiscovery {
  readonly subresource: string;
  readonly responseKind: GroupVersionKind;
  readonly verbs: readonly Verb[];
}

/**
 * The body of `/api` (`root: 'api'`, the core group) or `/apis` (all others) for clients that take it all at once.
 * `more` are groups of other servers, which come last.
 */
export function aggregatedDiscovery(
  rows: readonly ResourceDefinition[],
  root: 'api' | 'apis',
  version: DiscoveryVersion = 'v2',
  more: readonly ApiGroupDiscovery[] = [],
): object {
  const items = groupDiscoveries(rows.filter(({ group }) => (group === '') === (root === 'api')));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...items, ...more],
  };
}

/** The groups of the rows, in order. */
export function groupDiscoveries(rows: readonly ResourceDefinition[]): ApiGroupDiscovery[] {
  return [...groupsOf(rows)].map(([group, versions]) => ({
    metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
    versions: versions.map((version) => ({
      version,
      resources: servedResources(rows, group, version).map((row) => resourceDiscovery(row, version)),
      freshness: 'Current',
    })),
  }));
}

function resourceDiscovery(row: ResourceDefinition, version: string): ApiResourceDiscovery {
  const own = { group: row.group, version, kind: row.kind };
  const subresources = sortedSubresources(row, version).map(([subresource, { body, verbs }]) => ({
    subresource,
    responseKind: body ?? own,
    verbs: sortVerbs(verbs),
  }));
  return {
    resource: row.plural,
    responseKind: own,
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: row.singular,
    verbs: sortVerbs(row.verbs),
    ...(row.shortNames === undefined ? {} : { shortNames: row.shortNames }),
    ...(row.categories === undefined ? {} : { categories: row.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
