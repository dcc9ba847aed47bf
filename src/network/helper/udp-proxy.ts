import type { Buffer } from 'node:buffer';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { PortProxy, ProxyTarget } from './proxy.ts';
import type { ProxyEntry } from './zone.ts';

/** Bounds what strangers can make us keep. */
const MAX_FLOWS = 1024;
const IDLE_MS = 60_000;

/** What one client sends comes from one socket towards the container, so that answers find their way back. */
interface Flow {
  socket: Socket;
  timer: NodeJS.Timeout;
}

/** Passes datagrams between clients and a container; a flow ends when its client has been silent for a minute. */
export class UdpProxy implements PortProxy {
  target: ProxyTarget;
  readonly #server: Socket;
  readonly #flows = new Map<string, Flow>();

  private constructor(server: Socket, target: ProxyTarget) {
    this.target = target;
    this.#server = server;
    server.on('message', (message, from) => this.#pass(message, from));
    server.on('error', () => {});
  }

  /** Starts listening; rejects with the system error of bind(2). */
  static async start({ address, port, targetAddress, targetPort }: ProxyEntry): Promise<UdpProxy> {
    const server = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', ipv6Only: isIPv6(address) });
    const listening = once(server, 'listening');
    server.bind({ address, port, exclusive: true });
    await listening;
    return new UdpProxy(server, { address: targetAddress, port: targetPort });
  }

  close(): void {
    for (const key of this.#flows.keys()) this.#end(key);
    this.#server.close();
  }

  #pass(message: Buffer, from: RemoteInfo): void {
    const key = `${from.address} ${from.port}`;
    const flow = this.#flows.get(key) ?? this.#open(key, from);
    flow?.timer.refresh();
    flow?.socket.send(message, this.target.port, this.target.address, () => {});
  }

  #open(key: string, client: RemoteInfo): Flow | undefined {
    if (this.#flows.size >= MAX_FLOWS) return undefined;
    const socket = createSocket(isIPv6(this.target.address) ? 'udp6' : 'udp4');
    socket.on('message', (reply) => this.#server.send(reply, client.port, client.address, () => {}));
    socket.on('error', () => {});
    const flow = { socket, timer: setTimeout(() => this.#end(key), IDLE_MS) };
    this.#flows.set(key, flow);
    return flow;
  }

  #end(key: string): void {
    const flow = this.#flows.get(key);
    this.#flows.delete(key);
    clearTimeout(flow?.timer);
    flow?.socket.close();
  }
}
