import { HakoError } from '#base';

/** A block of IPv4 addresses, as numbers. */
export interface AddressBlock {
  readonly first: number;
  readonly size: number;
}

/** Parses `10.96.0.0/16`. Throws a HakoError (`invalid`). */
export function parseBlock(cidr: string): AddressBlock {
  const found = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(cidr);
  const address = found === null ? undefined : parseAddress(found[1] as string);
  const bits = Number(found?.[2]);
  if (address === undefined || bits > 30 || bits < 8) {
    throw new HakoError('invalid', `"${cidr}" is not a block for service addresses: give one such as 10.96.0.0/16`);
  }
  const size = 2 ** (32 - bits);
  return { first: address - (address % size), size };
}

/** The number of a dotted address, or undefined. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** The dotted text of an address. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** True for addresses that services may have: not the block's own, not its last. */
export function isUsable({ first, size }: AddressBlock, address: number): boolean {
  return address > first && address < first + size - 1;
}
