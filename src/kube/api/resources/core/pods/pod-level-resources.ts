import { type ResourceList, setEntry } from '../../../values/mod.ts';
import { aggregateResources, type PodSpec } from '../pod-spec/mod.ts';
import { isHugePages, isPodLevelResource } from '../resource-names.ts';

/** Defaults of a pod's own resources, where it has some: what is not said follows from those of its containers. */
export function setPodLevelDefaults(spec: PodSpec): void {
  limitHugePages(spec);
  requestForPod(spec);
}

function isEmpty(list: ResourceList | undefined): boolean {
  return list === undefined || Object.keys(list).length === 0;
}

function limitHugePages(spec: PodSpec): void {
  const { resources } = spec;
  if (resources === undefined || (isEmpty(resources.limits) && isEmpty(resources.requests))) return;
  const limits = resources.limits ?? {};
  const together = aggregateResources(spec, 'limits');
  for (const name of Object.keys(together)) {
    if (!isHugePages(name) || Object.hasOwn(resources.requests ?? {}, name) || Object.hasOwn(limits, name)) continue;
    setEntry(limits, name, together[name] ?? '');
  }
  if (!isEmpty(limits)) resources.limits = limits;
}

function requestForPod(spec: PodSpec): void {
  const { resources } = spec;
  if (resources === undefined || isEmpty(resources.limits)) return;
  const requests = resources.requests ?? {};
  const together = aggregateResources(spec, 'requests');
  for (const name of Object.keys(together)) {
    if (!isHugePages(name) && isPodLevelResource(name) && !Object.hasOwn(requests, name))
      setEntry(requests, name, together[name] ?? '');
  }
  const { limits = {} } = resources;
  for (const name of Object.keys(limits)) {
    if (isPodLevelResource(name) && !Object.hasOwn(requests, name)) setEntry(requests, name, limits[name] ?? '');
  }
  if (!isEmpty(requests)) resources.requests = requests;
}
