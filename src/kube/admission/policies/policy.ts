import { type KubeObject, type LabelMatcher, type LabelSelector, labelMatcher, type Shared } from '#kube/api';
import type { AdmissionPolicy, MatchResources, PolicyBinding, PolicySpec } from '#kube/api/resources';
import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import type { PolicyProgram } from '../cel/policy-program.ts';
import type { AdmissionAttributes } from '../contract.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';
import { type MatchedResource, matchRules } from '../matching/rules.ts';
import { matchesNamespace, matchesObject, namespaceOf } from '../matching/selectors.ts';

/** Which requests something is about, ready to be matched. */
export interface Scope {
  readonly resources: Shared<MatchResources> | undefined;
  readonly namespaces: LabelMatcher | undefined;
  readonly objects: LabelMatcher | undefined;
}

/** A policy of either kind. */
export interface Policy {
  readonly name: string;
  readonly spec: Shared<PolicySpec>;
  readonly scope: Scope;
  /** Its expressions; made when it is first needed. */
  program: PolicyProgram | undefined;
}

/** What puts a policy to work. */
export interface Binding {
  readonly name: string;
  readonly spec: Shared<PolicyBinding['spec']>;
  readonly scope: Scope;
}

function scopeOf(resources: Shared<MatchResources> | undefined): Scope {
  return {
    resources,
    namespaces: labelMatcher(resources?.namespaceSelector as LabelSelector | undefined),
    objects: labelMatcher(resources?.objectSelector as LabelSelector | undefined),
  };
}

/** A policy as it was read, ready to be asked whether requests are its business. Its program is made when it is first wanted. */
export function policyOf(object: Shared<KubeObject>): Policy {
  const { metadata, spec } = object as Shared<AdmissionPolicy>;
  return { name: metadata.name ?? '', spec, scope: scopeOf(spec.matchConstraints), program: undefined };
}

/** A binding of a policy as it was read. */
export function bindingOf(object: Shared<KubeObject>): Binding {
  const { metadata, spec } = object as Shared<PolicyBinding>;
  return { name: metadata.name ?? '', spec, scope: scopeOf(spec.matchResources) };
}

/** As what a request is within a scope; undefined: it isn't. A binding without rules narrows no resources down. */
export async function matchScope(
  { resources, namespaces, objects: objectMatcher }: Scope,
  attributes: AdmissionAttributes,
  { objects, client, types }: { readonly objects: Objects; readonly client: Client; readonly types: ResourceTypes },
): Promise<MatchedResource | undefined> {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = resources ?? {};
  const own: MatchedResource = { resource: attributes.resource, kind: attributes.kind };
  if (excludeResourceRules.length > 0 && matchRules(excludeResourceRules, matchPolicy, attributes, types))
    return undefined;
  const matched = resourceRules.length === 0 ? own : matchRules(resourceRules, matchPolicy, attributes, types);
  if (matched === undefined || !matchesObject(objectMatcher, attributes)) return undefined;
  if ((namespaces?.length ?? 0) === 0) return matched;
  return matchesNamespace(namespaces, await namespaceOf(attributes, objects, client)) ? matched : undefined;
}
