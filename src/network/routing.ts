import type { NetworkContext } from './context.ts';
import type { Attachment, EndpointRecord } from './store/attachments.ts';

/**
 * The endpoints of a container through which it can leave, best first: by gateway priority, then by network name.
 * The first has the default route, and published ports lead to it.
 */
export function leadingEndpoints(context: NetworkContext, { endpoints }: Attachment): EndpointRecord[] {
  const leading = [...endpoints.values()].filter(({ networkId }) => {
    const network = context.networks.byId(networkId);
    return network?.driver === 'bridge' && !network.internal;
  });
  return leading.sort(
    (a, b) =>
      b.gatewayPriority - a.gatewayPriority ||
      (a.networkName < b.networkName ? -1 : Number(a.networkName > b.networkName)),
  );
}
