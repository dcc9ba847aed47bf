import { readFileSync } from 'node:fs';
import { ignoring } from '#base';
import { listAddresses, listLinks, listRoutes, type NetlinkSocket } from '#system/netlink';
import { type Cidr, cidrOf, parseAddress, widthOf } from '../ip/address.ts';

/** A block that the host uses, and what for. */
export interface HostRange {
  block: Cidr;
  description: string;
  /** Interface on which the host has it; empty for resolvers. */
  interfaceName: string;
}

/** What a new subnet must keep away from: routes, interface addresses and name servers of the host. */
export function hostRanges(netlink: NetlinkSocket): HostRange[] {
  const nameOf = new Map(listLinks(netlink).map(({ index, name }) => [index, name]));
  const fromRoutes = listRoutes(netlink)
    .filter(({ prefixLength }) => prefixLength > 0)
    .map(({ destination, prefixLength, linkIndex }) => ({
      address: destination,
      prefixLength,
      linkIndex,
      what: 'route',
    }));
  const fromAddresses = listAddresses(netlink).map((entry) => ({ ...entry, what: 'address' }));
  const onLinks = [...fromRoutes, ...fromAddresses].flatMap(({ address, prefixLength, linkIndex, what }) => {
    const interfaceName = nameOf.get(linkIndex) ?? '';
    const description = `a ${what} of the interface ${interfaceName || linkIndex}`;
    const parsed = parseAddress(address);
    return parsed ? [{ block: cidrOf(parsed, prefixLength), description, interfaceName }] : [];
  });
  return [...onLinks, ...resolverRanges()];
}

function resolverRanges(): HostRange[] {
  const text = ignoring('ENOENT', () => readFileSync('/etc/resolv.conf', 'utf8')) ?? '';
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address = '']) => {
    const parsed = parseAddress(address);
    const description = `the name server ${address}`;
    return parsed ? [{ block: cidrOf(parsed, widthOf(parsed.family)), description, interfaceName: '' }] : [];
  });
}
