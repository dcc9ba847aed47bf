import { canonicalizeResourceList, setEntry } from '../../../values/mod.ts';
import { type Container, type PodSpec, setHostPorts, setPodSpecDefaults } from '../pod-spec/mod.ts';
import { setPodLevelDefaults } from './pod-level-resources.ts';
import type { ContainerStatus, Pod, PodStatus } from './types.ts';

/** The defaults of a pod: those of its spec, and some that templates don't have. */
export function setPodDefaults(pod: Pod): void {
  pod.spec ??= {};
  const { spec } = pod;
  setPodSpecDefaults(spec);
  for (const container of spec.containers ?? []) requestLimits(container);
  for (const container of spec.initContainers ?? []) requestLimits(container);
  if (spec.resources !== undefined) setPodLevelDefaults(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) setHostPorts(spec);
  if (pod.status !== undefined) setStatusDefaults(pod.status);
}

/** Who sets a limit and no request asks for the limit. */
function requestLimits({ resources }: Container): void {
  const { limits } = resources ?? {};
  if (resources === undefined || limits === undefined) return;
  resources.requests ??= {};
  for (const name of Object.keys(limits)) {
    if (!Object.hasOwn(resources.requests, name)) setEntry(resources.requests, name, limits[name] ?? '');
  }
}

/** The address stands in two fields, for the sake of old clients: where these differ, the old field is right. */
function setStatusDefaults(status: PodStatus): void {
  const { podIP = '', podIPs = [] } = status;
  const first = podIPs[0]?.ip;
  if (podIP !== '' && podIP !== first) status.podIPs = [{ ip: podIP }];
  else if (podIP === '' && first !== undefined) status.podIP = first;
  canonicalizeStatuses(status.containerStatuses);
  canonicalizeStatuses(status.initContainerStatuses);
}

function canonicalizeStatuses(containers: readonly ContainerStatus[] | undefined): void {
  for (const { resources, allocatedResources } of containers ?? []) {
    canonicalizeResourceList(resources?.limits);
    canonicalizeResourceList(resources?.requests);
    canonicalizeResourceList(allocatedResources);
  }
}

/** All containers of a spec, of whatever sort. */
export function allContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}
