import type { Engine } from '#engine';
import type { Endpoint, IpamPool, Network } from '#network';
import { rfc3339 } from '../server/time.ts';

/** A network as `network ls` and `inspect` show it; only inspect tells of the containers in it. */
export function presentNetwork(network: Network, containers: ReturnType<typeof presentEndpoints>) {
  return {
    Name: network.name,
    Id: network.id,
    Created: rfc3339(network.createdAtMs),
    Scope: 'local',
    Driver: network.driver === 'none' ? 'null' : network.driver,
    EnableIPv4: network.enableIPv4,
    EnableIPv6: network.enableIPv6,
    IPAM: {
      Driver: network.ipam.driver || 'default',
      Options: Object.keys(network.ipam.options).length > 0 ? network.ipam.options : null,
      Config: network.ipam.pools.map(presentPool),
    },
    Internal: network.internal,
    Attachable: network.attachable,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: containers,
    Options: network.options,
    Labels: network.labels,
  };
}

function presentPool(pool: IpamPool) {
  return {
    Subnet: pool.subnet,
    ...(pool.ipRange ? { IPRange: pool.ipRange } : {}),
    ...(pool.gateway ? { Gateway: pool.gateway } : {}),
    ...(pool.auxiliaryAddresses ? { AuxiliaryAddresses: pool.auxiliaryAddresses } : {}),
  };
}

/** The containers attached to a network, by id. */
export function presentEndpoints(engine: Engine, endpoints: readonly Endpoint[]) {
  const names = new Map(engine.containers.list().map(({ id, name }) => [id, name]));
  const rows = endpoints.map((each) => [
    each.containerId,
    {
      Name: names.get(each.containerId) ?? '',
      EndpointID: each.endpointId,
      MacAddress: each.macAddress,
      IPv4Address: withLength(each.ipv4Address, each.ipv4PrefixLength),
      IPv6Address: withLength(each.ipv6Address, each.ipv6PrefixLength),
    },
  ]);
  return Object.fromEntries(rows);
}

function withLength(address: string, length: number): string {
  return address === '' ? '' : `${address}/${length}`;
}
