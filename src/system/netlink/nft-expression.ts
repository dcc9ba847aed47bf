/** Expressions of nftables rules (linux/netfilter/nf_tables.h), as few as a destination NAT rule needs. */
import { attribute, be32, nested, text } from './attributes.ts';

const NFTA_LIST_ELEM = 1;
const NFT_PAYLOAD_NETWORK_HEADER = 1;
const NFT_PAYLOAD_TRANSPORT_HEADER = 2;
const NFT_META_L4PROTO = 16;
const NFT_CMP_EQ = 0;
const NFT_NAT_DNAT = 1;
const NF_NAT_RANGE_PROTO_SPECIFIED = 2;
const REGISTER_1 = 1;
const REGISTER_2 = 2;

function expression(name: string, ...parts: readonly Buffer[]): Buffer {
  return nested(NFTA_LIST_ELEM, text(1, name), nested(2, ...parts));
}

function payload(base: number, offset: number, length: number): Buffer {
  return expression('payload', be32(1, REGISTER_1), be32(2, base), be32(3, offset), be32(4, length));
}

function isEqual(value: Uint8Array): Buffer {
  return expression('cmp', be32(1, REGISTER_1), be32(2, NFT_CMP_EQ), nested(3, attribute(1, value)));
}

function immediate(register: number, value: Uint8Array): Buffer {
  return expression('immediate', be32(1, register), nested(2, attribute(1, value)));
}

/** Where a packet goes and where it shall go instead. */
export interface RedirectIPv4 {
  /** IP protocol number. */
  protocol: number;
  address: Uint8Array;
  port: Uint8Array;
  toAddress: Uint8Array;
  toPort: Uint8Array;
}

/** `ip daddr ADDRESS meta l4proto PROTOCOL th dport PORT dnat to TO_ADDRESS:TO_PORT`. */
export function redirectExpressions({ protocol, address, port, toAddress, toPort }: RedirectIPv4): Buffer[] {
  return [
    payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4),
    isEqual(address),
    expression('meta', be32(2, NFT_META_L4PROTO), be32(1, REGISTER_1)),
    isEqual(Uint8Array.of(protocol)),
    payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2),
    isEqual(port),
    immediate(REGISTER_1, toAddress),
    immediate(REGISTER_2, toPort),
    expression(
      'nat',
      be32(1, NFT_NAT_DNAT),
      be32(2, 2),
      be32(3, REGISTER_1),
      be32(5, REGISTER_2),
      be32(7, NF_NAT_RANGE_PROTO_SPECIFIED),
    ),
  ];
}
