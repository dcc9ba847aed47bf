import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorMessage, log } from '#base';
import { changeLink, findLink, listLinks } from '#system/netlink';
import { allowHairpin, attach, setDefaultRoutes } from './bridge/attach.ts';
import { bridgeElements, removeLink } from './bridge/bridges.ts';
import { isUserNetwork } from './catalog.ts';
import { endpointsIn, type NetworkContext } from './context.ts';
import { hasZones, writeAllZones } from './dns.ts';
import { pinnedNames, unpin } from './netns/pin.ts';
import { openNamespace } from './netns/pool.ts';
import type { Publisher } from './ports/publisher.ts';
import { leadingEndpoints } from './routing.ts';
import type { Attachment, EndpointRecord } from './store/attachments.ts';
import type { NetworkRecord } from './store/networks.ts';

/**
 * Makes the kernel equal to what is written down: what is not known goes, what is missing comes back. Only containers
 * that live are left in the attachments when this is called.
 */
export async function recoverAll(context: NetworkContext, publisher: Publisher): Promise<void> {
  removeUnknownNamespaces(context);
  await removeUnknownLinks(context);
  const needed = context.networks.list().filter((network) => isNeeded(context, network));
  await restoreRules(context, publisher, needed);
  for (const network of needed) await restoreNetwork(context, network);
  for (const attachment of context.attachments.list()) {
    publisher.hold(attachment);
    allowHairpin(context, attachment);
  }
  writeAllZones(context);
  const proxies = publisher.writeProxies();
  await context.helper.sync(proxies > 0 || hasZones(context));
  context.namespaces.refill();
}

/** User networks have their bridge always, `bridge` has one while containers are in it. */
function isNeeded(context: NetworkContext, network: NetworkRecord): boolean {
  if (network.driver !== 'bridge') return false;
  return isUserNetwork(network) || endpointsIn(context, network.id).length > 0;
}

/** Unpins what belongs to no container: half-made ones, and the former daemon's pool. */
export function removeUnknownNamespaces(context: NetworkContext): void {
  const dir = context.paths.namespaceDir;
  const known = new Set(context.attachments.list().map(({ netnsPath }) => basename(netnsPath)));
  for (const name of context.namespaces.names()) known.add(name);
  for (const name of new Set([...pinnedNames(dir), ...readdirSync(dir)])) if (!known.has(name)) unpin(join(dir, name));
}

/** Removes interfaces of ours that nothing refers to. */
export async function removeUnknownLinks(context: NetworkContext): Promise<void> {
  const { names, netlink, networks, attachments } = context;
  const known = new Set(networks.list().map(({ bridge }) => bridge));
  for (const { endpoints } of attachments.list()) {
    for (const { hostInterface } of endpoints.values()) known.add(hostInterface);
  }
  const ours = listLinks(netlink).filter(({ name, alias }) => names.isOurs(name) || names.isOurAlias(alias));
  for (const link of ours) if (!known.has(link.name)) await removeLink(netlink, link);
}

async function restoreRules(
  context: NetworkContext,
  publisher: Publisher,
  needed: readonly NetworkRecord[],
): Promise<void> {
  const ports = context.attachments.list().flatMap((attachment) => publisher.elements(attachment));
  context.firewall.replaceAll([...needed.flatMap(bridgeElements), ...ports]);
  try {
    if (needed.length > 0) await context.firewall.rewrite();
    else context.firewall.removeAll();
  } catch (error) {
    log.error('network rules could not be restored; the next container tries again', { error: errorMessage(error) });
  }
}

/** One network that cannot be restored must not keep the others, nor the daemon, from coming up. */
async function restoreNetwork(context: NetworkContext, network: NetworkRecord): Promise<void> {
  try {
    const bridge = await context.bridges.ensure(network);
    for (const attachment of context.attachments.list()) {
      const endpoint = attachment.endpoints.get(network.id);
      if (endpoint !== undefined) restoreEndpoint(context, { attachment, endpoint, bridge });
    }
  } catch (error) {
    log.error('a network could not be restored', { network: network.name, error: errorMessage(error) });
  }
}

function restoreEndpoint(
  context: NetworkContext,
  {
    attachment,
    endpoint,
    bridge,
  }: {
    attachment: Attachment;
    endpoint: EndpointRecord;
    bridge: Awaited<ReturnType<NetworkContext['bridges']['ensure']>>;
  },
): void {
  const { netlink } = context;
  try {
    using namespace = openNamespace(attachment.netnsPath);
    const link = findLink(netlink, endpoint.hostInterface);
    const inside = findLink(namespace.netlink, endpoint.interfaceName);
    if (link === undefined) attach({ netlink, namespace, bridge, endpoint, driverOptions: {} });
    else if (link.master !== bridge.index) changeLink(netlink, link.index, { master: bridge.index, isUp: true });
    if (inside === undefined || !inside.isUp) setDefaultRoutes(namespace, leadingEndpoints(context, attachment));
  } catch (error) {
    const container = attachment.containerId;
    log.error('a container could not be joined to its network again', {
      container,
      network: endpoint.networkName,
      error: errorMessage(error),
    });
  }
}
