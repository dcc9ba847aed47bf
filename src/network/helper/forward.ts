import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6, connect as tcpConnect } from 'node:net';
import { answersQuestion, type Query, ResponseCode, responseCode } from './dns-message.ts';
import { MessageReader, withLength } from './dns-tcp.ts';

const TIMEOUT_MS = 2500;
const MAX_SERVERS = 3;
/** One container that floods us must not keep the others waiting. */
const MAX_PENDING_PER_ASKER = 128;
const DNS_PORT = 53;
const pending = new Map<string, number>();

/**
 * Asks the servers one after the other (resolv.conf(5)) and answers the first usable reply, or undefined. Over UDP each
 * question has a socket and an id of its own, both chosen at random, so that replies are hard to forge (RFC 5452).
 */
export async function forward(
  message: Buffer,
  query: Query,
  options: { servers: readonly string[]; isTcp: boolean; asker: string },
): Promise<Buffer | undefined> {
  const before = pending.get(options.asker) ?? 0;
  if (before >= MAX_PENDING_PER_ASKER) return undefined;
  pending.set(options.asker, before + 1);
  try {
    let last: Buffer | undefined;
    for (const server of options.servers.slice(0, MAX_SERVERS)) {
      const reply = await (options.isTcp ? askTcp : askUdp)(message, query, parseServer(server));
      if (reply === undefined) continue;
      last = reply;
      const code = responseCode(reply);
      if (code !== ResponseCode.SERVFAIL && code !== ResponseCode.REFUSED) return reply;
    }
    return last;
  } finally {
    finished(options.asker);
  }
}

function finished(asker: string): void {
  const left = (pending.get(asker) ?? 1) - 1;
  if (left === 0) pending.delete(asker);
  else pending.set(asker, left);
}

interface Server {
  host: string;
  port: number;
}

/** `address`, or `address#port` as dnsmasq and systemd write it. */
function parseServer(text: string): Server {
  const [host = '', port] = text.split('#');
  return { host, port: port === undefined ? DNS_PORT : Number(port) };
}

function askUdp(message: Buffer, query: Query, { host, port }: Server): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const finish = (reply?: Buffer) => {
    clearTimeout(timer);
    socket.removeAllListeners('message').close();
    resolve(reply);
  };
  const timer = setTimeout(finish, TIMEOUT_MS);
  const id = randomBytes(2);
  socket.once('error', () => finish());
  socket.on('message', (reply, from) => {
    const isTheirs = from.port === port && reply.length >= 2 && reply.subarray(0, 2).equals(id);
    if (isTheirs && answersQuestion(reply, query)) finish(withId(reply, query.id));
  });
  socket.connect(port, host, (error?: Error) => {
    if (error) finish();
    else socket.send(Buffer.concat([id, message.subarray(2)]));
  });
  return promise;
}

function askTcp(message: Buffer, query: Query, { host, port }: Server): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = tcpConnect({ host, port });
  const finish = (reply?: Buffer) => {
    socket.destroy();
    resolve(reply);
  };
  const reader = new MessageReader();
  socket.setTimeout(TIMEOUT_MS, () => finish());
  socket.once('error', () => finish());
  socket.once('close', () => finish());
  socket.once('connect', () => socket.write(withLength(message)));
  socket.on('data', (chunk: Buffer) => {
    const [reply] = reader.push(chunk);
    if (reply !== undefined) finish(answersQuestion(reply, query) ? reply : undefined);
  });
  return promise;
}

function withId(reply: Buffer, id: number): Buffer {
  reply.writeUInt16BE(id, 0);
  return reply;
}
