import type { Shared } from '#kube/api';
import type { Pod } from '../common/mod.ts';
import { type EndpointGroup, keyOfGroup } from './plan.ts';
import { podEndpoint } from './pod-endpoints.ts';
import type { Endpoint, EndpointPort, Service } from './types.ts';

/** Tells whose endpoints a slice has. */
export const SERVICE_NAME = 'kubernetes.io/service-name';
/** Tells who keeps a slice: others leave it alone. */
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const HEADLESS = 'service.kubernetes.io/headless';

/** The endpoints that a service is to have, by family and ports: at least one group a family. */
export function desiredGroups(
  service: Shared<Service>,
  pods: readonly Shared<Pod>[],
  zoneOf: (node: string) => string | undefined,
): EndpointGroup[] {
  return (service.spec?.ipFamilies ?? ['IPv4']).flatMap((family) => groupsOf(service, pods, family, zoneOf));
}

function groupsOf(
  service: Shared<Service>,
  pods: readonly Shared<Pod>[],
  addressType: string,
  zoneOf: (node: string) => string | undefined,
): EndpointGroup[] {
  const groups = new Map<string, { addressType: string; ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const found = podEndpoint(service, pod, addressType, zoneOf(pod.spec?.nodeName ?? ''));
    if (found === undefined) continue;
    const key = keyOfGroup(addressType, found.ports);
    const group = groups.get(key) ?? { addressType, ports: found.ports, endpoints: [] };
    group.endpoints.push(found.endpoint);
    groups.set(key, group);
  }
  return groups.size > 0 ? [...groups.values()] : [{ addressType, ports: [], endpoints: [] }];
}

/** The labels of a service's slices: its own, and those by which they are found. */
export function sliceLabels({ metadata, spec }: Shared<Service>, manager: string): Record<string, string> {
  const { [HEADLESS]: _, ...labels } = metadata.labels ?? {};
  return {
    ...labels,
    [SERVICE_NAME]: metadata.name ?? '',
    [MANAGED_BY]: manager,
    ...(spec?.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
  };
}
