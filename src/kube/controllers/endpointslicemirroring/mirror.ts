import type { Shared } from '#kube/api';
import type { EndpointAddress, Endpoints } from '../endpoints/mod.ts';
import { type EndpointGroup, familyOf } from '../endpointslice/mod.ts';

/** Addresses of one subset that are mirrored. */
const MAX_ADDRESSES = 1000;

/** The endpoints that somebody wrote by hand, as slices have them. */
export function mirroredGroups({ subsets = [] }: Shared<Endpoints>): EndpointGroup[] {
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const all = [
      ...addresses.map((address) => ({ address, ready: true })),
      ...notReadyAddresses.map((address) => ({ address, ready: false })),
    ].slice(0, MAX_ADDRESSES);
    const families = Map.groupBy(all, ({ address }) => familyOf(address.ip));
    return [...families].map(([addressType, members]) => ({
      addressType,
      ports: ports.map((port) => ({ ...port })),
      endpoints: members.map(({ address, ready }) => endpointOf(address, ready)),
    }));
  });
}

function endpointOf({ ip, hostname, nodeName, targetRef }: Shared<EndpointAddress>, ready: boolean) {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef: { ...targetRef } }),
  };
}
