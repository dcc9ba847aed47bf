import type { GroupResource, KubeObject, Shared } from '#kube/api';
import type { ScopedResourceSelectorRequirement } from '#kube/api/resources';
import type { ResourceList } from '#kube/api/values';
import type { AdmissionAttributes } from '../contract.ts';
import { claimEvaluator } from './evaluators/claims.ts';
import { countEvaluator } from './evaluators/counts.ts';
import { podEvaluator } from './evaluators/pods.ts';
import { resourceClaimEvaluator } from './evaluators/resource-claims.ts';
import { serviceEvaluator } from './evaluators/services.ts';

/** How the objects of one resource are counted. The quota controller counts by the same ones. */
export interface QuotaEvaluator {
  /** Is this write one that may use more? */
  handles(attributes: AdmissionAttributes): boolean;
  /** Does a quota of this name count objects of this resource? */
  counts(name: string): boolean;
  /** What an object uses. */
  usage(object: Shared<KubeObject>): ResourceList;
  /** Is the object within a scope? Absent: no scope has such objects. */
  inScope?(scope: Shared<ScopedResourceSelectorRequirement>, object: Shared<KubeObject>): boolean;
  /** What an object has to say about resources that a quota counts; undefined: nothing is missing. */
  missing?(names: readonly string[], object: Shared<KubeObject>): string | undefined;
}

const SPECIAL: ReadonlyMap<string, QuotaEvaluator> = new Map([
  ['pods', podEvaluator],
  ['services', serviceEvaluator],
  ['persistentvolumeclaims', claimEvaluator],
  ['resourceclaims.resource.k8s.io', resourceClaimEvaluator],
]);

/** Questions and notes: none of them is kept, or counts. */
const IGNORED: ReadonlySet<string> = new Set([
  'bindings',
  'events',
  'events.events.k8s.io',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
]);

/** How the objects of a resource are counted; undefined: they never are. */
export function quotaEvaluator({ group, resource }: GroupResource): QuotaEvaluator | undefined {
  const name = group === '' ? resource : `${resource}.${group}`;
  if (IGNORED.has(name)) return undefined;
  return SPECIAL.get(name) ?? countEvaluator(name);
}
