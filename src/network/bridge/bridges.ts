import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { failpoint, HakoError } from '#base';
import {
  addAddress,
  changeLink,
  createBridge,
  deleteLink,
  findLink,
  type Link,
  listLinks,
  listRoutes,
  type NetlinkSocket,
} from '#system/netlink';
import { interfaceElement, type RuleElement, subnetElement, togetherElement } from '../firewall/element.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { formatAddress, parseAddress, parseCidr } from '../ip/address.ts';
import type { HostNames } from '../names.ts';
import { readSysctl, writeSysctl } from '../netns/sysctl.ts';
import type { NetworkRecord } from '../store/networks.ts';
import type { HostSettings } from './host-settings.ts';
import { readBridgeOptions } from './options.ts';

/** A network's bridge in the kernel. */
export interface Bridge {
  index: number;
  mtu: number;
  /** Ports must be isolated from each other, because no rule can keep bridged packets apart here. */
  isolatePorts: boolean;
}

export interface BridgeDependencies {
  names: HostNames;
  netlink: NetlinkSocket;
  firewall: Firewall;
  hostSettings: HostSettings;
}

const STANDARD_MTU = 1500;

/** Makes and removes the bridges of networks. Making is idempotent: it completes what it finds. */
export class Bridges {
  readonly #dependencies: BridgeDependencies;
  readonly #known = new Map<string, Bridge>();

  constructor(dependencies: BridgeDependencies) {
    this.#dependencies = dependencies;
  }

  /** The bridge of a network, made where it is missing. Its rules are there before it carries packets. */
  async ensure(network: NetworkRecord): Promise<Bridge> {
    const { firewall } = this.#dependencies;
    const known = this.#known.get(network.id);
    if (known === undefined) firewall.change({ add: bridgeElements(network) });
    await firewall.ensure();
    return known ?? this.#make(network);
  }

  /** Forgets what is known of a bridge, because the kernel says otherwise. */
  forget(networkId: string): void {
    this.#known.delete(networkId);
  }

  has(networkId: string): boolean {
    return this.#known.has(networkId);
  }

  /** Removes a network's bridge and rules. A bridge that somebody else made (`bridge.name`) stays. */
  async remove(network: NetworkRecord): Promise<void> {
    const { netlink, names, firewall } = this.#dependencies;
    this.#known.delete(network.id);
    const link = findLink(netlink, network.bridge);
    if (link !== undefined && names.isOurAlias(link.alias)) await removeLink(netlink, link);
    firewall.change({ remove: bridgeElements(network) });
  }

  #make(network: NetworkRecord): Bridge {
    const { netlink, hostSettings, names } = this.#dependencies;
    hostSettings.enableForwarding({ ipv6: network.enableIPv6 });
    const settings = readBridgeOptions(network.options);
    const found = findLink(netlink, network.bridge);
    if (found !== undefined && found.kind !== 'bridge') {
      const problem = `the interface ${network.bridge} is there and is not a bridge`;
      throw new HakoError('conflict', `network ${network.name} cannot be used: ${problem}; rename that interface`);
    }
    const mtu = settings.mtu || found?.mtu || uplinkMtu(netlink);
    if (found === undefined) {
      const alias = names.bridgeAlias(network.name);
      createBridge(netlink, { name: network.bridge, mac: bridgeMac(network.id), mtu, alias });
    }
    failpoint('network.bridge.created');
    const link = this.#configure(network);
    const bridge = { index: link.index, mtu, isolatePorts: !settings.isInterContainer && !filtersBridgedPackets() };
    this.#known.set(network.id, bridge);
    return bridge;
  }

  #configure(network: NetworkRecord): Link {
    const { netlink } = this.#dependencies;
    const { bridge: name } = network;
    writeSysctl(`net/ipv6/conf/${name}/disable_ipv6`, network.enableIPv6 ? '0' : '1');
    writeSysctl(`net/ipv6/conf/${name}/accept_ra`, '0');
    writeSysctl(`net/ipv4/conf/${name}/route_localnet`, '1');
    const link = findLink(netlink, name);
    if (link === undefined)
      throw new HakoError('unavailable', `the bridge ${name} vanished while it was set up; try again`);
    for (const pool of network.ipam.pools) {
      const gateway = parseAddress(pool.gateway ?? '');
      const prefixLength = parseCidr(pool.subnet)?.prefixLength;
      if (gateway === undefined || prefixLength === undefined) continue;
      addAddress(netlink, { linkIndex: link.index, address: formatAddress(gateway), prefixLength });
    }
    if (!link.isUp) changeLink(netlink, link.index, { isUp: true });
    return link;
  }
}

/** What the firewall must know of a network's bridge. */
export function bridgeElements(network: NetworkRecord): RuleElement[] {
  const { isInterContainer, isMasqueraded } = readBridgeOptions(network.options);
  const elements = [interfaceElement('bridges', network.bridge)];
  const subnets = network.ipam.pools.flatMap(({ subnet }) => parseCidr(subnet) ?? []);
  elements.push(...subnets.map((subnet) => subnetElement('inside', subnet)));
  if (network.internal) elements.push(interfaceElement('internal', network.bridge));
  else if (isMasqueraded) elements.push(...subnets.map((subnet) => subnetElement('hidden', subnet)));
  if (isInterContainer) elements.push(togetherElement(network.bridge));
  return elements;
}

const BRIDGE_FILTER_SWITCHES = ['net/bridge/bridge-nf-call-iptables', 'net/bridge/bridge-nf-call-ip6tables'];

/** With br_netfilter's switches on, packets between ports of one bridge pass the forward chain too. */
function filtersBridgedPackets(): boolean {
  return BRIDGE_FILTER_SWITCHES.every((name) => readSysctl(name) === '1');
}

/**
 * With one of br_netfilter's switches on, a packet whose destination was rewritten to a container of the same bridge is
 * bridged, not routed. A container that reaches itself so gets it only when its port may send frames back.
 */
export function needsHairpin(): boolean {
  return BRIDGE_FILTER_SWITCHES.some((name) => readSysctl(name) === '1');
}

/** A fixed address per network, because the kernel would else change it with every port. */
function bridgeMac(networkId: string): string {
  const tail = createHash('sha256').update(networkId).digest().subarray(0, 4);
  return ['02', '42', ...(tail.toString('hex').match(/../g) ?? [])].join(':');
}

/** The MTU of the host's way out, where it is smaller than usual (VPNs, clouds): larger packets would get lost. */
function uplinkMtu(netlink: NetlinkSocket): number {
  const gateway = listRoutes(netlink).find((route) => route.family === 4 && route.prefixLength === 0);
  const uplink = listLinks(netlink).find(({ index }) => index === gateway?.linkIndex);
  return Math.min(STANDARD_MTU, uplink?.mtu ?? STANDARD_MTU);
}

/** Deletes a link from a child process: the kernel takes some ten milliseconds, during which a thread of ours would stand. */
export function removeLink(netlink: NetlinkSocket, link: Link): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile('ip', ['link', 'delete', 'dev', link.name], (error) => {
    try {
      if (error !== null && findLink(netlink, link.name)?.index === link.index) deleteLink(netlink, link.index);
      resolve();
    } catch (failure) {
      reject(failure);
    }
  });
  return promise;
}
