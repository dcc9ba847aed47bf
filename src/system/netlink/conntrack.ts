/** Connection tracking entries (linux/netfilter/nfnetlink_conntrack.h): finding those of a port, and deleting them. */
import { AddressFamily, addressText } from './address.ts';
import { attribute, nested, parseAttributes, u8, u32 } from './attributes.ts';
import { NetlinkError, type NetlinkSocket } from './socket.ts';

const SUBSYSTEM_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const FILTER_PROTO_NUM = 1 << 3;
const FILTER_DST_PORT = 1 << 5;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_SRC = 3;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_DST_PORT = 3;
const GENERAL_HEADER_BYTES = 4;

/** One tracked flow: where the first packet went, and who answers. They differ when the destination was rewritten. */
export interface TrackedFlow {
  family: 4 | 6;
  destination: string;
  answerer: string;
  /** The original tuple as the kernel gave it, by which it is deleted. */
  tuple: Buffer;
}

/** `struct nfgenmsg`. */
function header(family: 4 | 6): Buffer {
  return Buffer.from([family === 4 ? AddressFamily.INET : AddressFamily.INET6, 0, 0, 0]);
}

/** The flows of a protocol towards a port. Kernels before 5.8 hand out all flows, so the answer is filtered here too. */
export function flowsToPort(socket: NetlinkSocket, protocol: number, port: number): TrackedFlow[] {
  const portBytes = Buffer.from([port >> 8, port & 0xff]);
  const proto = nested(CTA_TUPLE_PROTO, u8(CTA_PROTO_NUM, protocol), attribute(CTA_PROTO_DST_PORT, portBytes));
  const filter = nested(CTA_FILTER, u32(CTA_FILTER_ORIG_FLAGS, FILTER_PROTO_NUM | FILTER_DST_PORT));
  return ([4, 6] as const).flatMap((family) => {
    const body = Buffer.concat([header(family), nested(CTA_TUPLE_ORIG, proto), filter]);
    return socket
      .dump('list tracked flows', (SUBSYSTEM_CTNETLINK << 8) | IPCTNL_MSG_CT_GET, body)
      .flatMap((message) => parseFlow(message, family, { protocol, portBytes }));
  });
}

function parseFlow(message: Buffer, family: 4 | 6, wanted: { protocol: number; portBytes: Buffer }): TrackedFlow[] {
  const attributes = parseAttributes(message.subarray(GENERAL_HEADER_BYTES));
  const tuple = attributes.get(CTA_TUPLE_ORIG);
  const reply = attributes.get(CTA_TUPLE_REPLY);
  if (tuple === undefined || reply === undefined) return [];
  const proto = parseAttributes(parseAttributes(tuple).get(CTA_TUPLE_PROTO) ?? Buffer.alloc(0));
  const isWanted =
    proto.get(CTA_PROTO_NUM)?.[0] === wanted.protocol &&
    proto.get(CTA_PROTO_DST_PORT)?.equals(wanted.portBytes) === true;
  if (!isWanted) return [];
  const destination = ipOf(tuple, family === 4 ? CTA_IP_V4_DST : CTA_IP_V6_DST);
  const answerer = ipOf(reply, family === 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC);
  return [{ family, destination, answerer, tuple }];
}

function ipOf(tuple: Buffer, type: number): string {
  const bytes = parseAttributes(parseAttributes(tuple).get(CTA_TUPLE_IP) ?? Buffer.alloc(0)).get(type);
  return bytes === undefined ? '' : addressText(bytes);
}

/** Forgets a flow: its next packet is looked at as a first one. One that has ended meanwhile is fine. */
export function deleteFlow(socket: NetlinkSocket, { family, tuple }: TrackedFlow): void {
  const body = Buffer.concat([header(family), nested(CTA_TUPLE_ORIG, tuple)]);
  try {
    socket.change('delete tracked flow', (SUBSYSTEM_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE, 0, body);
  } catch (error) {
    if (!(error instanceof NetlinkError && error.code === 'ENOENT')) throw error;
  }
}
