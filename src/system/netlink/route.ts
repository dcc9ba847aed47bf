import { AddressFamily, addressBytes, addressText } from './address.ts';
import { attribute, parseAttributes, readU32, u32 } from './attributes.ts';
import { type NetlinkSocket, NlmFlag } from './socket.ts';

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_TABLE = 15;
const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
const RTM_F_CLONED = 0x200;

/** A unicast route of the main table. */
export interface Route {
  family: 4 | 6;
  /** `default` is 0.0.0.0/0 or ::/0. */
  destination: string;
  prefixLength: number;
  /** Empty for a directly connected destination. */
  gateway: string;
  linkIndex: number;
}

/** `struct rtmsg`. */
function header(family: 4 | 6, prefixLength: number, scope: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes[0] = family === 4 ? AddressFamily.INET : AddressFamily.INET6;
  bytes[1] = prefixLength;
  bytes[4] = RT_TABLE_MAIN;
  bytes[5] = RTPROT_STATIC;
  bytes[6] = scope;
  bytes[7] = RTN_UNICAST;
  return bytes;
}

function body(route: Route, metric: number | undefined): Buffer {
  const scope = route.gateway === '' && route.family === 4 ? RT_SCOPE_LINK : 0;
  const parts = [header(route.family, route.prefixLength, scope)];
  if (route.prefixLength > 0) parts.push(attribute(RTA_DST, addressBytes(route.destination)));
  if (route.gateway !== '') parts.push(attribute(RTA_GATEWAY, addressBytes(route.gateway)));
  if (route.linkIndex > 0) parts.push(u32(RTA_OIF, route.linkIndex));
  if (metric !== undefined) parts.push(u32(RTA_PRIORITY, metric));
  return Buffer.concat(parts);
}

function describe({ destination, prefixLength, gateway }: Route): string {
  return `${destination}/${prefixLength}${gateway === '' ? '' : ` via ${gateway}`}`;
}

/** Adds a route, in place of an equal one (same destination and metric). */
export function replaceRoute(socket: NetlinkSocket, route: Route, metric?: number): void {
  const flags = NlmFlag.CREATE | NlmFlag.REPLACE;
  socket.change(`add route ${describe(route)}`, RTM_NEWROUTE, flags, body(route, metric));
}

/** Removes a route; throws NetlinkError (ESRCH: there is none such). */
export function removeRoute(socket: NetlinkSocket, route: Route): void {
  socket.change(`remove route ${describe(route)}`, RTM_DELROUTE, 0, body(route, undefined).fill(0, 5, 8));
}

/** The unicast routes of the main table in the socket's namespace. */
export function listRoutes(socket: NetlinkSocket): Route[] {
  return ([4, 6] as const).flatMap((family) =>
    socket.dump('list routes', RTM_GETROUTE, header(family, 0, 0)).flatMap((message) => parseRoute(message, family)),
  );
}

function parseRoute(message: Buffer, family: 4 | 6): Route[] {
  const attributes = parseAttributes(message.subarray(12));
  const table = readU32(attributes.get(RTA_TABLE)) || message.readUInt8(4);
  const isCloned = (message.readUInt32LE(8) & RTM_F_CLONED) !== 0;
  if (table !== RT_TABLE_MAIN || message.readUInt8(7) !== RTN_UNICAST || isCloned) return [];
  const destination = attributes.get(RTA_DST);
  const gateway = attributes.get(RTA_GATEWAY);
  return [
    {
      family,
      destination: destination ? addressText(destination) : family === 4 ? '0.0.0.0' : '::',
      prefixLength: message.readUInt8(1),
      gateway: gateway ? addressText(gateway) : '',
      linkIndex: readU32(attributes.get(RTA_OIF)),
    },
  ];
}
