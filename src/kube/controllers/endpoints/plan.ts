import type { Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { isReady, isTerminating, type Pod } from '../common/mod.ts';
import {
  addressesOf,
  type EndpointPort,
  familyOf,
  HEADLESS,
  hostnameFor,
  isServing,
  portsOf,
  type Service,
} from '../endpointslice/mod.ts';
import type { EndpointAddress, EndpointSubset, Endpoints } from './types.ts';

/** Tells that these are made from pods: they are not mirrored. */
export const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
/** Addresses in one object; Endpoints with more say that they were cut. */
const MAX_ADDRESSES = 1000;

/** What the Endpoints of a service are to hold; undefined when they do. Pure. */
export function planEndpoints(
  service: Shared<Service>,
  pods: readonly Shared<Pod>[],
  current: Shared<Endpoints> | undefined,
): Pick<Endpoints, 'metadata' | 'subsets'> | undefined {
  const { subsets, cut } = capped(subsetsOf(service, pods));
  const { [HEADLESS]: _, ...inherited } = service.metadata.labels ?? {};
  const labels = {
    ...inherited,
    [MANAGED_BY]: MANAGER,
    ...(service.spec?.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
  };
  const { [OVER_CAPACITY]: __, ...others } = current?.metadata.annotations ?? {};
  const annotations = cut ? { ...others, [OVER_CAPACITY]: 'truncated' } : others;
  const same =
    current !== undefined &&
    semanticEqual(current.subsets, subsets) &&
    semanticEqual(current.metadata.labels, labels) &&
    semanticEqual(current.metadata.annotations, annotations);
  return same ? undefined : { metadata: { labels, annotations }, subsets };
}

function subsetsOf(service: Shared<Service>, pods: readonly Shared<Pod>[]): EndpointSubset[] {
  const family = service.spec?.ipFamilies?.[0] ?? 'IPv4';
  const subsets = new Map<string, Required<EndpointSubset>>();
  for (const pod of pods) {
    const ip = addressesOf(pod).find((address) => familyOf(address) === family);
    if (ip === undefined || !isServing(pod) || isTerminating(pod)) continue;
    const ports = portsOf(service, pod);
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue;
    const key = JSON.stringify(ports);
    const subset = subsets.get(key) ?? { addresses: [], notReadyAddresses: [], ports };
    subsets.set(key, subset);
    const ready = service.spec?.publishNotReadyAddresses === true || isReady(pod);
    (ready ? subset.addresses : subset.notReadyAddresses).push(addressOf(service, pod, ip));
  }
  return [...subsets.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subset]) => tidy(subset));
}

function addressOf(service: Shared<Service>, pod: Shared<Pod>, ip: string): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = hostnameFor(service, pod);
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...((pod.spec?.nodeName ?? '') === '' ? {} : { nodeName: pod.spec?.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** In an order that does not change, without empty lists. */
function tidy({ addresses, notReadyAddresses, ports }: Required<EndpointSubset>): EndpointSubset {
  const sorted = (list: EndpointAddress[]) => list.sort((a, b) => (a.ip < b.ip ? -1 : 1));
  return {
    ...(addresses.length === 0 ? {} : { addresses: sorted(addresses) }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses: sorted(notReadyAddresses) }),
    ...(ports.length === 0 ? {} : { ports: ports.map(withoutEmptyName) }),
  };
}

/** Here, other than in slices, a port without a name has no such field. */
function withoutEmptyName({ name, ...port }: EndpointPort): EndpointPort {
  return (name ?? '') === '' ? port : { name, ...port };
}

/** Ready addresses go before those that aren't. */
function capped(subsets: readonly EndpointSubset[]): { subsets: EndpointSubset[]; cut: boolean } {
  const count = (field: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[field]?.length ?? 0), 0);
  if (count('addresses') + count('notReadyAddresses') <= MAX_ADDRESSES) return { subsets: [...subsets], cut: false };
  let ready = MAX_ADDRESSES;
  let notReady = Math.max(0, MAX_ADDRESSES - count('addresses'));
  const kept = subsets.map((subset): EndpointSubset => {
    const addresses = (subset.addresses ?? []).slice(0, ready);
    const notReadyAddresses = (subset.notReadyAddresses ?? []).slice(0, notReady);
    ready -= addresses.length;
    notReady -= notReadyAddresses.length;
    return tidy({ addresses, notReadyAddresses, ports: subset.ports ?? [] });
  });
  return { subsets: kept.filter((subset) => subset.addresses ?? subset.notReadyAddresses), cut: true };
}
