import { parseQuantity, type ResourceList } from '../../../values/mod.ts';
import type { Container, PodSpec } from '../pod-spec/mod.ts';

/** How hard a pod is to evict, from what its containers ask for and are limited to. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const COMPUTE = ['cpu', 'memory'];

/** The class of a spec whose defaults are set. Pod-level resources, where they are set, count instead of the containers'. */
export function qosClassOf(spec: PodSpec): QosClass {
  const own = spec.resources;
  const isOwn = own !== undefined && (hasAny(own.requests) || hasAny(own.limits));
  const counted: readonly Pick<Container, 'resources'>[] = isOwn
    ? [{ resources: own }]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  let isBestEffort = true;
  let isGuaranteed = true;
  for (const { resources } of counted) {
    if (hasAny(resources?.requests) || hasAny(resources?.limits)) isBestEffort = false;
    if (isGuaranteed && !isFullyLimited(resources?.requests, resources?.limits)) isGuaranteed = false;
  }
  if (isBestEffort) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function amount(list: ResourceList | undefined, name: string): bigint {
  if (list === undefined || !Object.hasOwn(list, name)) return 0n;
  return parseQuantity(list[name] ?? '')?.nanos ?? 0n;
}

function hasAny(list: ResourceList | undefined): boolean {
  return list !== undefined && COMPUTE.some((name) => amount(list, name) > 0n);
}

function isFullyLimited(requests: ResourceList | undefined, limits: ResourceList | undefined): boolean {
  return COMPUTE.every((name) => {
    const limit = amount(limits, name);
    const request = amount(requests, name);
    return limit > 0n && (request === 0n || request === limit);
  });
}
