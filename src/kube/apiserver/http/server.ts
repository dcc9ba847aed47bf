import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { HakoError } from '#base';
import { handle } from './handler.ts';
import type { Services } from './services.ts';

/** Where to listen, and with which certificate. */
export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM; without it the server speaks plain HTTP, for tests behind a wall. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa: string };
}

/** How long a client may take for its headers; bodies have as long as the request. */
const HEADERS_TIMEOUT_MS = 20_000;
const KEEP_ALIVE_MS = 90_000;

/** The HTTPS front of an API server. */
export class HttpFront implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => this.#track(socket));
  }

  /** Listens; resolves when connections are taken. Throws a HakoError that names a port in use. */
  static async listen(services: Services, options: ListenOptions, upgrade: UpgradeHandler): Promise<HttpFront> {
    const listener = (request: IncomingMessage, response: ServerResponse) => void handle(services, request, response);
    const server = createServer(options, listener);
    const front = new HttpFront(server);
    server.on(
      'upgrade',
      (request: IncomingMessage, socket: Socket, head: Buffer) => void upgrade(request, socket, head),
    );
    server.on('clientError', (_error, socket) => void socket.destroy());
    await listening(server, options);
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes a new certificate for connections from now on. */
  setCertificate(context: SecureContextOptions): void {
    if ('setSecureContext' in this.#server) (this.#server as unknown as SecureServer).setSecureContext(context);
  }

  /** Ends all connections; watches end with them. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** Serves a connection that wants another protocol (exec, attach, port-forward, proxied WebSockets). */
export type UpgradeHandler = (request: IncomingMessage, socket: Socket, head: Buffer) => Promise<void> | void;

interface SecureServer {
  setSecureContext(context: SecureContextOptions): void;
}

function createServer(
  { tls }: ListenOptions,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const timeouts = { headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 };
  // The modules' ESM facades cost memory that nobody uses: see docker-api/server/node-http.ts.
  if (tls === undefined) return process.getBuiltinModule('node:http').createServer(timeouts, listener);
  const { cert, key, clientCa } = tls;
  return process
    .getBuiltinModule('node:https')
    .createServer(
      { ...timeouts, cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' },
      listener,
    );
}

async function listening(server: Server, { host, port }: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error) => {
    const message = `cannot listen on ${host}:${port}: ${error.message}; choose another address with --listen`;
    reject(new HakoError('failed_precondition', message, { cause: error }));
  });
  server.listen(port, host, () => resolve());
  await promise;
}
