import { deleteFlow, flowsToPort, listAddresses, type NetlinkSocket } from '#system/netlink';
import { PROTOCOL_NUMBERS } from '../firewall/element.ts';

/**
 * Datagrams of a flow go where its first one went, however long ago that was. When a UDP port is published or taken back,
 * flows to this host's port that do not lead to `target` (empty: to none) are forgotten, so that they follow the rules.
 */
export function redirectFlows(
  sockets: { netfilter: NetlinkSocket; route: NetlinkSocket },
  { hostPort, targets }: { hostPort: number; targets: readonly string[] },
): void {
  const flows = flowsToPort(sockets.netfilter, PROTOCOL_NUMBERS.udp, hostPort).filter(
    ({ answerer }) => !targets.includes(answerer),
  );
  if (flows.length === 0) return;
  const local = new Set(listAddresses(sockets.route).map(({ address }) => address));
  for (const flow of flows) if (local.has(flow.destination)) deleteFlow(sockets.netfilter, flow);
}
