import { type Cidr, cidrContains, type IpAddress, lastAddress, widthOf } from '../ip/address.ts';

/**
 * Gives out the addresses of one subnet. Next-fit: the search goes on behind the last address that was given,
 * so that a released address rests as long as possible (peers may still have it in their ARP caches).
 */
export class AddressAllocator {
  readonly subnet: Cidr;
  readonly #range: Cidr;
  readonly #used = new Set<bigint>();
  #cursor: bigint;

  /** `range` is the part of the subnet from which addresses are chosen; `reserved` ones are never chosen. */
  constructor(subnet: Cidr, range: Cidr = subnet, reserved: readonly bigint[] = []) {
    this.subnet = subnet;
    this.#range = range;
    this.#cursor = range.base - 1n;
    for (const value of reserved) this.#used.add(value);
    for (const value of edgesOf(subnet)) this.#used.add(value);
  }

  /** The next free address, or undefined when none is left. */
  allocate(): IpAddress | undefined {
    const end = lastAddress(this.#range);
    const start = this.#cursor >= end ? this.#range.base : this.#cursor + 1n;
    const value = this.#firstFree(start, end) ?? this.#firstFree(this.#range.base, start - 1n);
    if (value === undefined) return undefined;
    this.#used.add(value);
    this.#cursor = value;
    return { family: this.subnet.family, value };
  }

  /** Takes one address; false when it is in use. The caller checks that it is in the subnet. */
  reserve({ value }: IpAddress): boolean {
    if (this.#used.has(value)) return false;
    this.#used.add(value);
    return true;
  }

  /** Notes an address that is in use already (recovery), and goes on behind it. */
  restore(address: IpAddress): void {
    this.#used.add(address.value);
    if (cidrContains(this.#range, address) && address.value > this.#cursor) this.#cursor = address.value;
  }

  release({ value }: IpAddress): void {
    this.#used.delete(value);
  }

  /** Used addresses are far fewer than addresses, so this ends after at most that many steps. */
  #firstFree(from: bigint, to: bigint): bigint | undefined {
    for (let value = from; value <= to; value++) if (!this.#used.has(value)) return value;
    return undefined;
  }
}

/** The network and broadcast addresses; IPv6 has a subnet-router anycast address instead (RFC 4291 §2.6.1). */
function edgesOf(subnet: Cidr): bigint[] {
  if (subnet.prefixLength >= widthOf(subnet.family) - 1) return [];
  return subnet.family === 4 ? [subnet.base, lastAddress(subnet)] : [subnet.base];
}
