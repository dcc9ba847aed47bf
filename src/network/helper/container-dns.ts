import { Buffer } from 'node:buffer';
import { closeSync, openSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { checked, inNetworkNamespace, libc } from '#system';
import {
  addBaseChain,
  addRule,
  addressBytes,
  addTable,
  applyBatch,
  NetlinkError,
  NetlinkFamily,
  NetlinkSocket,
  type NftOperation,
  portBytes,
  redirectExpressions,
  removeTable,
  TableFamily,
} from '#system/netlink';
import type { Names } from './answer.ts';
import { type DnsSockets, listenDns } from './dns-sockets.ts';

/** Where containers find the server: the address that Docker gave it, which configurations name. */
export const CONTAINER_DNS_ADDRESS = '127.0.0.11';

const TABLE = 'hako-dns';
const AF_INET = 2;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const PROTOCOL = { tcp: 6, udp: 17 } as const;
const HOOK_OUTPUT = 3;
const PRIORITY_DSTNAT = -100;

interface RawSockets {
  udp: number;
  tcp: number;
  netfilter: NetlinkSocket;
}

/**
 * Serves DNS inside a container's namespace. Being inside, it needs no address of the host, passes no firewall of the
 * host, works without a way out, and knows who asks. The sockets have free ports, to which port 53 of the address is
 * redirected: a container must be able to run a name server of its own on port 53.
 */
export async function serveContainerDns(namespacePath: string, containerId: string, names: Names): Promise<DnsSockets> {
  const raw = openInside(namespacePath);
  using netfilter = raw.netfilter;
  bindToFreePort(raw.udp);
  bindToFreePort(raw.tcp);
  const sockets = await listenDns({ udp: { fd: raw.udp }, tcp: { fd: raw.tcp } }, () => containerId, names);
  redirect(netfilter, sockets.udp.address().port, (sockets.tcp.address() as AddressInfo).port);
  return sockets;
}

function openInside(namespacePath: string): RawSockets {
  const namespace = openSync(namespacePath, 'r');
  try {
    return inNetworkNamespace(namespace, () => ({
      udp: checked(libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0), 'socket'),
      tcp: checked(libc.socket(AF_INET, SOCK_STREAM_CLOEXEC, 0), 'socket'),
      netfilter: new NetlinkSocket(NetlinkFamily.NETFILTER),
    }));
  } finally {
    closeSync(namespace);
  }
}

function bindToFreePort(fd: number): void {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.set(addressBytes(CONTAINER_DNS_ADDRESS), 4);
  checked(libc.bind(fd, address, address.length), 'bind', CONTAINER_DNS_ADDRESS);
}

/**
 * Redirects port 53 of the address. In a fresh namespace this is one small transaction; a table that an earlier helper
 * left is replaced, which makes the kernel wait some milliseconds for the old one's end.
 */
function redirect(socket: NetlinkSocket, udpPort: number, tcpPort: number): void {
  const family = TableFamily.IP;
  const rules = redirectRules(udpPort, tcpPort);
  try {
    applyBatch(socket, 'redirect DNS', [addTable(family, TABLE, { mustBeNew: true }), ...rules]);
  } catch (error) {
    if (!(error instanceof NetlinkError && error.code === 'EEXIST')) throw error;
    applyBatch(socket, 'redirect DNS anew', [removeTable(family, TABLE), addTable(family, TABLE), ...rules]);
  }
}

function redirectRules(udpPort: number, tcpPort: number): NftOperation[] {
  const family = TableFamily.IP;
  const chain = { table: TABLE, chain: 'output', type: 'nat', hook: HOOK_OUTPUT, priority: PRIORITY_DSTNAT };
  const address = addressBytes(CONTAINER_DNS_ADDRESS);
  const rule = (protocol: number, toPort: number) => {
    const redirection = { protocol, address, port: portBytes(53), toAddress: address, toPort: portBytes(toPort) };
    return addRule(family, { table: TABLE, chain: 'output', expressions: redirectExpressions(redirection) });
  };
  return [addBaseChain(family, chain), rule(PROTOCOL.udp, udpPort), rule(PROTOCOL.tcp, tcpPort)];
}
