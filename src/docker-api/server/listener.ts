import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, renameSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { errnoCode, HakoError, ignoring } from '#base';
import type { ListenAddress, Listening, ListenOptions } from '../contract.ts';
import type { Dispatcher } from './dispatch.ts';
import { createServer } from './node-http.ts';

/** One listening HTTP server and the connections it has. */
export class Listener implements Listening {
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #inode: number | undefined;

  private constructor(server: Server, sockets: Set<Socket>, address: ListenAddress) {
    this.#server = server;
    this.#sockets = sockets;
    this.address = address;
    this.#inode = typeof address === 'string' ? lstatSync(address).ino : undefined;
  }

  /** Throws `conflict` when another process serves the address already. */
  static async open(dispatcher: Dispatcher, address: ListenAddress, options: ListenOptions): Promise<Listener> {
    if (typeof address === 'string') await makeWay(address);
    const sockets = new Set<Socket>();
    const server = newServer(dispatcher, sockets);
    const bound = await bind(server, address);
    if (typeof bound === 'string') restrict(bound, options);
    return new Listener(server, sockets, bound);
  }

  /** Ends every connection, also those that were taken over, and removes the socket if it is still ours. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const foreign = this.#isReplaced();
    // node removes the path when it closes; a newer daemon's socket at the same path must survive that.
    if (foreign !== undefined) renameSync(foreign, `${foreign}.kept`);
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
    if (foreign !== undefined) renameSync(`${foreign}.kept`, foreign);
  }

  #isReplaced(): string | undefined {
    if (typeof this.address !== 'string') return undefined;
    const path = this.address;
    const current = ignoring('ENOENT', () => lstatSync(path).ino);
    return current !== undefined && current !== this.#inode ? path : undefined;
  }
}

function newServer(dispatcher: Dispatcher, sockets: Set<Socket>): Server {
  const server = createServer({
    requireHostHeader: false,
    // Log streams, waits and uploads last as long as they last; idle connections of Go clients are kept for reuse.
    requestTimeout: 0,
    keepAliveTimeout: 0,
    headersTimeout: 60_000,
    maxHeaderSize: 64 * 1024,
    shouldUpgradeCallback: (request) => dispatcher.mayUpgrade(request),
  });
  server.on('request', (request, response) => dispatcher.onRequest(request, response));
  server.on('upgrade', (request, socket, head) => dispatcher.onUpgrade(request, socket, head));
  server.on('clientError', (error, socket) => refuseGarbage(error, socket as Socket));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return server;
}

/** What is not HTTP gets a JSON error like everything else. */
function refuseGarbage(error: Error, socket: Socket): void {
  if (!socket.writable || errnoCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const tooLarge = errnoCode(error) === 'HPE_HEADER_OVERFLOW';
  const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const body = `${JSON.stringify({ message: tooLarge ? 'request headers too large' : 'malformed HTTP request' })}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Removes a socket that nobody serves any more; refuses to take one from a living daemon, or to remove a file. */
async function makeWay(path: string): Promise<void> {
  if (Buffer.byteLength(path) > 107) {
    throw new HakoError(
      'invalid',
      `socket path ${path} is longer than the 107 bytes that the kernel allows: set HAKO_RUN to a shorter folder`,
    );
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const found = ignoring('ENOENT', () => lstatSync(path));
  if (found === undefined) return;
  if (!found.isSocket()) throw new HakoError('conflict', `${path} is in the way and no socket: remove it`);
  if (await isServed(path))
    throw new HakoError('conflict', `another daemon serves ${path} already: stop it, or set HAKO_RUN`);
  ignoring('ENOENT', () => unlinkSync(path));
}

async function isServed(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.on('connect', () => resolve(true));
  socket.on('error', (error) => resolve(errnoCode(error) !== 'ECONNREFUSED' && errnoCode(error) !== 'ENOENT'));
  const served = await promise;
  socket.destroy();
  return served;
}

/** A full queue refuses clients (EAGAIN); the kernel's own limit (net.core.somaxconn) is usually this. */
const MAX_WAITING_CONNECTIONS = 4096;

async function bind(server: Server, address: ListenAddress): Promise<ListenAddress> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  // Nobody may connect before the permissions are set.
  const before = process.umask(0o177);
  try {
    server.listen(
      {
        ...(typeof address === 'string' ? { path: address } : { host: address.host, port: address.port }),
        backlog: MAX_WAITING_CONNECTIONS,
      },
      resolve,
    );
  } finally {
    process.umask(before);
  }
  await promise;
  server.off('error', reject);
  const bound = server.address();
  if (typeof address === 'string' || typeof bound !== 'object' || bound === null) return address;
  return { host: address.host, port: bound.port };
}

function restrict(path: string, options: ListenOptions): void {
  const gid = groupId(options.group ?? 'hako');
  if (gid !== undefined) chownSync(path, 0, gid);
  chmodSync(path, options.mode ?? 0o660);
}

function groupId(name: string): number | undefined {
  const groups = ignoring('ENOENT', () => readFileSync('/etc/group', 'utf8')) ?? '';
  const line = groups.split('\n').find((each) => each.startsWith(`${name}:`));
  const gid = Number(line?.split(':')[2]);
  return Number.isInteger(gid) ? gid : undefined;
}
