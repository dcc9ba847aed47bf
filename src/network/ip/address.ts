import { isIP } from 'node:net';
import { addressBytes, addressText } from '#system/netlink';

/** An IPv4 or IPv6 address as a number, so that ranges are plain arithmetic. */
export interface IpAddress {
  family: 4 | 6;
  value: bigint;
}

/** A block of addresses. `base` has no bit set after the prefix. */
export interface Cidr {
  family: 4 | 6;
  base: bigint;
  prefixLength: number;
}

/** Bits of an address of the family. */
export function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** Parses an address; undefined where `text` is none. */
export function parseAddress(text: string): IpAddress | undefined {
  const family = isIP(text);
  if ((family !== 4 && family !== 6) || text.includes('%')) return undefined;
  return { family, value: BigInt(`0x${addressBytes(text).toString('hex')}`) };
}

/** The usual text of an address (RFC 5952 for IPv6). */
export function formatAddress({ family, value }: IpAddress): string {
  const digits = value.toString(16).padStart(widthOf(family) / 4, '0');
  return addressText(Buffer.from(digits, 'hex'));
}

/** Parses `address/length`, dropping bits after the prefix; undefined where `text` is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [addressPart = '', lengthPart = '', ...rest] = text.split('/');
  const address = parseAddress(addressPart);
  if (address === undefined || rest.length > 0 || !/^\d{1,3}$/.test(lengthPart)) return undefined;
  const prefixLength = Number(lengthPart);
  if (prefixLength > widthOf(address.family)) return undefined;
  return cidrOf(address, prefixLength);
}

/** The block of the given length that holds `address`. */
export function cidrOf(address: IpAddress, prefixLength: number): Cidr {
  const hostBits = BigInt(widthOf(address.family) - prefixLength);
  return { family: address.family, base: (address.value >> hostBits) << hostBits, prefixLength };
}

export function formatCidr({ family, base, prefixLength }: Cidr): string {
  return `${formatAddress({ family, value: base })}/${prefixLength}`;
}

/** Number of addresses in the block. */
export function cidrSize({ family, prefixLength }: Cidr): bigint {
  return 1n << BigInt(widthOf(family) - prefixLength);
}

/** The last address of the block. */
export function lastAddress(cidr: Cidr): bigint {
  return cidr.base + cidrSize(cidr) - 1n;
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  return cidr.family === address.family && address.value >= cidr.base && address.value <= lastAddress(cidr);
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.base <= lastAddress(b) && b.base <= lastAddress(a);
}
