import type { IpamPool } from '../contract.ts';
import { type Cidr, cidrsOverlap, formatAddress, formatCidr, parseCidr } from '../ip/address.ts';
import type { NetworkRecord } from '../store/networks.ts';
import type { HostRange } from './host-ranges.ts';
import { type DefaultPool, pickSubnet } from './pools.ts';
import { localSubnet } from './ula.ts';
import { type CheckedPool, checkPools, firstUsable, overlap } from './validate.ts';

export interface ChoosePoolsRequest {
  networkId: string;
  /** Interface of the network itself: what the host has on it is no obstacle. */
  bridge: string;
  requested: readonly IpamPool[];
  enableIPv4: boolean;
  enableIPv6: boolean;
}

export interface PoolSurroundings {
  /** The installation that unique local IPv6 subnets belong to. */
  installation: string;
  defaultPools: readonly DefaultPool[];
  networks: readonly NetworkRecord[];
  hostRanges: readonly HostRange[];
}

export interface ChosenPools {
  pools: IpamPool[];
  hasChosenPool: boolean;
  warning: string;
}

/** The pools of a new network: those asked for, checked, and chosen ones for the families that were left open. */
export function choosePools(request: ChoosePoolsRequest, surroundings: PoolSurroundings): ChosenPools {
  const enabled = (family: 4 | 6) => (family === 4 ? request.enableIPv4 : request.enableIPv6);
  const checked = checkPools(request.requested.filter(({ subnet }) => subnet !== ''));
  const pools = checked.filter(({ subnet }) => enabled(subnet.family));
  const warning = pools.map((pool) => checkAgainst(pool, request, surroundings)).find((text) => text !== '') ?? '';
  const missing = ([4, 6] as const).filter(
    (family) => enabled(family) && !pools.some((pool) => pool.subnet.family === family),
  );
  const chosen = missing.map((family) => choose(family, request, surroundings));
  const all = [...pools.map(describe), ...chosen].sort(
    (a, b) => Number(a.subnet.includes(':')) - Number(b.subnet.includes(':')),
  );
  return { pools: all, hasChosenPool: pools.length === 0, warning };
}

function describe({ subnet, gateway, range, auxiliary }: CheckedPool): IpamPool {
  const pool: IpamPool = { subnet: formatCidr(subnet), gateway: formatAddress(gateway) };
  if (range !== subnet) pool.ipRange = formatCidr(range);
  const entries = Object.entries(auxiliary).map(([name, address]) => [name, formatAddress(address)] as const);
  if (entries.length > 0) pool.auxiliaryAddresses = Object.fromEntries(entries);
  return pool;
}

function choose(family: 4 | 6, request: ChoosePoolsRequest, surroundings: PoolSurroundings): IpamPool {
  const subnet =
    family === 6
      ? localSubnet(surroundings.installation, request.networkId)
      : pickSubnet(surroundings.defaultPools, [
          ...networkBlocks(surroundings.networks).map(({ block }) => block),
          ...surroundings.hostRanges
            .filter(({ interfaceName }) => interfaceName !== request.bridge)
            .map(({ block }) => block),
        ]);
  return { subnet: formatCidr(subnet), gateway: formatAddress(firstUsable(subnet)) };
}

/**
 * A subnet that somebody asked for must not overlap another network of ours, nor be the very subnet of another interface;
 * where it merely touches a route of the host, the user knows best and gets a warning.
 */
function checkAgainst({ subnet }: CheckedPool, request: ChoosePoolsRequest, surroundings: PoolSurroundings): string {
  const rival = networkBlocks(surroundings.networks).find(({ block }) => cidrsOverlap(block, subnet));
  if (rival !== undefined) throw overlap(subnet, `network ${rival.name}`);
  const touching = surroundings.hostRanges.filter(
    ({ block, interfaceName }) => interfaceName !== request.bridge && cidrsOverlap(block, subnet),
  );
  const twin = touching.find(({ block }) => block.base === subnet.base && block.prefixLength === subnet.prefixLength);
  if (twin !== undefined) throw overlap(subnet, twin.description);
  const [first] = touching;
  return first ? `subnet ${formatCidr(subnet)} overlaps ${first.description}: hosts there may become unreachable` : '';
}

function networkBlocks(networks: readonly NetworkRecord[]): { block: Cidr; name: string }[] {
  return networks.flatMap(({ name, ipam }) =>
    ipam.pools.flatMap(({ subnet }) => {
      const block = parseCidr(subnet);
      return block ? [{ block, name }] : [];
    }),
  );
}
