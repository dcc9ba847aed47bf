import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { errorMessage, failpoint, HakoError } from '#base';
import { inNetworkNamespace } from '#system';
import {
  addAddress,
  changeBridgePort,
  changeLink,
  createVeth,
  deleteLink,
  findLink,
  linkByName,
  type NetlinkSocket,
  replaceRoute,
} from '#system/netlink';
import type { OpenNamespace } from '../netns/pool.ts';
import { writeSysctl } from '../netns/sysctl.ts';
import type { Attachment, EndpointRecord } from '../store/attachments.ts';
import { type Bridge, needsHairpin } from './bridges.ts';

/** Sysctls of the interface, with `IFNAME` in place of its name, as Docker writes them. */
const SYSCTLS_OPTION = 'com.docker.network.endpoint.sysctls';

export interface AttachOptions {
  netlink: NetlinkSocket;
  namespace: OpenNamespace;
  bridge: Bridge;
  endpoint: EndpointRecord;
  driverOptions: Record<string, string>;
}

/** Joins a namespace to a bridge as `endpoint` says; takes everything back where a step fails. */
export function attach(options: AttachOptions): void {
  const { netlink, namespace, bridge, endpoint } = options;
  try {
    createVeth(netlink, {
      name: endpoint.hostInterface,
      master: bridge.index,
      mtu: bridge.mtu,
      peer: { name: endpoint.interfaceName, mac: endpoint.macAddress, netnsFd: namespace.fd },
    });
    failpoint('network.attach.veth');
    if (bridge.isolatePorts) {
      changeBridgePort(netlink, linkByName(netlink, endpoint.hostInterface).index, { isolated: true });
    }
    configureInside(namespace, endpoint, options.driverOptions);
    // The end that was up first carries packets when the kernel's link watcher has seen the other one. Asking for it makes
    // that happen now (Linux 6.8); else the first packet may be lost, and ARP waits a second before it tries again.
    linkByName(netlink, endpoint.hostInterface);
    failpoint('network.attach.configured');
  } catch (error) {
    detach(netlink, endpoint.hostInterface);
    throw error;
  }
}

function configureInside(
  namespace: OpenNamespace,
  endpoint: EndpointRecord,
  driverOptions: Record<string, string>,
): void {
  const { interfaceName: name, ipv4Address, ipv6Address } = endpoint;
  const sysctls = driverOptions[SYSCTLS_OPTION] ?? '';
  if (ipv6Address !== '' || sysctls !== '') {
    inNetworkNamespace(namespace.fd, () => {
      if (ipv6Address !== '') writeSysctl(`net/ipv6/conf/${name}/disable_ipv6`, '0');
      setInterfaceSysctls(name, sysctls);
    });
  }
  const { index } = linkByName(namespace.netlink, name);
  const add = (address: string, prefixLength: number) =>
    addAddress(namespace.netlink, { linkIndex: index, address, prefixLength });
  if (ipv4Address !== '') add(ipv4Address, endpoint.ipv4PrefixLength);
  if (ipv6Address !== '') add(ipv6Address, endpoint.ipv6PrefixLength);
  changeLink(namespace.netlink, index, { isUp: true });
}

function setInterfaceSysctls(name: string, list: string): void {
  for (const assignment of list.split(',').filter(Boolean)) {
    const match = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh|input)\.IFNAME\.(\w+)=([\w -]+)$/.exec(assignment.trim());
    if (match === null) {
      const form = 'write net.ipv4.conf.IFNAME.log_martians=1, several with commas between';
      throw new HakoError('invalid', `${SYSCTLS_OPTION}: "${assignment}" cannot be used: ${form}`);
    }
    const [, family, kind, key, value = ''] = match;
    try {
      writeFileSync(`/proc/sys/net/${family}/${kind}/${name}/${key}`, value);
    } catch (error) {
      throw new HakoError('invalid', `${SYSCTLS_OPTION}: ${assignment}: ${errorMessage(error)}`, { cause: error });
    }
  }
}

/** Removes a pair by its end on the host; one that is gone is fine. */
export function detach(netlink: NetlinkSocket, hostInterface: string): void {
  const link = findLink(netlink, hostInterface);
  if (link !== undefined) deleteLink(netlink, link.index);
}

/**
 * Points the default routes of a namespace at the endpoint that has the highest priority among those that lead out,
 * for each family. The kernel drops a default route itself when its interface goes.
 */
export function setDefaultRoutes(namespace: OpenNamespace, candidates: readonly EndpointRecord[]): void {
  const routes = [
    { family: 4, destination: '0.0.0.0', via: candidates.find(({ ipv4Gateway }) => ipv4Gateway !== '') },
    { family: 6, destination: '::', via: candidates.find(({ ipv6Gateway }) => ipv6Gateway !== '') },
  ] as const;
  for (const { family, destination, via } of routes) {
    if (via === undefined) continue;
    const gateway = family === 4 ? via.ipv4Gateway : via.ipv6Gateway;
    const { index } = linkByName(namespace.netlink, via.interfaceName);
    replaceRoute(namespace.netlink, { family, destination, prefixLength: 0, gateway, linkIndex: index });
  }
}

/** The hardware address of an endpoint: made from its IPv4 address, so that a reused address keeps its neighbours' caches right. */
export function endpointMac(ipv4Address: string, endpointId: string): string {
  const tail =
    ipv4Address === ''
      ? createHash('sha256').update(endpointId).digest().subarray(0, 4)
      : Buffer.from(ipv4Address.split('.').map(Number));
  return ['02', '42', ...(tail.toString('hex').match(/../g) ?? [])].join(':');
}

/** Lets a container with published ports reach itself by an address of the host, where that takes a port option. */
export function allowHairpin({ netlink }: { netlink: NetlinkSocket }, { endpoints, ports }: Attachment): void {
  if (ports.length === 0 || !needsHairpin()) return;
  for (const { hostInterface } of endpoints.values()) {
    const link = hostInterface === '' ? undefined : findLink(netlink, hostInterface);
    if (link !== undefined) changeBridgePort(netlink, link.index, { hairpin: true });
  }
}
