import { failpoint, HakoError, newId, shortId } from '#base';
import { findLink, NetlinkError } from '#system/netlink';
import { attach, detach, endpointMac, setDefaultRoutes } from './bridge/attach.ts';
import { type Bridge, removeLink } from './bridge/bridges.ts';
import { isInterfaceName } from './bridge/options.ts';
import { isUserNetwork, refreshChosenPool } from './catalog.ts';
import { addressesOf, type NetworkContext } from './context.ts';
import type { EndpointRequest } from './contract.ts';
import type { GivenAddress } from './ipam/addresses.ts';
import { type OpenNamespace, openNamespace } from './netns/pool.ts';
import { leadingEndpoints } from './routing.ts';
import type { Attachment, EndpointRecord } from './store/attachments.ts';
import type { NetworkRecord } from './store/networks.ts';

const INTERFACE_NAME_OPTION = 'com.docker.network.endpoint.ifname';
const WORD = /^[^\s\p{Cc}]{1,255}$/u;

/** Joins a container to a network; the caller holds the locks of both. Takes everything back where a step fails. */
export async function joinNetwork(
  context: NetworkContext,
  { attachment, network: found, request }: { attachment: Attachment; network: NetworkRecord; request: EndpointRequest },
  namespace: OpenNamespace | undefined,
): Promise<EndpointRecord> {
  if (attachment.endpoints.has(found.id)) {
    throw new HakoError(
      'forbidden',
      `endpoint with name ${request.containerName} already exists in network ${found.name}`,
    );
  }
  checkRequest(request);
  if (found.driver !== 'bridge') return note(context, attachment, plainEndpoint(found, request));
  if (namespace === undefined) {
    throw new HakoError(
      'invalid',
      `container ${request.containerName} has no network namespace to join ${found.name} with`,
    );
  }
  const network = refreshChosenPool(context, found);
  const bridge = await context.bridges.ensure(network);
  const endpoint = takeAddresses(context, { attachment, network, request });
  try {
    // Written down first: a kill in between leaves a record that recovery resolves, not an unknown interface.
    note(context, attachment, endpoint);
    failpoint('network.join.noted');
    await attachWithRetry(context, {
      network,
      bridge,
      endpoint,
      namespace,
      driverOptions: request.driverOptions ?? {},
    });
    setDefaultRoutes(namespace, leadingEndpoints(context, attachment));
    return endpoint;
  } catch (error) {
    detach(context.netlink, endpoint.hostInterface);
    forgetEndpoint(context, attachment, endpoint);
    throw error;
  }
}

function note(context: NetworkContext, attachment: Attachment, endpoint: EndpointRecord): EndpointRecord {
  attachment.endpoints.set(endpoint.networkId, endpoint);
  context.attachments.put(attachment);
  return endpoint;
}

/** Names go into files that are cut at white space. */
function checkRequest({ containerName, aliases, macAddress, dnsServers }: EndpointRequest): void {
  for (const name of [containerName, ...aliases, ...(dnsServers ?? [])]) {
    if (!WORD.test(name) || name === '-')
      throw new HakoError('invalid', `"${name}" cannot be a name in a network: it has white space`);
  }
  if (macAddress && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(macAddress)) {
    throw new HakoError(
      'invalid',
      `invalid MAC address: ${macAddress}: write six hexadecimal bytes with colons between`,
    );
  }
  if (macAddress && (Number.parseInt(macAddress.slice(0, 2), 16) & 1) === 1) {
    throw new HakoError('invalid', `invalid MAC address: ${macAddress}: it is a multicast address`);
  }
}

function plainEndpoint(network: NetworkRecord, request: EndpointRequest): EndpointRecord {
  return {
    endpointId: newId(),
    networkId: network.id,
    networkName: network.name,
    containerId: request.containerId,
    interfaceName: '',
    macAddress: '',
    ipv4Address: '',
    ipv4PrefixLength: 0,
    ipv4Gateway: '',
    ipv6Address: '',
    ipv6PrefixLength: 0,
    ipv6Gateway: '',
    aliases: [...request.aliases],
    dnsNames: isUserNetwork(network) ? dnsNames(request) : [],
    hostInterface: '',
    gatewayPriority: request.gatewayPriority ?? 0,
    dnsServers: [...(request.dnsServers ?? [])],
  };
}

function dnsNames(request: Pick<EndpointRequest, 'containerName' | 'aliases' | 'containerId'>): string[] {
  const { containerName, aliases, containerId } = request;
  return [...new Set([containerName, ...aliases, shortId(containerId)])];
}

/** Gives the endpoints of a container the DNS names that go with its new name. */
export function renameEndpoints({ endpoints, containerId }: Attachment, containerName: string): void {
  for (const endpoint of endpoints.values()) {
    if (endpoint.dnsNames.length > 0)
      endpoint.dnsNames = dnsNames({ containerName, containerId, aliases: endpoint.aliases });
  }
}

function takeAddresses(
  context: NetworkContext,
  { attachment, network, request }: { attachment: Attachment; network: NetworkRecord; request: EndpointRequest },
): EndpointRecord {
  const addresses = addressesOf(context, network);
  const plain = plainEndpoint(network, request);
  const ipv4 = addresses.take(4, request.ipv4Address ?? '');
  let ipv6: GivenAddress | undefined;
  try {
    ipv6 = addresses.take(6, request.ipv6Address ?? '');
    return {
      ...plain,
      interfaceName: interfaceName(attachment, request),
      hostInterface: context.names.veth(),
      macAddress: (request.macAddress || endpointMac(ipv4?.address ?? '', plain.endpointId)).toLowerCase(),
      ipv4Address: ipv4?.address ?? '',
      ipv4PrefixLength: ipv4?.prefixLength ?? 0,
      ipv4Gateway: network.internal ? '' : (ipv4?.gateway ?? ''),
      ipv6Address: ipv6?.address ?? '',
      ipv6PrefixLength: ipv6?.prefixLength ?? 0,
      ipv6Gateway: network.internal ? '' : (ipv6?.gateway ?? ''),
    };
  } catch (error) {
    for (const given of [ipv4, ipv6]) addresses.release(given?.address ?? '');
    throw error;
  }
}

/** The name asked for, or the first free one of eth0, eth1, … */
function interfaceName({ endpoints }: Attachment, { driverOptions }: EndpointRequest): string {
  const taken = new Set([...endpoints.values()].map((endpoint) => endpoint.interfaceName));
  const wanted = driverOptions?.[INTERFACE_NAME_OPTION] ?? '';
  if (wanted !== '') {
    if (!isInterfaceName(wanted) || wanted === 'lo' || taken.has(wanted)) {
      throw new HakoError(
        'invalid',
        `interface name "${wanted}" is taken or cannot be used: up to 15 letters, digits, or . _ -`,
      );
    }
    return wanted;
  }
  for (let number = 0; ; number++) if (!taken.has(`eth${number}`)) return `eth${number}`;
}

/** Somebody may have deleted the bridge since it was last seen: then it is made again, once. */
async function attachWithRetry(
  context: NetworkContext,
  options: {
    network: NetworkRecord;
    bridge: Bridge;
    endpoint: EndpointRecord;
    namespace: OpenNamespace;
    driverOptions: Record<string, string>;
  },
): Promise<void> {
  const { netlink } = context;
  try {
    attach({ netlink, ...options });
  } catch (error) {
    if (findLink(netlink, options.network.bridge)?.index === options.bridge.index || !(error instanceof NetlinkError))
      throw error;
    context.bridges.forget(options.network.id);
    const bridge = await context.bridges.ensure(options.network);
    attach({ netlink, ...options, bridge });
  }
}

/** Takes a container out of a network while it runs; the caller holds its lock. */
export async function leaveNetwork(
  context: NetworkContext,
  attachment: Attachment,
  endpoint: EndpointRecord,
): Promise<void> {
  const link = endpoint.hostInterface === '' ? undefined : findLink(context.netlink, endpoint.hostInterface);
  if (link !== undefined) await removeLink(context.netlink, link);
  forgetEndpoint(context, attachment, endpoint);
  if (attachment.netnsPath === '') return;
  using namespace = openNamespace(attachment.netnsPath);
  setDefaultRoutes(namespace, leadingEndpoints(context, attachment));
}

function forgetEndpoint(context: NetworkContext, attachment: Attachment, endpoint: EndpointRecord): void {
  attachment.endpoints.delete(endpoint.networkId);
  context.attachments.put(attachment);
  releaseAddresses(context, endpoint);
}

/** Gives the addresses of an endpoint back to its network. */
export function releaseAddresses(context: NetworkContext, endpoint: EndpointRecord): void {
  const addresses = context.addressBooks.get(endpoint.networkId);
  addresses?.release(endpoint.ipv4Address);
  addresses?.release(endpoint.ipv6Address);
}
