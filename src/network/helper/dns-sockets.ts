import type { Buffer } from 'node:buffer';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { errnoCode } from '#base';
import { answer, type Names } from './answer.ts';
import { MessageReader, withLength } from './dns-tcp.ts';

/** Tells which container a query comes from, by the address that it comes from; undefined: nobody of ours, no answer. */
export type IdentifyAsker = (address: string) => string | undefined;

const MAX_CONNECTIONS = 64;
const IDLE_MS = 10_000;

/** Where to listen: an address, or a socket that is bound already. */
export type ListenAt = { address: string; port: number } | { fd: number };

/** A DNS server's two sockets. */
export interface DnsSockets {
  udp: UdpSocket;
  tcp: Server;
}

/** Starts to answer at two places, one for datagrams and one for streams. Rejects with the system error of bind(2). */
export async function listenDns(
  at: { udp: ListenAt; tcp: ListenAt },
  identify: IdentifyAsker,
  names: Names,
): Promise<DnsSockets> {
  const sockets = { udp: openUdp(identify, names), tcp: openTcp(identify, names) };
  try {
    const ready = [once(sockets.udp, 'listening'), once(sockets.tcp, 'listening')];
    sockets.udp.bind('fd' in at.udp ? at.udp : { ...at.udp, exclusive: true });
    sockets.tcp.listen('fd' in at.tcp ? at.tcp : { host: at.tcp.address, port: at.tcp.port });
    await Promise.all(ready);
    sockets.udp.on('error', () => {});
    sockets.tcp.on('error', () => {});
    return sockets;
  } catch (error) {
    closeDns(sockets);
    throw error;
  }
}

/** Stops answering. Idempotent. */
export function closeDns({ udp, tcp }: DnsSockets): void {
  try {
    udp
      .removeAllListeners('message')
      .on('error', () => {})
      .close();
  } catch (error) {
    if (errnoCode(error) !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error;
  }
  tcp.on('error', () => {}).close();
}

function openUdp(identify: IdentifyAsker, names: Names): UdpSocket {
  const socket = createSocket('udp4');
  socket.on('message', async (message, from) => {
    const asker = identify(from.address);
    if (asker === undefined) return;
    const reply = await answer(message, asker, { names, isTcp: false });
    // The socket may be closed by now, and the asker gone: a datagram that is lost needs no word.
    if (reply !== undefined && socket.listenerCount('message') > 0)
      socket.send(reply, from.port, from.address, () => {});
  });
  return socket;
}

function openTcp(identify: IdentifyAsker, names: Names): Server {
  const server = createServer((connection) => {
    const asker = identify(connection.remoteAddress ?? '');
    if (asker === undefined) connection.destroy();
    else serveConnection(connection, asker, names);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** One question after the other, so that a client cannot pile up work. */
function serveConnection(connection: TcpSocket, asker: string, names: Names): void {
  const reader = new MessageReader();
  connection.setTimeout(IDLE_MS, () => connection.destroy());
  connection.on('error', () => connection.destroy());
  connection.on('data', async (chunk: Buffer) => {
    connection.pause();
    for (const message of reader.push(chunk)) {
      const reply = await answer(message, asker, { names, isTcp: true });
      if (reply !== undefined && !connection.destroyed) connection.write(withLength(reply));
    }
    connection.resume();
  });
}
