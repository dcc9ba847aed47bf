import type { Endpoint, Network, PortRequest } from '#network';
import type { EngineContext } from '../context.ts';
import { hasOwnNetwork } from '../create/networking.ts';
import type { EndpointSettings, HostConfig } from '../spec.ts';
import type { Entry } from '../store/entry.ts';
import { portRequests } from './port-requests.ts';

/** Gives the container its namespace, its addresses and its ports; answers the namespace's path, if it has one. */
export async function setUpNetwork(context: EngineContext, entry: Entry): Promise<string | undefined> {
  const { id, hostConfig, networking, config } = entry.record;
  if (!hasOwnNetwork(hostConfig)) return undefined;
  const sandbox = await context.networks.createSandbox(id);
  for (const [name, settings] of Object.entries(networking.EndpointsConfig ?? {})) {
    if (name !== 'none') await connect(context, entry, name, settings);
  }
  const ports = config.NetworkDisabled ? [] : portRequests(config, hostConfig);
  if (ports.length > 0 && context.networks.endpointsOf(id).length > 0) await context.networks.publish(id, ports);
  return sandbox.netnsPath;
}

/** Joins a running container's namespace to one more network. */
export async function connect(
  context: EngineContext,
  entry: Entry,
  name: string,
  settings: EndpointSettings,
): Promise<Endpoint> {
  const { id, name: containerName, hostConfig } = entry.record;
  const sandbox = await context.networks.createSandbox(id);
  const network = context.networks.get(name);
  const endpoint = await context.networks.connect(sandbox, {
    containerId: id,
    containerName,
    network: network.id,
    aliases: settings.Aliases ?? [],
    dnsServers: hostConfig.Dns ?? [],
    ...(settings.IPAMConfig?.IPv4Address ? { ipv4Address: settings.IPAMConfig.IPv4Address } : {}),
    ...(settings.IPAMConfig?.IPv6Address ? { ipv6Address: settings.IPAMConfig.IPv6Address } : {}),
    ...(settings.MacAddress ? { macAddress: settings.MacAddress } : {}),
    ...(settings.GwPriority ? { gatewayPriority: settings.GwPriority } : {}),
    ...(settings.DriverOpts ? { driverOptions: settings.DriverOpts } : {}),
  });
  context.events.publish('network', 'connect', network.id, networkAttributes(network, id));
  return endpoint;
}

/** What docker's events tell of a network, with the container it concerns. */
export function networkAttributes(network: Network, container: string): Record<string, string> {
  return { container, name: network.name, type: network.driver };
}

/** The ports of a host configuration that changed while the container runs (`republish`). */
export function portsOf(entry: Entry, hostConfig: HostConfig): PortRequest[] {
  return portRequests(entry.record.config, hostConfig);
}
