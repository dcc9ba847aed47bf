import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { ProxyEntry } from './zone.ts';

/** A listening proxy; its target can change while it runs. */
export interface PortProxy {
  target: ProxyTarget;
  /** Stops listening and ends what passes through. */
  close(): void;
}

export interface ProxyTarget {
  address: string;
  port: number;
}

const MAX_UDP_FLOWS = 1024;
const UDP_IDLE_MS = 60_000;

/** Starts a proxy; rejects with the system error of bind(2), such as EADDRINUSE. */
export function startProxy(entry: ProxyEntry): Promise<PortProxy> {
  return entry.protocol === 'tcp' ? startTcpProxy(entry) : startUdpProxy(entry);
}

async function startTcpProxy(entry: ProxyEntry): Promise<PortProxy> {
  const proxy = { target: targetOf(entry), close: () => {} };
  const connections = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    connections.add(client);
    client.once('close', () => connections.delete(client));
    pass(client, proxy.target);
  });
  server.listen({ host: entry.address, port: entry.port, ipv6Only: isIPv6(entry.address) });
  await once(server, 'listening');
  proxy.close = () => {
    server.close();
    for (const connection of connections) connection.destroy();
  };
  return proxy;
}

/** Joins two connections; each side's end and failure becomes the other's. */
function pass(client: Socket, target: ProxyTarget): void {
  const upstream = connect({ host: target.address, port: target.port, allowHalfOpen: true, noDelay: true });
  client.setNoDelay(true);
  client.once('error', () => upstream.resetAndDestroy());
  upstream.once('error', () => client.resetAndDestroy());
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => client.destroySoon());
  upstream.once('connect', () => {
    client.pipe(upstream);
    upstream.pipe(client);
  });
}

interface Flow {
  socket: UdpSocket;
  timer: NodeJS.Timeout;
}

/** Every client gets a socket of its own towards the container, until it has been silent for a minute. */
async function startUdpProxy(entry: ProxyEntry): Promise<PortProxy> {
  const flows = new Map<string, Flow>();
  const server = createSocket({ type: isIPv6(entry.address) ? 'udp6' : 'udp4', ipv6Only: isIPv6(entry.address) });
  const proxy: PortProxy = {
    target: targetOf(entry),
    close: () => {
      for (const flow of flows.values()) end(flow);
      server.close();
    },
  };
  const end = (flow: Flow) => {
    clearTimeout(flow.timer);
    flow.socket.close();
  };
  const open = (key: string, reply: (message: Buffer) => void): Flow => {
    const socket = createSocket(isIPv6(proxy.target.address) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => {
      flows.delete(key);
      socket.close();
    }, UDP_IDLE_MS);
    socket.on('message', reply);
    socket.on('error', () => {});
    return { socket, timer };
  };
  server.on('message', (message, from) => {
    const key = `${from.address} ${from.port}`;
    let flow = flows.get(key);
    if (flow === undefined) {
      if (flows.size >= MAX_UDP_FLOWS) return;
      flow = open(key, (reply) => server.send(reply, from.port, from.address, () => {}));
      flows.set(key, flow);
    }
    flow.timer.refresh();
    flow.socket.send(message, proxy.target.port, proxy.target.address, () => {});
  });
  const listening = once(server, 'listening');
  server.bind({ address: entry.address, port: entry.port, exclusive: true });
  await listening;
  server.on('error', () => {});
  return proxy;
}

function targetOf({ targetAddress, targetPort }: ProxyEntry): ProxyTarget {
  return { address: targetAddress, port: targetPort };
}
