import { HakoError } from '#base';
import type { IpamPool } from '../contract.ts';
import { cidrContains, formatAddress, type IpAddress, parseAddress, parseCidr } from '../ip/address.ts';
import type { NetworkRecord } from '../store/networks.ts';
import { AddressAllocator } from './allocator.ts';

/** One address with what its interface needs to know besides. */
export interface GivenAddress {
  address: string;
  prefixLength: number;
  gateway: string;
}

/** The addresses of one network. */
export class NetworkAddresses {
  readonly #network: NetworkRecord;
  readonly #families: ReadonlyMap<4 | 6, { allocator: AddressAllocator; gateway: string }>;

  /** `inUse` are the addresses that running containers have already. */
  constructor(network: NetworkRecord, inUse: readonly string[]) {
    this.#network = network;
    this.#families = new Map(network.ipam.pools.map(openPool));
    for (const text of inUse) {
      const address = parseAddress(text);
      if (address !== undefined) this.#families.get(address.family)?.allocator.restore(address);
    }
  }

  /** Gives one address of a family, `wanted` or the next free one; undefined where the network lacks the family. */
  take(family: 4 | 6, wanted: string): GivenAddress | undefined {
    const pool = this.#families.get(family);
    if (pool === undefined) {
      if (wanted !== '')
        throw new HakoError('invalid', `invalid address ${wanted}: ${this.#what} has no IPv${family} subnet`);
      return undefined;
    }
    const address = wanted === '' ? pool.allocator.allocate() : this.#takeWanted(pool.allocator, wanted);
    if (address === undefined) {
      const advice = 'remove containers, or create a network with a larger subnet';
      throw new HakoError('exhausted', `no available IPv${family} addresses on ${this.#what}: ${advice}`);
    }
    return { address: formatAddress(address), prefixLength: pool.allocator.subnet.prefixLength, gateway: pool.gateway };
  }

  /** Gives an address back; the empty text and addresses of other subnets are ignored. */
  release(text: string): void {
    const address = parseAddress(text);
    if (address !== undefined) this.#families.get(address.family)?.allocator.release(address);
  }

  #takeWanted(allocator: AddressAllocator, wanted: string): IpAddress {
    const address = parseAddress(wanted);
    if (address === undefined) throw new HakoError('invalid', `invalid address ${wanted}: it is not an IP address`);
    if (this.#network.hasChosenPool) {
      const rule =
        'user specified IP address is supported only when connecting to networks with user configured subnets';
      throw new HakoError('invalid', `${rule}: create a network with --subnet for ${wanted}`);
    }
    if (!cidrContains(allocator.subnet, address)) {
      throw new HakoError('invalid', `invalid address ${wanted}: it does not belong to any of this network's subnets`);
    }
    if (allocator.reserve(address)) return address;
    throw new HakoError('forbidden', `Address already in use: ${wanted} on ${this.#what}; choose another one`);
  }

  get #what(): string {
    return `network ${this.#network.name}`;
  }
}

function openPool(pool: IpamPool): [4 | 6, { allocator: AddressAllocator; gateway: string }] {
  const subnet = parseCidr(pool.subnet);
  if (subnet === undefined) throw new HakoError('internal', `the stored subnet ${pool.subnet} cannot be read`);
  const reserved = [pool.gateway ?? '', ...Object.values(pool.auxiliaryAddresses ?? {})].flatMap((text) => {
    const address = parseAddress(text);
    return address ? [address.value] : [];
  });
  const range = parseCidr(pool.ipRange ?? '') ?? subnet;
  return [subnet.family, { allocator: new AddressAllocator(subnet, range, reserved), gateway: pool.gateway ?? '' }];
}
