import type { EncryptionRule } from './configuration.ts';

/** Below it stands all that belongs to Kubernetes. */
const ROOT = '/registry/';

/** Resources whose keys do not begin with their plural name. */
const SPECIAL_PLACES: Record<string, string> = {
  nodes: 'minions',
  services: 'services/specs',
  endpoints: 'services/endpoints',
  replicationcontrollers: 'controllers',
  'ingresses.networking.k8s.io': 'ingress',
};

/**
 * Says which rule counts for a key: the index of the first that names its resource, or -1. `secrets` stand below
 * /registry/secrets/, custom resources below /registry/GROUP/PLURAL/; `deployments.apps` is looked for in both places, as built-in
 * kinds have no group in their keys. Of wildcards, `*.example.com` means the custom resources of the group; `*.` and `*.*` mean all
 * keys, since a key does not tell whether a built-in kind has a group: what they would leave plain is encrypted too.
 */
export function ruleMatcher(rules: readonly EncryptionRule[]): (key: string) => number {
  const prefixes = rules.flatMap(({ resources }, index) =>
    resources.flatMap((resource) => prefixesOf(resource).map((prefix) => ({ prefix, index }))),
  );
  return (key) => prefixes.find(({ prefix }) => key.startsWith(prefix))?.index ?? -1;
}

function prefixesOf(resource: string): string[] {
  const place = Object.hasOwn(SPECIAL_PLACES, resource) ? SPECIAL_PLACES[resource] : undefined;
  if (place !== undefined) return [`${ROOT}${place}/`];
  const dot = resource.indexOf('.');
  if (dot < 0) return [`${ROOT}${resource}/`];
  const [plural, group] = [resource.slice(0, dot), resource.slice(dot + 1)];
  if (plural === '*') return group === '*' || group === '' ? [ROOT] : [`${ROOT}${group}/`];
  return [`${ROOT}${group}/${plural}/`, `${ROOT}${plural}/`];
}
