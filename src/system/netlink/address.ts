import { isIPv4, isIPv6 } from 'node:net';
import { attribute, parseAttributes, u32 } from './attributes.ts';
import { type NetlinkSocket, NlmFlag } from './socket.ts';

export const AddressFamily = { INET: 2, BRIDGE: 7, INET6: 10 } as const;

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const IFA_FLAGS = 8;
/** Use the address at once: duplicate address detection would make it wait for a second. */
const IFA_F_NODAD = 0x02;

/** An address of an interface. */
export interface InterfaceAddress {
  linkIndex: number;
  address: string;
  prefixLength: number;
}

/** The bytes of an IPv4 or IPv6 address in network order; throws TypeError for anything else. */
export function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (isIPv6(address)) return ipv6Bytes(address);
  throw new TypeError(`"${address}" is not an IP address`);
}

function ipv6Bytes(address: string): Buffer {
  const [plain = ''] = address.split('%');
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain);
  const pair = (high: string | undefined, low: string | undefined) => ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : plain;
  const [head = '', tail] = text.split('::');
  const groups = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const front = groups(head);
  const back = groups(tail);
  const bytes = Buffer.alloc(16);
  front.forEach((group, index) => {
    bytes.writeUInt16BE(group, index * 2);
  });
  back.forEach((group, index) => {
    bytes.writeUInt16BE(group, 16 - (back.length - index) * 2);
  });
  return bytes;
}

/** The text of an address given as four or sixteen bytes; IPv6 as RFC 5952 writes it. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** `struct ifaddrmsg`. */
function header(family: number, prefixLength: number, linkIndex: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes[0] = family;
  bytes[1] = prefixLength;
  bytes.writeUInt32LE(linkIndex, 4);
  return bytes;
}

/** Gives a link an address; one that it already has stays. */
export function addAddress(socket: NetlinkSocket, { linkIndex, address, prefixLength }: InterfaceAddress): void {
  const bytes = addressBytes(address);
  const operation = `add address ${address}/${prefixLength}`;
  const flags = NlmFlag.CREATE | NlmFlag.REPLACE;
  socket.change(operation, RTM_NEWADDR, flags, Buffer.concat([...addressParts(bytes, linkIndex, prefixLength)]));
}

function* addressParts(bytes: Buffer, linkIndex: number, prefixLength: number): Generator<Buffer> {
  const family = bytes.length === 4 ? AddressFamily.INET : AddressFamily.INET6;
  yield header(family, prefixLength, linkIndex);
  yield attribute(IFA_LOCAL, bytes);
  yield attribute(IFA_ADDRESS, bytes);
  if (family === AddressFamily.INET6) yield u32(IFA_FLAGS, IFA_F_NODAD);
  else if (prefixLength < 31) yield attribute(IFA_BROADCAST, broadcastAddress(bytes, prefixLength));
}

function broadcastAddress(address: Buffer, prefixLength: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((address.readUInt32BE(0) | (0xffffffff >>> prefixLength)) >>> 0);
  return bytes;
}

/** Takes an address from a link; throws NetlinkError (EADDRNOTAVAIL: it had none such). */
export function removeAddress(socket: NetlinkSocket, { linkIndex, address, prefixLength }: InterfaceAddress): void {
  const bytes = addressBytes(address);
  const family = bytes.length === 4 ? AddressFamily.INET : AddressFamily.INET6;
  const body = Buffer.concat([header(family, prefixLength, linkIndex), attribute(IFA_LOCAL, bytes)]);
  socket.change(`remove address ${address}`, RTM_DELADDR, 0, body);
}

/** All addresses in the socket's namespace. */
export function listAddresses(socket: NetlinkSocket): InterfaceAddress[] {
  return socket.dump('list addresses', RTM_GETADDR, header(0, 0, 0)).flatMap((body) => {
    const attributes = parseAttributes(body.subarray(8));
    const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
    if (bytes === undefined) return [];
    return [{ linkIndex: body.readUInt32LE(4), address: addressText(bytes), prefixLength: body.readUInt8(1) }];
  });
}
