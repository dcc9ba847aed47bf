import { readFileSync, statSync } from 'node:fs';
import type { Server as HttpServer, ServerOptions } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { errorMessage, HakoError, log } from '#base';
import type { Dispatcher } from './dispatch.ts';
import { createSecureServer, createServer } from './node-http.ts';

/** A connection on which nothing moves is cut: clients that stall hold nothing for long. */
const IDLE_MS = 60_000;
const HEADERS_MS = 15_000;
const MAX_CONNECTIONS = 4_096;
const CERTIFICATE_CHECK_MS = 60_000;

export interface TlsFiles {
  certPath: string;
  keyPath: string;
}

export interface ListenerOptions {
  host: string;
  port: number;
  tls?: TlsFiles;
}

/** The listening server, with its connections. */
export class Listener implements AsyncDisposable {
  readonly #server: HttpServer | HttpsServer;
  readonly #sockets = new Set<Socket>();
  #reload: NodeJS.Timeout | undefined;

  private constructor(server: HttpServer | HttpsServer) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(dispatcher: Dispatcher, { host, port, tls }: ListenerOptions): Promise<Listener> {
    const server = tls === undefined ? createServer(OPTIONS) : createSecureServer({ ...OPTIONS, ...readTls(tls) });
    server.maxConnections = MAX_CONNECTIONS;
    server.timeout = IDLE_MS;
    server.on('request', (request, response) => void dispatcher.serve(request, response, false));
    server.on('checkContinue', (request, response) => void dispatcher.serve(request, response, true));
    const listener = new Listener(server);
    await bind(server, host, port);
    if (tls !== undefined) listener.#watchCertificate(server as HttpsServer, tls);
    return listener;
  }

  get address(): { host: string; port: number } {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#reload);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }

  /** A renewed certificate is used without a restart. */
  #watchCertificate(server: HttpsServer, tls: TlsFiles): void {
    let state = stateOf(tls);
    const check = () => {
      try {
        if (stateOf(tls) === state) return;
        server.setSecureContext(readTls(tls));
        state = stateOf(tls);
      } catch (error) {
        log.warn('cannot read the new certificate; the old one stays', { error: errorMessage(error) });
      }
    };
    this.#reload = setInterval(check, CERTIFICATE_CHECK_MS).unref();
  }
}

const OPTIONS: ServerOptions = {
  // An upload lasts as long as it lasts, while something moves.
  requestTimeout: 0,
  headersTimeout: HEADERS_MS,
  keepAliveTimeout: IDLE_MS,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 32 * 1024,
  noDelay: true,
};

function readTls({ certPath, keyPath }: TlsFiles): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certPath), key: readFileSync(keyPath) };
}

function stateOf({ certPath, keyPath }: TlsFiles): string {
  return [certPath, keyPath].map((path) => statSync(path).mtimeMs).join();
}

async function bind(server: HttpServer | HttpsServer, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new HakoError('conflict', `the registry cannot listen on ${host}:${port}: ${errorMessage(cause)}`, { cause });
  }
  server.off('error', reject);
}
