import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { memoryPki } from '#kube/auth';

/** Answers one request: what is answered is sent as JSON, with 200 unless `code` says otherwise. */
export type Behaviour = (request: IncomingMessage, body: string, response: ServerResponse) => unknown;

/** A real HTTPS server for webhooks and aggregated APIs; what it does can be changed while it runs. */
export class ExtensionServer implements AsyncDisposable {
  behaviour: Behaviour = () => ({});
  /** Serves requests that want another protocol; without it they are cut off. */
  upgrade: ((request: IncomingMessage, socket: Duplex) => void) | undefined;
  /** `METHOD /path` of every request. */
  readonly requests: string[] = [];
  readonly port: number;
  /** Base64 of the PEM that its certificate is issued by. */
  readonly caBundle: string;
  readonly #server: Server;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.caBundle = Buffer.from(ca).toString('base64');
  }

  static async start(): Promise<ExtensionServer> {
    const { serving, clusterCa } = await memoryPki();
    let self: ExtensionServer | undefined;
    const server = createServer({ cert: serving.cert, key: serving.key }, (request, response) => {
      if (self !== undefined) void self.#serve(request, response);
    });
    server.on('upgrade', (request, socket) => {
      socket.on('error', () => socket.destroy());
      if (self?.upgrade === undefined) socket.destroy();
      else self.upgrade(request, socket);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', () => resolve());
    await promise;
    self = new ExtensionServer(server, clusterCa.cert);
    return self;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    const answer = await this.behaviour(request, await text(request), response);
    if (response.headersSent) return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  }
}
