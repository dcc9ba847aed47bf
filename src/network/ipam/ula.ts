import { createHash } from 'node:crypto';
import type { Cidr } from '../ip/address.ts';

/**
 * The unique local IPv6 subnet of a network that asked for IPv6 without naming one (RFC 4193 §3.2): `fd`, a global id of
 * 40 bits that belongs to this installation, and a subnet id. The same network always gets the same subnet back.
 */
export function localSubnet(installation: string, networkId: string): Cidr {
  const globalId = createHash('sha256').update(`hako ${installation}`).digest().subarray(0, 5);
  const subnetId = createHash('sha256').update(networkId).digest().subarray(0, 2);
  const prefix = Buffer.concat([Uint8Array.of(0xfd), globalId, subnetId]);
  return { family: 6, base: BigInt(`0x${prefix.toString('hex')}`) << 64n, prefixLength: 64 };
}
