import type { ResourceDefinition } from '../resource.ts';

/** Built-in groups in the order in which upstream's aggregator lists them; all others follow by name. */
const GROUPS = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'resource.k8s.io',
  'storagemigration.k8s.io',
];

/** Groups as clients are to see them: kubectl takes the first one that has a resource of a name. */
export function compareGroups(a: string, b: string): number {
  return rank(a) - rank(b) || compareText(a, b);
}

function rank(group: string): number {
  const place = GROUPS.indexOf(group);
  return place < 0 ? GROUPS.length : place;
}

/**
 * Versions, the preferred one first: v2 before v1 before v1beta2 before v1beta1 before v1alpha1, and then whatever
 * doesn't look like a version of Kubernetes, by name.
 */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === undefined || right === undefined) {
    if (left === right) return compareText(a, b);
    return left === undefined ? 1 : -1;
  }
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

function parseVersion(name: string): { major: number; stability: number; minor: number } | undefined {
  const [, major, stage = 'ga', minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name) ?? [];
  if (major === undefined) return undefined;
  return { major: Number(major), stability: ['alpha', 'beta', 'ga'].indexOf(stage), minor: Number(minor) };
}

/** Code point order, as Go sorts strings. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The groups that rows serve, in order, each with its versions, in order. */
export function groupsOf(rows: readonly ResourceDefinition[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const { group, versions } of rows) {
    const known = found.get(group) ?? new Set();
    for (const { name } of versions) known.add(name);
    found.set(group, known);
  }
  const sorted = [...found].sort(([a], [b]) => compareGroups(a, b));
  return new Map(sorted.map(([group, versions]) => [group, [...versions].sort(compareVersions)]));
}

/** The rows of one version of one group, by plural name. */
export function servedResources(
  rows: readonly ResourceDefinition[],
  group: string,
  version: string,
): ResourceDefinition[] {
  return rows
    .filter((row) => row.group === group && row.versions.some(({ name }) => name === version))
    .sort((a, b) => compareText(a.plural, b.plural));
}
