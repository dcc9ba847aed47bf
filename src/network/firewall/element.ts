import { addressBytes, concatenation, interfaceNameBytes, portBytes, type SetElement } from '#system/netlink';
import { type Cidr, formatAddress, formatCidr, lastAddress, widthOf } from '../ip/address.ts';
import type { ElementSetName } from './ruleset.ts';

/** One element of one of our sets, in both of its forms: text for the whole table, bytes for a small change. */
export interface RuleElement {
  set: ElementSetName;
  text: string;
  /** An interval is two elements: its start and the key behind its end. */
  bytes: SetElement[];
}

/** A published port as the firewall sees it. An empty host address means every address of the host. */
export interface Forwarding {
  protocol: 'tcp' | 'udp' | 'sctp';
  family: 4 | 6;
  hostIp: string;
  hostPort: number;
  targetIp: string;
  targetPort: number;
}

/** IP protocol numbers. */
export const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

/** Membership of a bridge in a set of interface names. */
export function interfaceElement(set: 'bridges' | 'internal', name: string): RuleElement {
  return { set, text: `"${name}"`, bytes: [{ key: interfaceNameBytes(name) }] };
}

/** Containers on this bridge may talk to each other. */
export function togetherElement(name: string): RuleElement {
  const bytes = interfaceNameBytes(name);
  return { set: 'together', text: `"${name}" . "${name}"`, bytes: [{ key: concatenation(bytes, bytes) }] };
}

/** A subnet of ours. */
export function subnetElement(set: 'inside' | 'hidden', subnet: Cidr): RuleElement {
  const key = (value: bigint) => addressBytes(formatAddress({ family: subnet.family, value }));
  const behind = lastAddress(subnet) + 1n;
  const isLast = behind >> BigInt(widthOf(subnet.family)) !== 0n;
  const end = isLast ? [] : [{ key: key(behind), isIntervalEnd: true }];
  return { set: `${set}${subnet.family}`, text: formatCidr(subnet), bytes: [{ key: key(subnet.base) }, ...end] };
}

/** The map element of a published port. */
export function forwardingElement(forwarding: Forwarding): RuleElement {
  const { protocol, family, hostIp, hostPort, targetIp, targetPort } = forwarding;
  const isAny = hostIp === '';
  const keyParts = [Uint8Array.of(PROTOCOL_NUMBERS[protocol]), portBytes(hostPort)];
  if (!isAny) keyParts.unshift(addressBytes(hostIp));
  const keyText = `${isAny ? '' : `${hostIp} . `}${protocol} . ${hostPort}`;
  return {
    set: isAny ? `published${family}any` : `published${family}`,
    text: `${keyText} : ${targetIp} . ${targetPort}`,
    bytes: [{ key: concatenation(...keyParts), data: concatenation(addressBytes(targetIp), portBytes(targetPort)) }],
  };
}
