import type { GroupVersionKind, GroupVersionResource, Shared } from '#kube/api';
import type { AdmissionRule } from '#kube/api/resources';
import type { AdmissionAttributes } from '../contract.ts';
import type { ResourceTypes } from './resource-types.ts';

/** As what somebody is asked about a request: its own resource and kind, or an equivalent version that the rules name. */
export interface MatchedResource {
  readonly resource: GroupVersionResource;
  readonly kind: GroupVersionKind;
}

type Rules = readonly Shared<AdmissionRule>[];

/** As what a request matches the rules; undefined: it doesn't. `Equivalent` takes other versions of the resource for it too. */
export function matchRules(
  rules: Rules,
  matchPolicy: string | undefined,
  attributes: AdmissionAttributes,
  types: ResourceTypes,
): MatchedResource | undefined {
  const { resource, kind } = attributes;
  if (rules.some((rule) => matchesRule(rule, resource.version, attributes))) return { resource, kind };
  if (matchPolicy === 'Exact' || !rules.some((rule) => matchesRule(rule, undefined, attributes))) return undefined;
  for (const other of types.versionsOf(resource)) {
    if (other.version === resource.version) continue;
    if (rules.some((rule) => matchesRule(rule, other.version, attributes))) {
      // The body of a subresource may be of another kind, which has its own versions.
      const isOwnKind = kind.kind === other.kind && kind.group === resource.group;
      return { resource: { ...resource, version: other.version }, kind: isOwnKind ? other : kind };
    }
  }
  return undefined;
}

/** Does a rule name this request, in a version (undefined: in any)? */
function matchesRule(
  rule: Shared<AdmissionRule>,
  version: string | undefined,
  attributes: AdmissionAttributes,
): boolean {
  return (
    includes(rule.operations, attributes.operation) &&
    includes(rule.apiGroups, attributes.resource.group) &&
    (version === undefined || includes(rule.apiVersions, version)) &&
    matchesScope(rule.scope, attributes) &&
    (rule.resources ?? []).some((pattern) => matchesResource(pattern, attributes)) &&
    matchesName(rule.resourceNames, attributes)
  );
}

function includes(names: readonly string[] | undefined, name: string): boolean {
  return names?.some((one) => one === '*' || one === name) === true;
}

function matchesScope(scope: string | undefined, { namespace, resource }: AdmissionAttributes): boolean {
  if (scope === undefined || scope === '*') return true;
  const isNamespaced = namespace !== '' && !(resource.group === '' && resource.resource === 'namespaces');
  return (scope === 'Namespaced') === isNamespaced;
}

/** `pods`, `pods/status`, `pods/*` (the pods too), `*` (no subresources), `*` with a part, and all of all. */
function matchesResource(pattern: string, { resource, subresource }: AdmissionAttributes): boolean {
  const slash = pattern.indexOf('/');
  const whole = slash < 0 ? pattern : pattern.slice(0, slash);
  const part = slash < 0 ? '' : pattern.slice(slash + 1);
  return (whole === '*' || whole === resource.resource) && (part === '*' || part === subresource);
}

function matchesName(names: readonly string[] | undefined, { name }: AdmissionAttributes): boolean {
  return names === undefined || names.length === 0 || names.includes(name);
}
