import { BlockList } from 'node:net';
import { cidrFamily } from '../../values/mod.ts';

/** Is `inner` a part of `outer`, and smaller? Both are sound CIDRs. */
export function isStrictSubnet(inner: string, outer: string): boolean {
  const family = cidrFamily(inner);
  if (family !== cidrFamily(outer)) return false;
  const [address, bits] = split(inner);
  const [outerAddress, outerBits] = split(outer);
  if (bits <= outerBits) return false;
  const block = new BlockList();
  block.addSubnet(outerAddress, outerBits, family === 4 ? 'ipv4' : 'ipv6');
  return block.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function split(cidr: string): [address: string, bits: number] {
  const slash = cidr.indexOf('/');
  return [cidr.slice(0, slash).replace(/(^|\.)0+(?=[0-9])/g, '$1'), Number(cidr.slice(slash + 1))];
}
