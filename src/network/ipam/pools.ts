import { HakoError } from '#base';
import { type Cidr, cidrSize, cidrsOverlap, lastAddress, parseCidr } from '../ip/address.ts';

/** A block that is cut into subnets of one size for networks that name none. */
export interface DefaultPool {
  base: string;
  /** Prefix length of the subnets. */
  size: number;
}

/** The private blocks that Docker uses, in its order. */
export const DEFAULT_POOLS: readonly DefaultPool[] = [
  { base: '172.17.0.0/16', size: 16 },
  { base: '172.18.0.0/15', size: 16 },
  { base: '172.20.0.0/14', size: 16 },
  { base: '172.24.0.0/13', size: 16 },
  { base: '192.168.0.0/16', size: 20 },
];

/** The first subnet of `pools` that overlaps nothing in `taken`; throws `exhausted`. */
export function pickSubnet(pools: readonly DefaultPool[], taken: readonly Cidr[]): Cidr {
  for (const pool of pools) {
    const found = pickFrom(pool, taken);
    if (found !== undefined) return found;
  }
  const advice = 'remove unused networks, name a subnet, or configure more address pools';
  throw new HakoError('exhausted', `all predefined address pools have been fully subnetted: ${advice}`);
}

function pickFrom(pool: DefaultPool, taken: readonly Cidr[]): Cidr | undefined {
  const block = parsePool(pool);
  const end = lastAddress(block);
  const step = cidrSize({ ...block, prefixLength: pool.size });
  for (let base = block.base; base <= end; ) {
    const candidate: Cidr = { family: block.family, base, prefixLength: pool.size };
    const obstacle = taken.find((other) => cidrsOverlap(candidate, other));
    if (obstacle === undefined) return candidate;
    base = firstAfter(obstacle, base, step, block.base);
  }
  return undefined;
}

/** Jumps behind the obstacle, so that a wide pool with a wide obstacle is not walked subnet by subnet. */
function firstAfter(obstacle: Cidr, base: bigint, step: bigint, start: bigint): bigint {
  const beyond = lastAddress(obstacle) + 1n;
  const aligned = start + ((beyond - start + step - 1n) / step) * step;
  return aligned > base ? aligned : base + step;
}

/** Checks a pool of the settings; throws `invalid`. */
export function parsePool(pool: DefaultPool): Cidr {
  const block = parseCidr(pool.base);
  if (block === undefined || pool.size < block.prefixLength || pool.size > (block.family === 4 ? 30 : 126)) {
    const rule = 'write a base like 10.200.0.0/16 and a size like 24, not shorter than the prefix of the base';
    throw new HakoError('invalid', `address pool ${pool.base} with size ${pool.size} cannot be used: ${rule}`);
  }
  return block;
}
