import { once } from 'node:events';
import { connect, createServer, isIPv6, type Socket } from 'node:net';
import { UdpProxy } from './udp-proxy.ts';
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

/** Starts a proxy; rejects with the system error of bind(2), such as EADDRINUSE. */
export function startProxy(entry: ProxyEntry): Promise<PortProxy> {
  return entry.protocol === 'tcp' ? startTcpProxy(entry) : UdpProxy.start(entry);
}

async function startTcpProxy(entry: ProxyEntry): Promise<PortProxy> {
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    connections.add(client);
    client.once('close', () => connections.delete(client));
    pass(client, proxy.target);
  });
  const proxy: PortProxy = {
    target: { address: entry.targetAddress, port: entry.targetPort },
    close: () => {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
  server.listen({ host: entry.address, port: entry.port, ipv6Only: isIPv6(entry.address) });
  await once(server, 'listening');
  server.on('error', () => {});
  return proxy;
}

/** Joins two connections; each side's end and failure becomes the other's. */
function pass(client: Socket, target: ProxyTarget): void {
  const upstream = connect({ host: target.address, port: target.port, allowHalfOpen: true, noDelay: true });
  client.setNoDelay(true);
  client.on('error', () => upstream.resetAndDestroy());
  upstream.on('error', () => client.resetAndDestroy());
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => client.destroySoon());
  upstream.once('connect', () => {
    client.pipe(upstream);
    upstream.pipe(client);
  });
}
