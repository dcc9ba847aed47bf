import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { basename, join } from 'node:path';
import { ignoring } from '#base';
import { isUserNetwork } from './catalog.ts';
import { endpointsIn, type NetworkContext } from './context.ts';
import type { ResolverConfig } from './contract.ts';
import { forwardingElement, type RuleElement } from './firewall/element.ts';
import { CONTAINER_DNS_ADDRESS } from './helper/container-dns.ts';
import { helperPaths } from './helper/protocol.ts';
import { parseResolvConf, type ResolvConf } from './helper/resolv-conf.ts';
import { renderZone, type Zone } from './helper/zone.ts';
import type { NetworkRecord } from './store/networks.ts';

/** Where systemd-resolved keeps the servers that its stub at 127.0.0.53 asks. */
const SYSTEMD_RESOLV_CONF = '/run/systemd/resolve/resolv.conf';

/**
 * True for networks whose containers ask our DNS server: user networks, and `bridge` where the host has only servers on
 * its own loopback, which containers cannot reach.
 */
export function servesDns(context: NetworkContext, network: NetworkRecord): boolean {
  if (isUserNetwork(network)) return true;
  return network.driver === 'bridge' && reachableConfig(context).nameservers.length === 0;
}

/** Writes the zone file of a network as it is now, or removes it when nobody is in it. */
export function writeZone(context: NetworkContext, network: NetworkRecord): void {
  const { zones } = helperPaths(context.paths.stateDir);
  const path = join(zones, network.id);
  const zone = zoneOf(context, network);
  if (zone.endpoints.length === 0) rmSync(path, { force: true });
  else writeAtomically(path, renderZone(zone));
}

function zoneOf(context: NetworkContext, network: NetworkRecord): Zone {
  const endpoints = endpointsIn(context, network.id).map((endpoint) => ({
    containerId: endpoint.containerId,
    namespace: basename(context.attachments.get(endpoint.containerId)?.netnsPath ?? ''),
    ipv4: endpoint.ipv4Address,
    ipv6: endpoint.ipv6Address,
    servers: endpoint.dnsServers,
    names: isUserNetwork(network) ? endpoint.dnsNames.map((name) => name.toLowerCase()) : [],
  }));
  const gateway = network.ipam.pools.find(({ subnet }) => !subnet.includes(':'))?.gateway ?? '';
  return { id: network.id, name: network.name, internal: network.internal, gateway, endpoints };
}

/** Writes all zone files and removes those of networks that are no more. */
export function writeAllZones(context: NetworkContext): void {
  const { zones } = helperPaths(context.paths.stateDir);
  for (const name of ignoring('ENOENT', () => readdirSync(zones)) ?? []) {
    if (context.networks.byId(name) === undefined) rmSync(join(zones, name), { force: true });
  }
  for (const network of context.networks.list()) if (servesDns(context, network)) writeZone(context, network);
}

/** True when a container is in a network that our server serves. */
export function hasZones(context: NetworkContext): boolean {
  return context.networks
    .list()
    .some((network) => endpointsIn(context, network.id).length > 0 && servesDns(context, network));
}

/** Replaces a file so that readers see the old or the new content. Survives SIGKILL, not a power cut: it is volatile anyway. */
export function writeAtomically(path: string, content: string): void {
  const temporary = join(path, '..', `.${basename(path)}.new`);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Where another program has port 53 of a gateway, our server has another port, and this element leads to it. */
export function gatewayElements(network: NetworkRecord, port: number): RuleElement[] {
  const gateway = network.ipam.pools.find(({ subnet }) => !subnet.includes(':'))?.gateway ?? '';
  return (['udp', 'tcp'] as const).map((protocol) =>
    forwardingElement({ protocol, family: 4, hostIp: gateway, hostPort: 53, targetIp: gateway, targetPort: port }),
  );
}

/** What the resolv.conf of a container must say. */
export function resolverFor(context: NetworkContext, containerId: string, ownStack: boolean): ResolverConfig {
  const endpoints = [...(context.attachments.get(containerId)?.endpoints.values() ?? [])];
  const networks = endpoints.flatMap(({ networkId }) => context.networks.byId(networkId) ?? []);
  const served = endpoints.find(({ networkId }) =>
    networks.some((one) => one.id === networkId && servesDns(context, one)),
  );
  const host = readConfig(context.paths.resolvConf);
  if (served !== undefined) {
    const options = ['ndots:0', ...host.options.filter((option) => !option.startsWith('ndots:'))];
    return { nameservers: [ownStack ? served.ipv4Gateway : CONTAINER_DNS_ADDRESS], search: host.search, options };
  }
  if (networks.some(({ driver }) => driver === 'host')) return host;
  const canIPv6 = endpoints.some(({ ipv6Address }) => ipv6Address !== '');
  const config = reachableConfig(context);
  return { ...config, nameservers: config.nameservers.filter((server) => canIPv6 || isIPv4(server)) };
}

/** The host's configuration without servers that only the host itself reaches. */
function reachableConfig(context: NetworkContext): ResolvConf {
  const config = readConfig(context.paths.resolvConf);
  const reachable = config.nameservers.filter(isReachable);
  if (reachable.length > 0 || !config.nameservers.includes('127.0.0.53')) return { ...config, nameservers: reachable };
  return { ...config, nameservers: readConfig(SYSTEMD_RESOLV_CONF).nameservers.filter(isReachable) };
}

function isReachable(server: string): boolean {
  if (isIPv6(server)) return server !== '::1' && !/^fe[89ab]/i.test(server);
  return !server.startsWith('127.');
}

function readConfig(path: string): ResolvConf {
  return parseResolvConf(ignoring('ENOENT', () => readFileSync(path, 'utf8')) ?? '');
}
