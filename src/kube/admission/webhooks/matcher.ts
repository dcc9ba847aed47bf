import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import type { AdmissionAttributes } from '../contract.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';
import { type MatchedResource, matchRules } from '../matching/rules.ts';
import { matchesNamespace, matchesObject, namespaceOf } from '../matching/selectors.ts';
import type { Hook } from './hook.ts';

/** What matching stands on. */
export interface MatcherOptions {
  readonly objects: Objects;
  readonly client: Client;
  readonly types: ResourceTypes;
}

/** What configures admission is not itself admitted by what it configures: a mistake could never be mended. */
export function isExempt({ resource }: AdmissionAttributes): boolean {
  return resource.group === 'admissionregistration.k8s.io';
}

/** As what a webhook wants to be asked about a request; undefined: it doesn't. */
export async function matchHook(
  { webhook, namespaces, objects: objectMatcher }: Hook,
  attributes: AdmissionAttributes,
  { objects, client, types }: MatcherOptions,
): Promise<MatchedResource | undefined> {
  const matched = matchRules(webhook.rules ?? [], webhook.matchPolicy, attributes, types);
  if (matched === undefined || !matchesObject(objectMatcher, attributes)) return undefined;
  if ((namespaces?.length ?? 0) === 0) return matched;
  return matchesNamespace(namespaces, await namespaceOf(attributes, objects, client)) ? matched : undefined;
}
