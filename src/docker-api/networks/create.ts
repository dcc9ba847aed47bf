import { HakoError } from '#base';
import type { IpamPool } from '#network';
import { createNetworkRequest } from '../schema/network-requests.ts';
import type { Decoded } from '../schema/shape.ts';
import type { Api } from '../server/api-context.ts';
import { ApiError } from '../server/errors.ts';
import type { Exchange } from '../server/exchange.ts';

type Body = Decoded<typeof createNetworkRequest>;

/** `POST /networks/create`. */
export async function createNetwork(exchange: Exchange, { engine }: Api): Promise<void> {
  const body = await exchange.body(createNetworkRequest);
  refuseSwarmWishes(body);
  const { network, warning } = await engine.networks.create({
    name: body.Name ?? '',
    ...(body.Driver ? { driver: body.Driver } : {}),
    internal: body.Internal ?? false,
    enableIPv6: body.EnableIPv6 ?? false,
    attachable: body.Attachable ?? false,
    labels: body.Labels ?? {},
    options: body.Options ?? {},
    pools: poolsOf(body),
  });
  engine.events.publish('network', 'create', network.id, { name: network.name, type: network.driver });
  exchange.json(201, { Id: network.id, Warning: warning });
}

function refuseSwarmWishes(body: Body): void {
  if ((body.Name ?? '').trim() === '') throw new HakoError('invalid', 'network name is required');
  if (body.Scope === 'swarm' || body.Ingress) throw new ApiError(503, 'This node is not a swarm manager.');
  if (body.ConfigOnly || body.ConfigFrom?.Network) {
    throw new HakoError('unsupported', 'configuration-only networks are not supported: create the network itself');
  }
}

function poolsOf({ IPAM: ipam }: Body): IpamPool[] {
  const configs = (ipam?.Config ?? []).filter((config) => config.Subnet || config.IPRange || config.Gateway);
  return configs.map((config) => {
    if (!config.Subnet)
      throw new HakoError('invalid', 'invalid network config: an address range or gateway needs its subnet');
    const auxiliary = config.AuxiliaryAddresses ?? config.AuxAddress;
    return {
      subnet: config.Subnet,
      ...(config.IPRange ? { ipRange: config.IPRange } : {}),
      ...(config.Gateway ? { gateway: config.Gateway } : {}),
      ...(auxiliary ? { auxiliaryAddresses: auxiliary } : {}),
    };
  });
}
