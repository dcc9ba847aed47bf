import type { Shared } from '#kube/api';
import type { Container, LimitRange, Pod } from '#kube/api/resources';
import { type ResourceList, setEntry } from '#kube/api/values';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Gives each container the default requests and limits that it doesn't have, and says so in an annotation. */
export function setContainerDefaults(pod: Pod, range: Shared<LimitRange>): void {
  const requests: ResourceList = Object.create(null) as ResourceList;
  const limits: ResourceList = Object.create(null) as ResourceList;
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    Object.assign(requests, item.defaultRequest);
    Object.assign(limits, item.default);
  }
  const set = [
    ...(pod.spec.containers ?? []).flatMap((one) => fill(one, requests, limits, 'container')),
    ...(pod.spec.initContainers ?? []).flatMap((one) => fill(one, requests, limits, 'init container')),
  ];
  if (set.length === 0) return;
  pod.metadata.annotations ??= {};
  pod.metadata.annotations[ANNOTATION] = `LimitRanger plugin set: ${set.join('; ')}`;
}

function fill(container: Container, requests: ResourceList, limits: ResourceList, word: string): string[] {
  container.resources ??= {};
  const { resources } = container;
  resources.limits ??= {};
  resources.requests ??= {};
  const setLimits = fillIn(resources.limits, limits);
  const setRequests = fillIn(resources.requests, requests);
  if (Object.keys(resources.limits).length === 0) delete resources.limits;
  if (Object.keys(resources.requests).length === 0) delete resources.requests;
  return [
    ...(setRequests.length === 0 ? [] : [`${setRequests.join(', ')} request for ${word} ${container.name}`]),
    ...(setLimits.length === 0 ? [] : [`${setLimits.join(', ')} limit for ${word} ${container.name}`]),
  ];
}

function fillIn(list: ResourceList, defaults: ResourceList): string[] {
  const missing = Object.keys(defaults).filter((name) => !Object.hasOwn(list, name));
  for (const name of missing) setEntry(list, name, defaults[name] ?? '');
  return missing.sort();
}
