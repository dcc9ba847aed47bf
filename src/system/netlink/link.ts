import { AddressFamily } from './address.ts';
import { attribute, nested, parseAttributes, readText, readU32, text, u8, u32 } from './attributes.ts';
import { NetlinkError, type NetlinkSocket, NlmFlag } from './socket.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;
const IFF_UP = 1;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_PROTINFO = 12;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_FD = 28;
const IFLA_IFALIAS = 20;
const IFLA_STATS64 = 23;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_AF_SPEC = 26;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const VETH_INFO_PEER = 1;
const IFLA_BRPORT_MODE = 4;
const IFLA_BRPORT_ISOLATED = 33;

/** Traffic counters of a link, as `struct rtnl_link_stats64` begins. */
export interface LinkStats {
  rxPackets: number;
  txPackets: number;
  rxBytes: number;
  txBytes: number;
  rxErrors: number;
  txErrors: number;
  rxDropped: number;
  txDropped: number;
}

/** A network interface. */
export interface Link {
  index: number;
  name: string;
  /** `veth`, `bridge`, …; empty for physical ones. */
  kind: string;
  isUp: boolean;
  /** Index of the bridge that it is a port of, or 0. */
  master: number;
  mtu: number;
  mac: string;
  /** Free text for people (`ip link` shows it). */
  alias: string;
  stats: LinkStats;
}

export interface BridgeOptions {
  name: string;
  mac: string;
  mtu: number;
  alias?: string;
}

export interface VethOptions {
  name: string;
  /** Index of the bridge that gets this end. */
  master: number;
  mtu: number;
  /** The other end, made directly in the namespace `netnsFd`, still down: the kernel cannot make it up in one go. */
  peer: { name: string; mac: string; netnsFd: number };
}

/** What can be changed of a link. */
export interface LinkChange {
  name?: string;
  isUp?: boolean;
  master?: number;
  mtu?: number;
  alias?: string;
}

/** `struct ifinfomsg`; flags of 0 leave the link as it is. */
function header(index: number, change: { isUp?: boolean | undefined; family?: number } = {}): Buffer {
  const bytes = Buffer.alloc(16);
  bytes[0] = change.family ?? 0;
  bytes.writeInt32LE(index, 4);
  if (change.isUp !== undefined) {
    bytes.writeUInt32LE(change.isUp ? IFF_UP : 0, 8);
    bytes.writeUInt32LE(IFF_UP, 12);
  }
  return bytes;
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/** Makes a bridge without spanning tree, still down. Throws NetlinkError (EEXIST: the name is taken). */
export function createBridge(socket: NetlinkSocket, { name, mac, mtu, alias }: BridgeOptions): void {
  const kind = nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, 'bridge'));
  const parts = [header(0), text(IFLA_IFNAME, name), attribute(IFLA_ADDRESS, macBytes(mac)), u32(IFLA_MTU, mtu), kind];
  socket.change(`create bridge ${name}`, RTM_NEWLINK, NlmFlag.CREATE | NlmFlag.EXCL, Buffer.concat(parts));
  if (alias !== undefined) changeLink(socket, name, { alias });
}

/** Makes a pair of virtual Ethernet interfaces: one end a bridge port here and up, the other in a namespace and down. */
export function createVeth(socket: NetlinkSocket, { name, master, mtu, peer }: VethOptions): void {
  const other = nested(
    VETH_INFO_PEER,
    header(0),
    text(IFLA_IFNAME, peer.name),
    attribute(IFLA_ADDRESS, macBytes(peer.mac)),
    u32(IFLA_MTU, mtu),
    u32(IFLA_NET_NS_FD, peer.netnsFd),
  );
  const info = nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, 'veth'), nested(IFLA_INFO_DATA, other));
  const body = Buffer.concat([header(0), text(IFLA_IFNAME, name), u32(IFLA_MTU, mtu), info]);
  socket.change(`create veth ${name}`, RTM_NEWLINK, NlmFlag.CREATE | NlmFlag.EXCL, body);
  disableLinkLocal(socket, name);
  changeLink(socket, name, { master, isUp: true });
}

/** Changes a link, given by index or name; throws NetlinkError. */
export function changeLink(socket: NetlinkSocket, link: number | string, change: LinkChange): void {
  // A message has one name: that of the link, or its new one.
  const found = typeof link === 'string' && change.name !== undefined ? linkByName(socket, link).index : link;
  const parts = [...linkHeader(found, change.isUp)];
  if (change.name !== undefined) parts.push(text(IFLA_IFNAME, change.name));
  if (change.master !== undefined) parts.push(u32(IFLA_MASTER, change.master));
  if (change.mtu !== undefined) parts.push(u32(IFLA_MTU, change.mtu));
  if (change.alias !== undefined) parts.push(text(IFLA_IFALIAS, change.alias));
  socket.change(`change link ${link}`, RTM_NEWLINK, 0, Buffer.concat(parts));
}

/** The kernel looks a link of index 0 up by its name. */
function linkHeader(link: number | string, isUp?: boolean): Buffer[] {
  if (typeof link === 'number') return [header(link, { isUp })];
  return [header(0, { isUp }), text(IFLA_IFNAME, link)];
}

/** Keeps the kernel from giving a link a link-local IPv6 address of its own: a bridge port needs none. */
export function disableLinkLocal(socket: NetlinkSocket, link: number | string): void {
  const mode = nested(AddressFamily.INET6, u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE));
  const body = Buffer.concat([...linkHeader(link), nested(IFLA_AF_SPEC, mode)]);
  try {
    socket.change(`disable link-local addresses of ${link}`, RTM_NEWLINK, 0, body);
  } catch (error) {
    // A kernel without IPv6 gives no such address in the first place.
    if (!(error instanceof NetlinkError && ['EAFNOSUPPORT', 'EOPNOTSUPP'].includes(error.code))) throw error;
  }
}

/** Sets options of a bridge port: `isolated` ports do not reach each other, `hairpin` sends frames back to where they came from. */
export function changeBridgePort(
  socket: NetlinkSocket,
  index: number,
  options: { isolated?: boolean; hairpin?: boolean },
): void {
  const parts: Buffer[] = [];
  if (options.isolated !== undefined) parts.push(u8(IFLA_BRPORT_ISOLATED, options.isolated ? 1 : 0));
  if (options.hairpin !== undefined) parts.push(u8(IFLA_BRPORT_MODE, options.hairpin ? 1 : 0));
  const body = Buffer.concat([header(index, { family: AddressFamily.BRIDGE }), nested(IFLA_PROTINFO, ...parts)]);
  socket.change(`change bridge port ${index}`, RTM_SETLINK, 0, body);
}

/** Removes a link (and the other end of a veth pair). The kernel may need some milliseconds. */
export function deleteLink(socket: NetlinkSocket, index: number): void {
  socket.change(`delete link ${index}`, RTM_DELLINK, 0, header(index));
}

/** The link called `name`; throws NetlinkError (ENODEV). */
export function linkByName(socket: NetlinkSocket, name: string): Link {
  const body = Buffer.concat([header(0), text(IFLA_IFNAME, name)]);
  return parseLink(socket.get(`look up link ${name}`, RTM_GETLINK, body));
}

/** The link called `name`, or undefined where there is none. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  try {
    return linkByName(socket, name);
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

/** All links in the socket's namespace. */
export function listLinks(socket: NetlinkSocket): Link[] {
  return socket.dump('list links', RTM_GETLINK, header(0)).map(parseLink);
}

function parseLink(body: Buffer): Link {
  const attributes = parseAttributes(body.subarray(16));
  const info = parseAttributes(attributes.get(IFLA_LINKINFO) ?? Buffer.alloc(0));
  return {
    index: body.readInt32LE(4),
    name: readText(attributes.get(IFLA_IFNAME)),
    kind: readText(info.get(IFLA_INFO_KIND)),
    isUp: (body.readUInt32LE(8) & IFF_UP) !== 0,
    master: readU32(attributes.get(IFLA_MASTER)),
    mtu: readU32(attributes.get(IFLA_MTU)),
    mac: (attributes.get(IFLA_ADDRESS)?.toString('hex').match(/../g) ?? []).join(':'),
    alias: readText(attributes.get(IFLA_IFALIAS)),
    stats: parseStats(attributes.get(IFLA_STATS64)),
  };
}

function parseStats(payload: Buffer | undefined): LinkStats {
  const at = (position: number) =>
    payload !== undefined && payload.length >= (position + 1) * 8 ? Number(payload.readBigUInt64LE(position * 8)) : 0;
  return {
    rxPackets: at(0),
    txPackets: at(1),
    rxBytes: at(2),
    txBytes: at(3),
    rxErrors: at(4),
    txErrors: at(5),
    rxDropped: at(6),
    txDropped: at(7),
  };
}
