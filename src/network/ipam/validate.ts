import { HakoError } from '#base';
import type { IpamPool } from '../contract.ts';
import {
  type Cidr,
  cidrContains,
  cidrsOverlap,
  formatAddress,
  formatCidr,
  type IpAddress,
  lastAddress,
  parseAddress,
  parseCidr,
  widthOf,
} from '../ip/address.ts';

/** A pool whose words were checked. */
export interface CheckedPool {
  subnet: Cidr;
  gateway: IpAddress;
  range: Cidr;
  auxiliary: Record<string, IpAddress>;
}

/** Checks the pools of a request and fills in gateways; throws `invalid` or `forbidden` with Docker's words. */
export function checkPools(pools: readonly IpamPool[]): CheckedPool[] {
  const checked = pools.map(checkPool);
  for (const [index, pool] of checked.entries()) {
    const rival = checked.slice(0, index).find(({ subnet }) => cidrsOverlap(subnet, pool.subnet));
    if (rival !== undefined) throw overlap(pool.subnet, formatCidr(rival.subnet));
  }
  for (const family of [4, 6] as const) {
    if (checked.filter(({ subnet }) => subnet.family === family).length > 1) {
      throw invalid(`bridge networks have one IPv${family} subnet; split the others off into networks of their own`);
    }
  }
  return checked;
}

/** The error for a subnet that something else uses. */
export function overlap(subnet: Cidr, other: string): HakoError {
  const problem = 'invalid pool request: Pool overlaps with other one on this address space';
  return new HakoError('forbidden', `${problem}: ${formatCidr(subnet)} overlaps ${other}; choose another subnet`);
}

function checkPool(pool: IpamPool): CheckedPool {
  const subnet = checkSubnet(pool.subnet);
  const range = pool.ipRange ? checkRange(pool.ipRange, subnet) : subnet;
  const gateway = pool.gateway ? checkMember('gateway', pool.gateway, subnet) : firstUsable(subnet);
  const auxiliary = Object.entries(pool.auxiliaryAddresses ?? {}).map(
    ([name, text]) => [name, checkMember(`auxiliary address "${name}"`, text, subnet)] as const,
  );
  return { subnet, gateway, range, auxiliary: Object.fromEntries(auxiliary) };
}

function checkSubnet(text: string): Cidr {
  const subnet = parseCidr(text);
  if (subnet === undefined) throw invalid(`invalid subnet ${text}: write it as address/prefix, like 10.10.0.0/24`);
  const address = text.slice(0, text.indexOf('/'));
  const base = formatAddress({ family: subnet.family, value: subnet.base });
  if (parseAddress(address)?.value !== subnet.base) {
    throw invalid(`invalid subnet ${text}: it should be ${base}/${subnet.prefixLength}`);
  }
  if (subnet.prefixLength > widthOf(subnet.family) - 2 || subnet.prefixLength === 0) {
    throw invalid(`invalid subnet ${text}: it has no room for a gateway and a container, or is too large`);
  }
  return subnet;
}

function checkRange(text: string, subnet: Cidr): Cidr {
  const range = parseCidr(text);
  const isInside =
    range !== undefined &&
    range.prefixLength >= subnet.prefixLength &&
    cidrContains(subnet, { family: range.family, value: range.base });
  if (!isInside) throw invalid(`invalid ip-range ${text}: it is not a part of the subnet ${formatCidr(subnet)}`);
  return range;
}

function checkMember(what: string, text: string, subnet: Cidr): IpAddress {
  const address = parseAddress(text.split('/')[0] ?? '');
  if (address === undefined) throw invalid(`invalid ${what} ${text}: it is not an IP address`);
  if (!cidrContains(subnet, address))
    throw invalid(`invalid ${what} ${text}: it is not in the subnet ${formatCidr(subnet)}`);
  if (subnet.family === 4 && [subnet.base, lastAddress(subnet)].includes(address.value)) {
    throw invalid(`invalid ${what} ${text}: it is the network or broadcast address of ${formatCidr(subnet)}`);
  }
  return address;
}

/** The gateway of a subnet that names none. */
export function firstUsable(subnet: Cidr): IpAddress {
  return { family: subnet.family, value: subnet.base + 1n };
}

function invalid(message: string): HakoError {
  return new HakoError('invalid', message);
}
