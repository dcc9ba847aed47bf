import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Server as HttpServer, IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { errorMessage, HakoError, log } from '#base';
import { usingFile } from '../setting-file.ts';
import type { Dispatcher } from './dispatch.ts';
import { createSecureServer, createServer } from './node-http.ts';
import { PATIENCE, type Patience, SlowClients } from './slow-clients.ts';

const MAX_CONNECTIONS = 4_096;

export interface TlsFiles {
  certPath: string;
  keyPath: string;
}

export interface ListenerOptions {
  host: string;
  port: number;
  tls?: TlsFiles;
  patience?: Partial<Patience>;
}

/** The listening server, with its connections. */
export class Listener implements AsyncDisposable {
  readonly #server: HttpServer | HttpsServer;
  readonly #sockets = new Set<Socket>();
  readonly #slow: SlowClients;
  #reload: NodeJS.Timeout | undefined;

  private constructor(server: HttpServer | HttpsServer, patience: Patience) {
    this.#server = server;
    this.#slow = new SlowClients(patience);
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(dispatcher: Dispatcher, options: ListenerOptions): Promise<Listener> {
    const { host, port, tls } = options;
    const patience = { ...PATIENCE, ...options.patience };
    const settings = serverOptions(patience);
    const server = tls === undefined ? createServer(settings) : secureServer(settings, tls);
    server.maxConnections = MAX_CONNECTIONS;
    server.timeout = patience.idleMs;
    const listener = new Listener(server, patience);
    const serve = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) => {
      listener.#slow.watch(request, response);
      void dispatcher.serve(request, response, awaitsContinue);
    };
    server.on('request', (request, response) => serve(request, response, false));
    server.on('checkContinue', (request, response) => serve(request, response, true));
    await bind(server, host, port);
    if (tls !== undefined) listener.#watchCertificate(server as HttpsServer, tls, patience.certificateMs);
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
    this.#slow[Symbol.dispose]();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }

  /** A renewed certificate is used without a restart. */
  #watchCertificate(server: HttpsServer, tls: TlsFiles, everyMs: number): void {
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
    this.#reload = setInterval(check, everyMs).unref();
  }
}

function serverOptions({ headersMs, idleMs }: Patience): ServerOptions {
  return {
    // An upload lasts as long as it lasts, while something moves.
    requestTimeout: 0,
    headersTimeout: headersMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.min(5_000, headersMs),
    maxHeaderSize: 32 * 1024,
    noDelay: true,
  };
}

function secureServer(settings: ServerOptions, tls: TlsFiles): HttpsServer {
  const files = `${tls.certPath} with the key ${tls.keyPath}`;
  return usingFile('certificate', files, () => createSecureServer({ ...settings, ...readTls(tls) }));
}

/** Clients will refuse a certificate that is not valid today: its owner should hear of it here. */
function warnOfDates(cert: Buffer, path: string): void {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  const now = new Date();
  if (now < validFromDate || now > validToDate)
    log.warn('the certificate of the registry is not valid now', { path, from: validFromDate, to: validToDate });
}

function readTls({ certPath, keyPath }: TlsFiles): { cert: Buffer; key: Buffer } {
  const cert = readFileSync(certPath);
  warnOfDates(cert, certPath);
  return { cert, key: readFileSync(keyPath) };
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
    const message = `the registry cannot listen on ${host}:${port}: ${errorMessage(cause)}; choose another with --listen, or in the settings`;
    throw new HakoError('conflict', message, { cause });
  }
  server.off('error', reject);
}
