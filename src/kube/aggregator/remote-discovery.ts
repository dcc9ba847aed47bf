import type { Verb } from '#kube/api';
import type { ApiGroupDiscovery, ApiResourceDiscovery } from '#kube/api/discovery';

interface RemoteResource {
  name?: string;
  singularName?: string;
  namespaced?: boolean;
  group?: string;
  version?: string;
  kind?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
}

/** What another server says it serves in a group version (APIResourceList), in the form of aggregated discovery. */
export function discoveryOf(group: string, version: string, document: unknown): ApiGroupDiscovery {
  const { kind, resources = [] } = (document ?? {}) as { kind?: string; resources?: RemoteResource[] };
  if (kind !== 'APIResourceList' || !Array.isArray(resources))
    throw new Error(`/apis/${group}/${version} is no APIResourceList`);
  const own = resources.filter(({ name = '' }) => name !== '' && !name.includes('/'));
  return {
    metadata: { name: group, creationTimestamp: null },
    versions: [
      {
        version,
        freshness: 'Current',
        resources: own.map((resource) => resourceOf(resource, resources, group, version)),
      },
    ],
  };
}

function resourceOf(
  resource: RemoteResource,
  all: readonly RemoteResource[],
  group: string,
  version: string,
): ApiResourceDiscovery {
  const { name = '', singularName = '', namespaced, verbs = [], shortNames, categories } = resource;
  const below = all.filter((one) => one.name?.startsWith(`${name}/`) === true);
  return {
    resource: name,
    responseKind: kindOf(resource, group, version),
    scope: namespaced === true ? 'Namespaced' : 'Cluster',
    singularResource: singularName,
    verbs: verbs as Verb[],
    ...(shortNames === undefined ? {} : { shortNames }),
    ...(categories === undefined ? {} : { categories }),
    ...(below.length === 0
      ? {}
      : {
          subresources: below.map((one) => ({
            subresource: one.name?.slice(name.length + 1) ?? '',
            responseKind: kindOf(one, group, version),
            verbs: (one.verbs ?? []) as Verb[],
          })),
        }),
  };
}

function kindOf(resource: RemoteResource, group: string, version: string) {
  return { group: resource.group || group, version: resource.version || version, kind: resource.kind ?? '' };
}
