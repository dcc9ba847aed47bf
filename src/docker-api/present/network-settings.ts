import type { Container, EndpointSettings } from '#engine';
import type { Endpoint, PublishedPort } from '#network';
import { presentPortMap } from './ports.ts';

/** One entry of `NetworkSettings.Networks`: what was asked, and the addresses while the container is attached. */
function presentEndpoint(asked: EndpointSettings, live: Endpoint | undefined) {
  return {
    IPAMConfig: asked.IPAMConfig ?? null,
    Links: asked.Links ?? null,
    Aliases: asked.Aliases ?? null,
    MacAddress: live?.macAddress ?? asked.MacAddress ?? '',
    DriverOpts: asked.DriverOpts ?? null,
    GwPriority: asked.GwPriority ?? 0,
    NetworkID: live?.networkId ?? '',
    EndpointID: live?.endpointId ?? '',
    Gateway: live?.ipv4Gateway ?? '',
    IPAddress: live?.ipv4Address ?? '',
    IPPrefixLen: live?.ipv4PrefixLength ?? 0,
    IPv6Gateway: live?.ipv6Gateway ?? '',
    GlobalIPv6Address: live?.ipv6Address ?? '',
    GlobalIPv6PrefixLen: live?.ipv6PrefixLength ?? 0,
    DNSNames: live?.dnsNames.length ? live.dnsNames : null,
  };
}

/** `Networks` by name: those the container was made with, and those it is attached to now. */
export function presentNetworks(container: Container, endpoints: readonly Endpoint[]) {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.networkName, endpoint]));
  const asked = container.networking.EndpointsConfig ?? {};
  const names = new Set([...Object.keys(asked), ...byName.keys()]);
  if (names.size === 0 && container.hostConfig.NetworkMode === 'host') names.add('host');
  return Object.fromEntries([...names].map((name) => [name, presentEndpoint(asked[name] ?? {}, byName.get(name))]));
}

/** `NetworkSettings` of `inspect`, with the fields of the default bridge that old clients read. */
export function presentNetworkSettings(
  container: Container,
  endpoints: readonly Endpoint[],
  published: readonly PublishedPort[],
) {
  const isUp = container.state.pid > 0;
  const onBridge = endpoints.find((endpoint) => endpoint.networkName === 'bridge');
  return {
    Bridge: '',
    SandboxID: isUp ? container.id : '',
    // A path that nsenter takes; docker's own lies in a folder of docker's.
    SandboxKey: isUp ? `/proc/${container.state.pid}/ns/net` : '',
    Ports: isUp ? presentPortMap(container.config, published) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: onBridge?.endpointId ?? '',
    Gateway: onBridge?.ipv4Gateway ?? '',
    GlobalIPv6Address: onBridge?.ipv6Address ?? '',
    GlobalIPv6PrefixLen: onBridge?.ipv6PrefixLength ?? 0,
    IPAddress: onBridge?.ipv4Address ?? '',
    IPPrefixLen: onBridge?.ipv4PrefixLength ?? 0,
    IPv6Gateway: onBridge?.ipv6Gateway ?? '',
    MacAddress: onBridge?.macAddress ?? '',
    Networks: presentNetworks(container, endpoints),
  };
}
