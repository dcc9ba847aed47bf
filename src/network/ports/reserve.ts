import { closeSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { checked, libc } from '#system';
import { addressBytes } from '#system/netlink';
import { PROTOCOL_NUMBERS } from '../firewall/element.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

export interface ReservedAddress {
  protocol: 'tcp' | 'udp' | 'sctp';
  address: string;
  port: number;
}

/**
 * Holds a port of the host by a socket that is bound and never listens: other programs get EADDRINUSE instead of losing
 * their traffic to our rules. Throws SystemError (EADDRINUSE, EADDRNOTAVAIL; EPROTONOSUPPORT: no SCTP in this kernel).
 */
export function reservePort(
  { protocol, address, port }: ReservedAddress,
  options: { shared?: boolean } = {},
): Disposable {
  const family = isIPv6(address) ? AF_INET6 : AF_INET;
  const type = (protocol === 'udp' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  const fd = checked(libc.socket(family, type, PROTOCOL_NUMBERS[protocol]), 'socket', protocol);
  try {
    if (family === AF_INET6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (options.shared) setOption(fd, SOL_SOCKET, SO_REUSEADDR);
    const name = socketAddress(family, address, port);
    checked(libc.bind(fd, name, name.length), 'bind', `${address} port ${port}`);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return { [Symbol.dispose]: () => closeSync(fd) };
}

/**
 * Checks that the helper can listen there, without holding the port. Connections of the past that wait for their end
 * (TIME_WAIT) are no obstacle, as they are none to the helper.
 */
export function probePort(address: ReservedAddress): void {
  reservePort(address, { shared: address.protocol === 'tcp' })[Symbol.dispose]();
}

function setOption(fd: number, level: number, option: number): void {
  const on = Buffer.from([1, 0, 0, 0]);
  checked(libc.setsockopt(fd, level, option, on, on.length), 'setsockopt');
}

/** `struct sockaddr_in` or `sockaddr_in6`. */
function socketAddress(family: number, address: string, port: number): Buffer {
  const bytes = Buffer.alloc(family === AF_INET6 ? 28 : 16);
  bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(addressBytes(address), family === AF_INET6 ? 8 : 4);
  return bytes;
}
